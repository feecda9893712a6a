/** A person signs in at a provider: what is linked, and what is not. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { OAuth2Flow, OAuth2State } from '../../../src/greyhound/index.js';
import { Browser } from '../../support/browser.js';
import { faultOf } from '../archive-under-test.js';
import { clerk, OAuthStand, sales, shared } from './oauth-stand.js';

let stand: OAuthStand;
beforeAll(async () => {
  stand = await OAuthStand.open({ codeLifetimeSeconds: 60 });
}, 60_000);
afterAll(() => stand.close(), 30_000);
afterEach(() => {
  stand.provider.setFault('none');
  stand.provider.setClockSkew(0);
});

/** The database with what is not merged into it yet. */
async function readableOnDisk(dataDir: string): Promise<string> {
  const names = (await readdir(dataDir)).filter((name) => name.startsWith('archive.db'));
  expect(names).toContain('archive.db-wal');
  const files = names.map((name) => readFile(join(dataDir, name), 'latin1'));
  return (await Promise.all(files)).join('');
}

const failed = (Code: string) => ({ State: OAuth2State.oasFailed, Code });

describe('signing in', () => {
  it('SAL-90 begins at an address of ours that leads to the provider, with PKCE and the mailbox as a hint', async () => {
    const session = await stand.start();
    expect(session.Url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/oauth\/start\?state=[\w-]{43}$/);
    const location = new URL((await new Browser().open(session.Url)).headers.get('location') ?? '');
    expect(location.origin).toBe(new URL(stand.provider.issuer).origin);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      login_hint: sales.address,
      prompt: 'consent',
      scope: 'openid email profile offline_access mail',
    });
    expect(await stand.progress(session)).toMatchObject({ State: OAuth2State.oasPending });
  });

  it('ends with a reference that says nothing, and the browser where the caller wanted it', async () => {
    const RedirectUrl = 'https://erp.example.test/konten/7?tab=pop3';
    const session = await stand.start({ RedirectUrl });
    const reply = await stand.signIn(session);
    expect([reply.status, reply.headers.get('location')]).toEqual([303, RedirectUrl]);
    const progress = await stand.progress(session);
    expect(progress).toMatchObject({
      State: OAuth2State.oasFinished,
      Identity: sales.address,
      Code: '',
    });
    expect(progress.Password).toBe(`oauth2-link:${session.Identifier}`);
  });

  it('shows a page where there is nowhere to go on to', async () => {
    const reply = await stand.signIn(await stand.start());
    expect([reply.status, reply.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(reply.headers.get('referrer-policy')).toBe('no-referrer');
    expect(await reply.text()).toContain('Die Anmeldung ist abgeschlossen.');
  });

  it('SAL-99 links nothing when the callback comes a second time', async () => {
    const session = await stand.start();
    const browser = new Browser();
    const callback = await stand.atProvider(session.Url, sales, browser);
    expect((await browser.open(callback)).status).toBe(200);
    const before = await stand.progress(session);
    const grants = stand.provider.countOf('code');
    const again = await browser.open(callback);
    expect([again.status, await again.text()]).toEqual([
      400,
      expect.stringContaining('nicht mehr gültig'),
    ]);
    expect(stand.provider.countOf('code')).toBe(grants);
    expect(await stand.progress(session)).toEqual(before);
  });

  it('SAL-99 links nothing when another browser comes back, and neither asks the provider', async () => {
    const session = await stand.start();
    const callback = await stand.atProvider(session.Url, sales, new Browser());
    const asked = stand.provider.countOf('code');
    expect((await new Browser().open(callback)).status).toBe(400);
    expect(stand.provider.countOf('code')).toBe(asked);
    expect(await stand.progress(session)).toMatchObject({ State: OAuth2State.oasPending });
    // and the address to begin at belongs to the browser that opened it first
    expect((await new Browser().open(session.Url)).status).toBe(400);
  });

  it.each([
    ['a state that nobody gave out', 'state=x'],
    ['no state', 'code=y'],
    ['a state of five thousand characters', `state=${'s'.repeat(5000)}`],
  ])('SAL-99 knows no callback with %s', async (_what, query) => {
    const session = await stand.start();
    const callback = new URL('/oauth/callback', session.Url).toString();
    expect((await new Browser().open(`${callback}?${query}`)).status).toBe(400);
  });

  it('TEC-68 refuses another account than the mailbox, names it, and gives back what it was given', async () => {
    const revoked = stand.provider.countOf('revoke');
    const session = await stand.start({ Address: sales.address });
    await stand.signIn(session, clerk);
    expect(await stand.progress(session)).toMatchObject({
      ...failed('wrongAccount'),
      Identity: clerk.address,
      Password: '',
    });
    expect(stand.provider.countOf('revoke')).toBe(revoked + 1);
  });

  it('lets the delegate that the administrator named sign in, and nobody else', async () => {
    const wanted = { Address: shared.address, Delegate: clerk.address };
    const byOther = await stand.start(wanted);
    await stand.signIn(byOther, sales);
    expect(await stand.progress(byOther)).toMatchObject(failed('wrongAccount'));
    const byDelegate = await stand.start(wanted);
    await stand.signIn(byDelegate, clerk);
    expect(await stand.progress(byDelegate)).toMatchObject({
      State: OAuth2State.oasFinished,
      Identity: clerk.address,
    });
  });

  it('tells that access was denied', async () => {
    const session = await stand.start();
    const reply = await stand.signIn(session, sales, 'deny');
    expect(await reply.text()).toContain('nicht erlaubt');
    expect(await stand.progress(session)).toMatchObject(failed('denied'));
  });

  it('bears a clock that is a few minutes wrong, and no more', async () => {
    stand.provider.setClockSkew(-4 * 60_000);
    const near = await stand.start();
    await stand.signIn(near);
    expect(await stand.progress(near)).toMatchObject({ State: OAuth2State.oasFinished });
    stand.provider.setClockSkew(-3 * 3_600_000);
    const far = await stand.start();
    await stand.signIn(far);
    expect(await stand.progress(far)).toMatchObject(failed('providerRefused'));
  });

  it('tells when the provider went away in between, and can be begun anew', async () => {
    const session = await stand.start();
    const browser = new Browser();
    const callback = await stand.atProvider(session.Url, sales, browser);
    stand.provider.setFault('down');
    await browser.open(callback);
    expect(await stand.progress(session)).toMatchObject(failed('providerUnavailable'));
    stand.provider.setFault('none');
    expect(await stand.reference()).toMatch(/^oauth2-link:/);
  });

  it('tells that the client secret is not accepted', async () => {
    const session = await stand.start();
    const browser = new Browser();
    const callback = await stand.atProvider(session.Url, sales, browser);
    stand.provider.setFault('invalidClient');
    await browser.open(callback);
    expect(await stand.progress(session)).toMatchObject(failed('clientRefused'));
  });

  it('refuses an answer that names another issuer (RFC 9207)', async () => {
    const session = await stand.start();
    const browser = new Browser();
    const callback = new URL(await stand.atProvider(session.Url, sales, browser));
    callback.searchParams.set('iss', 'https://evil.example');
    await browser.open(callback.toString());
    expect(await stand.progress(session)).toMatchObject(failed('providerRefused'));
  });

  it('ends after half an hour, and its reference with it', async () => {
    const session = await stand.start();
    const reference = await stand.reference();
    stand.archive.clock.advance(31 * 60_000);
    expect(await stand.progress(session)).toMatchObject(failed('expired'));
    expect((await new Browser().open(session.Url)).status).toBe(400);
    expect((await faultOf(stand.addPop3(sales.address, reference))).text).toContain(
      '[linkExpired]',
    );
  });

  it('works by the documented calls alone; the account decides whose it has to be', async () => {
    const { pop3Accounts } = stand.archive.client;
    const { Identifier, Kind, Url } = await pop3Accounts.StartOAuth2Authentication({
      Host: 'localhost',
      RedirectUrl: '',
      Locale: 'de',
    });
    const check = () => pop3Accounts.CheckOAuth2Authentication({ Identifier, Kind });
    expect((await check()).State).toBe(OAuth2State.oasPending);
    await stand.signIn({ Identifier, Kind, Url } as never, clerk);
    const { State, Password } = await check();
    expect(State).toBe(OAuth2State.oasFinished);
    const wrong = await faultOf(stand.addPop3(sales.address, Password));
    expect(wrong.text).toContain('[wrongAccount]');
    expect(wrong.text).toContain(clerk.address);
    await expect(stand.addPop3(clerk.address, Password, 'Meier')).resolves.toBeGreaterThan(0);
  });

  it('SAL-99 lets no secret of a sign-in into the log or, readable, onto the disk', async () => {
    const { provider, archive } = stand;
    const [known, logged] = [new Set(provider.tokens()), archive.log.length];
    await stand.reference();
    const state = new URL((await stand.start()).Url).searchParams.get('state') ?? '';
    const tokens = provider.tokens().filter((token) => !known.has(token));
    expect([tokens.length, state.length]).toEqual([2, 43]);
    const secrets = [provider.clientSecret, state, ...tokens];
    const secretsIn = (text: string) => secrets.filter((secret) => text.includes(secret));

    expect(archive.log.slice(logged).join('')).toContain('"msg":"sign-in"');
    const log = archive.log.join('');
    expect(secretsIn(log)).toEqual([]);
    expect(log).not.toContain(sales.address);
    expect(log).not.toMatch(/access_token|refresh_token|code_verifier|[?&]code=/);

    const disk = await readableOnDisk(archive.dataDir);
    expect(disk).toContain(provider.clientId);
    expect(secretsIn(disk)).toEqual([]);

    const rows = await archive.client.mailBridge.GetOAuth2ProviderList();
    expect(secretsIn(JSON.stringify(rows))).toEqual([]);
  });
});

describe('a provider’s settings', () => {
  const check = async (given: object = {}) => {
    const [told] = await stand.mailBridge.GetOAuth2ProviderList();
    const findings = await stand.mailBridge.CheckOAuth2Provider({
      Provider: { ...told!, ...given },
    });
    return Object.fromEntries(findings.map(({ Check, Code }) => [Check, Code]));
  };

  it('are found right without anybody signing in', async () => {
    expect(await check()).toEqual({
      redirectUrl: 'redirectUrlOnLoopback',
      discovery: 'endpointsKnown',
      pkce: 'pkceSupported',
      client: 'clientAccepted',
    });
  });

  it('are found wrong by their cause', async () => {
    expect(await check({ ClientSecret: 'wrong' })).toMatchObject({ client: 'clientRefused' });
    expect(await check({ ClientId: 'nobody' })).toMatchObject({ client: 'clientRefused' });
    expect(await check({ Issuer: 'https://localhost:9' })).toMatchObject({
      discovery: 'providerUnavailable',
    });
    // known by discovery, but nobody there to accept the client
    stand.provider.setFault('error500');
    expect(await check()).toMatchObject({
      discovery: 'endpointsKnown',
      client: 'providerUnavailable',
    });
    stand.provider.setFault('none');
    const past = new Date(stand.archive.clock.now().getTime() - 86_400_000);
    expect(await check({ ClientSecretExpires: past })).toMatchObject({
      clientSecretExpires: 'clientSecretExpired',
    });
  });
});

describe('other ways to sign in', () => {
  it('TEC-66 by a code on another device: not confirmed yet as long as nobody has', async () => {
    const session = await stand.start({ Flow: OAuth2Flow.ofDevice });
    expect(session.UserCode).toMatch(/\S{6,}/);
    expect(session.VerificationUrl).toMatch(/^https:/);
    expect(session.Url).toBe('');
    const early = { State: OAuth2State.oasPending, Code: 'notConfirmedYet' };
    expect(await stand.progress(session)).toMatchObject(early);
    expect(await stand.progress(session)).toMatchObject(early);
  });

  it('the provider is asked once a turn, however many ask us', async () => {
    const session = await stand.start({ Flow: OAuth2Flow.ofDevice });
    const before = stand.provider.countOf('deviceCode');
    await Promise.all(Array.from({ length: 5 }, () => stand.progress(session)));
    expect(stand.provider.countOf('deviceCode')).toBe(before + 1);
  });

  it('tells when the provider has no such way', async () => {
    const consent = await stand.start({ Flow: OAuth2Flow.ofAdminConsent });
    // on the way, because only the provider's own description tells
    expect((await new Browser().open(consent.Url)).status).toBe(502);
  });
});
