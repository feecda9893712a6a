/**
 * The endpoints of the manifest: exactly the operations of the bridge's OpenAPI document, but for those that are for
 * admins of the archive only. Inbound rules are none of an ERP's business.
 */
import { z } from 'zod';
import { scopes } from '../http/route.js';
import type { ManifestEndpoint } from './schema.js';

const operation = z.object({ operationId: z.string(), 'x-scope': z.enum(scopes).optional() });
const document = z.object({
  paths: z.record(
    z.string(),
    z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation),
  ),
});

/** In the order of path and method, so that the file changes only where the API does. */
export function manifestEndpoints(openApi: unknown): ManifestEndpoint[] {
  const { paths } = document.parse(openApi);
  const endpoints = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { 'x-scope': scope }]) => scope !== 'rules:read')
      .map(([method, { operationId, 'x-scope': scope }]) => ({
        operationId,
        method: method.toUpperCase() as ManifestEndpoint['method'],
        path,
        scopes: scope === undefined ? [] : [scope],
      })),
  );
  return endpoints.sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
