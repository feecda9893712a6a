/** `/api/v1/oauth/providers`: who lets users sign in, and as what program this product is known there. */
import { z } from 'zod';
import type { OAuth2ProviderFinding } from '../../greyhound/index.js';
import { finding, findingsReply, findingsSchema, type Finding } from '../checks/finding.js';
import { route, type AnyRoute, type Language } from '../http/route.js';
import { messages, type MessageCode } from '../texts/index.js';
import { oauthFindings } from '../texts/oauth-findings.js';
import { providerChange, providerList, providerView } from './provider-schemas.js';
import type { Providers } from './providers.js';

const path = '/api/v1/oauth/providers';
const listed = z.object({ providers: z.array(providerView) });

/** Which field of a provider to look at. */
const fields: Readonly<Record<string, string>> = {
  discovery: 'issuer',
  client: 'clientSecret',
  clientSecretExpires: 'clientSecretExpiresOn',
};

const outcomes = ['ok', 'warning', 'failed'] as const;

/** A code of a newer archive is told in the archive's words. */
const codeOf = (code: string): MessageCode =>
  Object.hasOwn(oauthFindings, code) && Object.hasOwn(messages, code)
    ? (code as MessageCode)
    : 'providerNoted';

function findingOf(
  { Check: check, Outcome, Code, Words: words }: OAuth2ProviderFinding,
  language: Language,
): Finding {
  const outcome = outcomes[Outcome] ?? 'warning';
  const field = outcome === 'ok' ? null : (fields[check] ?? null);
  // dates come as the archive writes them
  const params = { words, date: words.slice(0, 10) };
  return finding(
    { check, outcome, code: codeOf(Code), field, params, origin: 'archive' },
    language,
  );
}

export const providerRoutes = (providers: Providers): readonly AnyRoute[] => [
  route({
    operationId: 'listOAuthProviders',
    method: 'get',
    path,
    summary:
      'Providers to sign in at, with the redirect address to register; secrets are not shown',
    tag: 'OAuth',
    scope: 'settings:read',
    responses: { 200: { description: 'All providers', schema: listed } },
    handler: async () => ({ status: 200, body: { providers: await providers.list() } }),
  }),
  route({
    operationId: 'putOAuthProviders',
    method: 'put',
    path,
    summary: 'Make the list of providers what is given; a field left out keeps its stored value',
    tag: 'OAuth',
    scope: 'settings:write',
    body: providerList,
    responses: { 200: { description: 'All providers', schema: listed } },
    handler: async ({ body }) => ({
      status: 200,
      body: { providers: await providers.replace(body.providers) },
    }),
  }),
  route({
    operationId: 'checkOAuthProvider',
    method: 'post',
    path: `${path}/check`,
    summary: 'Try the settings of a provider, saved or not; nothing is changed',
    tag: 'OAuth',
    scope: 'settings:write',
    body: providerChange,
    responses: { 200: { description: 'Findings', schema: findingsSchema } },
    handler: async ({ body, language }) => {
      const found = await providers.check(body);
      return findingsReply(found.map((one) => findingOf(one, language)));
    },
  }),
];
