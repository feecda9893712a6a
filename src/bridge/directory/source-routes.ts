/** `/api/v1/directory/source`: whether records are pushed or looked up at the ERP, and how the ERP is asked. */
import { z } from 'zod';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { secureUrl } from '../../platform/secure-url.js';
import { findingsReply, findingsSchema } from '../checks/finding.js';
import { refuse } from '../failure.js';
import { InvalidInput } from '../http/problems.js';
import { route, type AnyRoute, type Language } from '../http/route.js';
import { because, fieldTexts } from '../texts/fields.js';
import { fill } from '../texts/index.js';
import { checkLookUp } from './live/check-look-up.js';
import type { LookUpTarget } from './live/look-up-client.js';
import {
  sourceNames,
  type SourceSettings,
  type SourceSettingsStore,
} from './live/source-settings.js';

const isLookUpUrl = (text: string): boolean => secureUrl(text)?.hash === '';

/** What is left out stays. */
const sourceChange = z.strictObject({
  source: z.enum(sourceNames).optional(),
  url: z.string().trim().max(2000).refine(isLookUpUrl, because('webhookUrl')).nullable().optional(),
  /** Write-only, in visible ASCII; left out, empty or the placeholder: the stored one stays, for the same origin. */
  token: z
    .string()
    .max(4096)
    .regex(/^[\x21-\x7e]*$/)
    .optional(),
  /** So long a person who opens a mail waits for the ERP at most. */
  timeoutMs: z.int().min(500).max(30_000).optional(),
  cacheSeconds: z.int().min(0).max(3600).optional(),
});

const sourceView = z.object({
  source: z.enum(sourceNames),
  url: z.string().nullable(),
  tokenSet: z.boolean(),
  timeoutMs: z.int(),
  cacheSeconds: z.int(),
});

export interface SourceRouteDependencies {
  readonly settings: SourceSettingsStore;
  readonly connect: ConnectDependencies;
}

export function sourceRoutes({ settings, connect }: SourceRouteDependencies): readonly AnyRoute[] {
  const common = { path: '/api/v1/directory/source', tag: 'directory' } as const;
  const current = async () => reply(await settings.read());
  return [
    route({
      ...common,
      operationId: 'getDirectorySource',
      method: 'get',
      summary: 'Where the ERP records come from',
      scope: 'settings:read',
      responses: { 200: { description: 'The settings in force', schema: sourceView } },
      handler: current,
    }),
    route({
      ...common,
      operationId: 'putDirectorySource',
      method: 'put',
      summary: 'Choose where the ERP records come from; what is left out stays',
      scope: 'settings:write',
      body: sourceChange,
      responses: { 200: { description: 'The settings now in force', schema: sourceView } },
      handler: async ({ body, ifMatch, language }) => {
        const wanted = await settings.preview(body);
        const isOutdated = ifMatch !== undefined && ifMatch !== String(wanted.revision);
        if (isOutdated && ifMatch !== '*') throw refuse('preconditionFailed');
        if (wanted.source !== 'pushed') targetOf(wanted, language);
        await settings.save(wanted);
        return current();
      },
    }),
    route({
      ...common,
      operationId: 'checkDirectorySource',
      method: 'post',
      path: '/api/v1/directory/source/check',
      summary: 'Ask the ERP once, with saved or unsaved values; changes nothing',
      scope: 'settings:write',
      body: sourceChange.optional(),
      bodyOptional: true,
      responses: { 200: { description: 'Findings', schema: findingsSchema } },
      handler: async ({ body, language }) => {
        const target = targetOf(await settings.preview(body ?? {}), language);
        return findingsReply([await checkLookUp(target, connect, language)]);
      },
    }),
  ];
}

/** @throws InvalidInput naming what is missing for look-ups */
function targetOf({ url, token, timeoutMs }: SourceSettings, language: Language): LookUpTarget {
  if (url !== null && token !== null) return { url, token, timeoutMs };
  const message = fill(fieldTexts.required, language);
  const missing = [...(url === null ? ['url'] : []), ...(token === null ? ['token'] : [])];
  throw new InvalidInput(missing.map((field) => ({ field, code: 'invalidRequest', message })));
}

const reply = ({ source, url, token, timeoutMs, cacheSeconds, revision }: SourceSettings) => ({
  status: 200,
  etag: String(revision),
  body: { source, url, tokenSet: token !== null, timeoutMs, cacheSeconds },
});
