/** The manifest and its schema. Both are public: a host reads them before it has a token. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { route, type AnyRoute, type Reply } from '../http/route.js';
import { localizeManifest } from './localize.js';
import { authorSchema, manifestJsonSchema, type Manifest } from './schema.js';

export interface ManifestDeps {
  readonly manifest: Manifest;
  /** Where hosts reach the bridge; asked at each request, since the port may be known only after the start. */
  readonly baseUrl: () => string;
}

const schemaQuery = z.strictObject({ audience: z.enum(['author', 'host']).default('author') });

export function manifestRoutes(deps: ManifestDeps): AnyRoute[] {
  return [
    route({
      operationId: 'getManifest',
      method: 'get',
      path: '/manifest.json',
      summary: 'The plugin manifest; with Accept-Language its texts are resolved',
      tag: 'plugin',
      scope: null,
      responses: { 200: { description: 'The manifest', schema: authorSchema } },
      handler: ({ language, request }) => {
        const served = { ...deps.manifest, runtime: runtime(deps) };
        // Clients that mind no language send none, or `*` as fetch does.
        if ((request.headers['accept-language'] ?? '*').trim() === '*') return document(served);
        return document(localizeManifest(served, language), { 'Content-Language': language });
      },
    }),
    route({
      operationId: 'getManifestSchema',
      method: 'get',
      path: '/manifest.schema.json',
      summary: 'JSON Schema 2020-12 of the manifest: strict for authors, tolerant for hosts',
      tag: 'plugin',
      scope: null,
      query: schemaQuery,
      responses: {
        200: {
          description: 'The schema',
          schema: z.record(z.string(), z.unknown()),
          contentType: 'application/schema+json',
        },
      },
      handler: ({ query }) =>
        document(manifestJsonSchema(query.audience), { 'Content-Type': 'application/schema+json' }),
    }),
  ];
}

const runtime = ({ manifest, baseUrl }: ManifestDeps): Manifest['runtime'] => ({
  ...manifest.runtime,
  baseUrl: baseUrl(),
});

function document(body: object, headers: Readonly<Record<string, string>> = {}): Reply {
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
  return { status: 200, body, etag: digest, headers: { Vary: 'Accept-Language', ...headers } };
}
