import { expect, it } from '@jest/globals';
import { generateKeyPair, SignJWT } from 'jose';
import { IdTokens } from '../../../src/archive/oauth/id-tokens.js';
import type { ProviderHttp } from '../../../src/archive/oauth/provider-http.js';
import type { ProviderEndpoints } from '../../../src/archive/oauth/provider-kinds.js';
import { OAuth2ProviderKind, RpcOAuth2Provider } from '../../../src/greyhound/index.js';

const issuer = 'https://idp.example.com';

/** The code of a token with a good signature, where the address of the keys answers this. */
async function codeWith(answer: () => Promise<Response>): Promise<unknown> {
  const { privateKey } = await generateKeyPair('ES256');
  const token = await new SignJWT({ email: 'a@example.com' })
    .setProtectedHeader({ alg: 'ES256', kid: '1' })
    .setIssuer(issuer)
    .setAudience('client')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  const context = {
    provider: RpcOAuth2Provider.make({ Kind: OAuth2ProviderKind.opOpenId, ClientId: 'client' }),
    endpoints: { issuer, jwks: `${issuer}/keys` } as ProviderEndpoints,
    http: { fetch: answer } as unknown as ProviderHttp,
  };
  return new IdTokens().identityOf(token, null, context).catch((error: unknown) => error);
}

it.each([
  ['500', () => Promise.resolve(new Response('', { status: 500 })), 'unavailable'],
  ['503', () => Promise.resolve(new Response('', { status: 503 })), 'unavailable'],
  ['a page', () => Promise.resolve(new Response('<html>')), 'unavailable'],
  ['nothing', () => Promise.reject(new Error('connect ECONNREFUSED')), 'unavailable'],
  ['the keys, but not this one', () => Promise.resolve(Response.json({ keys: [] })), 'refused'],
] as const)(
  'keys that cannot be had say nothing about a token: %s',
  async (_what, answer, code) => {
    expect(await codeWith(answer)).toMatchObject({ name: 'ProviderError', code });
  },
);
