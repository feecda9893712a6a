import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { kindOf } from '../../../src/archive/oauth/provider-kinds.js';
import { servesHost } from '../../../src/archive/oauth/provider-store.js';
import { applicationScopesOf, scopesOf } from '../../../src/archive/oauth/providers.js';
import { OAuth2ProviderKind, RpcOAuth2Provider } from '../../../src/greyhound/index.js';
import {
  fault,
  faultOf,
  openArchiveUnderTest,
  type ArchiveUnderTest,
} from '../archive-under-test.js';

let archive: ArchiveUnderTest;
beforeEach(async () => {
  archive = await openArchiveUnderTest();
});
afterEach(() => archive.close());

const microsoft = RpcOAuth2Provider.make({
  ID: 'microsoft',
  Kind: OAuth2ProviderKind.opMicrosoft,
  ClientId: 'client',
  ClientSecret: 'a client secret',
  ClientSecretExpires: new Date(Date.UTC(2027, 0, 1)),
});

const microsoftDefault = 'https://outlook.office365.com/.default';

describe('providers', () => {
  it('are kept without their secret coming out again, in an answer or on the disk', async () => {
    const { mailBridge } = archive.client();
    await mailBridge.PutOAuth2Provider({ Provider: microsoft });
    const [told] = await mailBridge.GetOAuth2ProviderList();
    expect(told).toMatchObject({
      ID: 'microsoft',
      ClientSecret: '',
      ClientSecretSet: true,
      RedirectUrl: 'https://bridge.example.test/oauth/callback',
    });
    const rows = await archive.database.selectFrom('oauth_providers').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('a client secret');
    expect(archive.logged.join('')).not.toContain('a client secret');
    // an empty secret leaves the one that is stored
    await mailBridge.PutOAuth2Provider({
      Provider: { ...microsoft, ClientSecret: '', Tenant: 'a.de' },
    });
    const stored = await archive.oauth.providers.store.find(archive.realmId, 'microsoft');
    expect(stored).toMatchObject({ clientSecret: 'a client secret', provider: { Tenant: 'a.de' } });
  });

  it('belong to their realm', async () => {
    await archive.client().mailBridge.PutOAuth2Provider({ Provider: microsoft });
    const stranger = await archive.stranger();
    expect(await stranger.mailBridge.GetOAuth2ProviderList()).toEqual([]);
  });

  it.each([
    ['ID', { ID: 'Not a slug' }],
    ['Kind', { Kind: 9 }],
    ['ClientId', { ClientId: ' ' }],
    ['Issuer', { Issuer: 'http://idp.example.com' }],
    ['Issuer', { Kind: OAuth2ProviderKind.opOpenId, Issuer: '', Hosts: 'pop.example.com' }],
    ['Issuer', { Issuer: 'https://user:pw@idp.example.com' }],
    ['Tenant', { Tenant: '../common' }],
    ['Hosts', { Kind: OAuth2ProviderKind.opOpenId, Issuer: 'https://idp.example.com' }],
    ['Hosts', { Hosts: 'pop.example.com bad/host' }],
    ['Hosts', { Hosts: '*.com' }],
    ['ClientSecret', { ClientSecret: 'a\r\nb' }],
  ])('are refused with a wrong %s', async (member, wrong) => {
    const call = archive
      .client()
      .mailBridge.PutOAuth2Provider({ Provider: { ...microsoft, ...wrong } });
    const { code, text } = await faultOf(call);
    expect(code).toBe(fault.invalidValue);
    expect(text).toMatch(new RegExp(`^${member}:`));
  });

  it('are asked for tokens for their own mail servers only', () => {
    const google = RpcOAuth2Provider.make({
      Kind: OAuth2ProviderKind.opGoogle,
      Hosts: 'mx.example.de',
    });
    for (const host of ['pop.gmail.com', 'SMTP.Gmail.com', 'mx.example.de', 'pop.gmail.com.'])
      expect([host, servesHost(google, host)]).toEqual([host, true]);
    for (const host of ['gmail.com.evil.example', 'evilgmail.com', 'pop.gmx.net', ''])
      expect([host, servesHost(google, host)]).toEqual([host, false]);
  });

  const { opGoogle, opMicrosoft, opOpenId } = OAuth2ProviderKind;
  const own = 'https://outlook.office.com/POP.AccessAsUser.All offline_access';
  it.each([
    ['Microsoft, whatever people are asked for', opMicrosoft, own, [microsoftDefault]],
    ['Microsoft', opMicrosoft, '', [microsoftDefault]],
    ['OpenID', opOpenId, ' mail  x ', ['mail', 'x']],
    ['OpenID without any', opOpenId, '', []],
    ['Google: not offered', opGoogle, own, null],
  ])('are asked for access of the application by its scopes: %s', (_name, Kind, Scopes, scopes) => {
    const of = { provider: RpcOAuth2Provider.make({ Kind, Scopes }), kind: kindOf(Kind) };
    expect(applicationScopesOf(of)).toEqual(scopes);
    expect(scopesOf(of)).toEqual(Scopes === '' ? kindOf(Kind).scopes : Scopes.trim().split(/ +/));
  });

  it('cannot be asked for somebody else’s mail server', async () => {
    const { mailBridge } = archive.client();
    await mailBridge.PutOAuth2Provider({ Provider: microsoft });
    const start = (given: object) =>
      faultOf(
        mailBridge.StartOAuth2({
          Request: {
            Host: '',
            ProviderRef: '',
            Address: 'a@b.de',
            Delegate: '',
            Flow: 0,
            RedirectUrl: '',
            Locale: 'de',
            ...given,
          },
        }),
      );
    expect(await start({ Host: 'pop.gmx.net' })).toMatchObject({
      code: fault.oauth2Refused,
      text: expect.stringContaining('[notConfigured]'),
    });
    expect(await start({ Host: 'pop.gmx.net', ProviderRef: 'microsoft' })).toMatchObject({
      text: expect.stringContaining('[hostNotServed]'),
    });
    expect(
      await start({ Host: 'outlook.office365.com', RedirectUrl: 'http://evil.example/' }),
    ).toMatchObject({ code: fault.invalidValue });
    expect(await start({ Host: 'outlook.office365.com', Flow: 7 })).toMatchObject({
      code: fault.invalidValue,
    });
  });
});
