/** Providers: what goes in, what comes out, and what a check says. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RpcOAuth2ProviderFinding } from '../../../src/greyhound/index.js';
import { linkFailures } from '../../../src/bridge/texts/oauth-failures.js';
import { account, failureOf, incoming, linkIdOf, links, newLink, OAuthStand } from './stand.js';

const path = '/api/v1/oauth/providers';
const SECRET = 'client secret of the company';

let stand: OAuthStand;
beforeEach(async () => {
  stand = await OAuthStand.open(true);
});
afterEach(() => stand.close());

const google = { id: 'google', kind: 'google', clientId: 'g.apps.example' };
const company = {
  id: 'firma',
  kind: 'openid',
  issuer: 'https://id.example.test',
  clientId: 'bridge',
  clientSecret: SECRET,
  clientSecretExpiresOn: '2027-03-01',
  hosts: ['mail.example.test', '*.mail.example.test'],
  scopes: ['openid', 'email'],
};
const put = (...providers: unknown[]) => stand.request(path, 'PUT', { providers });
const stored = (id: string) => stand.signIns.providers.find(({ ID }) => ID === id);

describe('the list', () => {
  it('holds what was entered, with the address to register; the secret is never shown', async () => {
    const answer = await put(google, company);
    expect(answer.status).toBe(200);
    const read = await stand.request(path);
    expect(read.body).toEqual(answer.body);
    const [, shown] = read.body['providers'] as unknown[];
    expect(shown).toEqual({
      id: 'firma',
      kind: 'openid',
      issuer: 'https://id.example.test',
      tenant: null,
      clientId: 'bridge',
      clientSecretSet: true,
      clientSecretExpiresOn: '2027-03-01',
      hosts: ['mail.example.test', '*.mail.example.test'],
      scopes: ['openid', 'email'],
      testing: false,
      redirectUrl: 'https://bridge.test/oauth/callback',
    });
    expect(answer.text + read.text + stand.log).not.toContain(SECRET);
    expect(stored('firma')?.ClientSecret).toBe(SECRET);
  });

  it.each([{}, { clientSecret: '' }, { clientSecret: '******' }])(
    'keeps what is left out: %j',
    async (secret) => {
      await put(company);
      const { id, kind, issuer } = company;
      await put({ id, kind, issuer, clientId: 'other', ...secret });
      expect(stored('firma')).toMatchObject({
        ClientId: 'other',
        ClientSecret: SECRET,
        Hosts: 'mail.example.test\n*.mail.example.test',
        Scopes: 'openid email',
        ClientSecretExpires: new Date('2027-03-01T00:00:00Z'),
      });
      await put({ ...company, clientSecretExpiresOn: null, hosts: [] });
      expect(stored('firma')).toMatchObject({ ClientSecretExpires: null, Hosts: '' });
    },
  );

  it('loses who is left out, unless accounts are linked through it; then nothing is changed', async () => {
    await put(google, company);
    await put(company);
    expect(stand.signIns.providers.map(({ ID }) => ID)).toEqual(['firma']);
    await put(
      company,
      { ...google, id: 'a-free-one', clientSecret: SECRET },
      { ...google, id: 'test' },
    );
    await stand.post(links, newLink());
    const linkId = linkIdOf(await stand.post(links, newLink()));
    stand.signIns.finish();
    await stand.post(incoming, account({ linkId }));
    const refused = await put({ ...company, clientId: 'changed' });
    expect(failureOf(refused)).toEqual({
      status: 409,
      code: 'oauthProviderInUse',
      field: 'providers',
    });
    expect(stored('firma')?.ClientId).toBe('bridge');
    expect(stored('a-free-one')?.ClientSecret).toBe(SECRET);
  });

  it('loses nobody when one that is given is not taken', async () => {
    await put(google, company);
    stand.archive.onCall = ({ method }) =>
      method.endsWith('PutOAuth2Provider') ? { kind: 'refuse' } : undefined;
    expect(failureOf(await put(company)).status).toBe(422);
    expect(stand.signIns.providers).toHaveLength(2);
  });

  it.each<[string, object, string]>([
    ['no issuer for OpenID', { ...company, issuer: null }, 'providers.0.issuer'],
    [
      'an issuer without TLS',
      { ...company, issuer: 'http://id.example.test' },
      'providers.0.issuer',
    ],
    ['a tenant at Google', { ...google, tenant: 'x' }, 'providers.0.tenant'],
    ['an id that is no slug', { ...google, id: 'My Google' }, 'providers.0.id'],
    ['a host with a path', { ...google, hosts: ['a/b'] }, 'providers.0.hosts.0'],
    [
      'a date that is none',
      { ...google, clientSecretExpiresOn: '2027-02-30' },
      'providers.0.clientSecretExpiresOn',
    ],
    ['something unknown', { ...google, redirectUrl: 'x' }, 'providers.0.redirectUrl'],
  ])('does not take %s', async (_what, provider, field) => {
    expect(failureOf(await put(provider))).toMatchObject({ status: 400, field });
    expect(stand.signIns.providers).toEqual([]);
  });

  it('says why the archive does not take a provider', async () => {
    stand.archive.onCall = ({ method }) =>
      method.endsWith('PutOAuth2Provider') ? { kind: 'refuse' } : undefined;
    const answer = await put(google);
    expect(failureOf(answer)).toEqual({
      status: 422,
      code: 'oauthProviderInvalid',
      field: 'providers.0',
    });
    expect(answer.body['detail']).toContain('refused');
  });
});

describe('the check', () => {
  it('says what is well and what is not, in words', async () => {
    const found = (Check: string, Outcome: number, Code: string, Words = '') =>
      RpcOAuth2ProviderFinding.make({ Check, Outcome, Code, Words });
    stand.archive.providerFindings = [
      found('redirectUrl', 2, 'redirectUrlNotHttps', 'http://bridge/oauth/callback'),
      found('discovery', 2, 'providerUnavailable', 'no answer'),
      found('pkce', 1, 'pkceNotAnnounced'),
      found('client', 0, 'clientAccepted'),
      found('clientSecretExpires', 1, 'clientSecretExpires', '2026-12-01T00:00:00.000Z'),
      found('newer', 1, 'somethingNew', 'in its own words'),
    ];
    const answer = await stand.post(`${path}/check`, company);
    expect(answer.body['ok']).toBe(false);
    const findings = answer.body['findings'] as Record<string, string | null>[];
    expect(
      findings.map(({ check, outcome, code, field }) => [check, outcome, code, field]),
    ).toEqual([
      ['redirectUrl', 'failed', 'redirectUrlNotHttps', null],
      ['discovery', 'failed', 'providerUnavailable', 'issuer'],
      ['pkce', 'warning', 'pkceNotAnnounced', null],
      ['client', 'ok', 'clientAccepted', null],
      ['clientSecretExpires', 'warning', 'clientSecretExpires', 'clientSecretExpiresOn'],
      ['newer', 'warning', 'providerNoted', null],
    ]);
    expect(findings[0]?.['message']).toContain('http://bridge/oauth/callback');
    expect(findings[0]?.['hint']).toContain('MB_PUBLIC_URL');
    expect(findings[4]?.['message']).toContain('2026-12-01');
    expect(findings[5]?.['message']).toContain('in its own words');
    expect(answer.text).not.toContain(SECRET);
  });
});

describe('another archive', () => {
  it('has no providers', async () => {
    const greyhound = await OAuthStand.open(false);
    try {
      expect((await greyhound.request(path)).status).toBe(501);
      expect((await greyhound.request(path, 'PUT', { providers: [] })).status).toBe(501);
      expect((await greyhound.post(`${path}/check`, company)).status).toBe(501);
    } finally {
      await greyhound.close();
    }
  });
});

describe('BRG-16 why a link is not there', () => {
  it.each(Object.entries(linkFailures))('%s is told in German and English', (_code, message) => {
    const { title, detail, hint = detail } = message;
    for (const text of [title, detail, hint]) {
      expect(text.de).not.toBe('');
      expect(text.de).not.toBe(text.en);
      const values = (one: string) =>
        [...one.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
      expect(values(text.de)).toEqual(values(text.en));
    }
  });
});
