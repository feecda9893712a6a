/** Linking accounts, with an archive that serves RpcMailBridge and with one that does not. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../support/wait-for.js';
import type { Answer } from '../http/bridge-harness.js';
import {
  account,
  failureOf,
  incoming,
  linkIdOf,
  links,
  OAuthStand,
  PUBLIC_URL,
  RETURN_URL,
  smtp,
} from './stand.js';

const shapes: [shape: string, hasMailBridge: boolean][] = [
  ['an archive with RpcMailBridge', true],
  ['a GREYHOUND server', false],
];

let stand: OAuthStand;
afterEach(() => stand.close());

const POP3 = 'RpcPop3Accounts';
const SMTP = 'RpcSmtpAccounts';
const entry = (service = POP3) => stand.archive.entries(service)[0];
const create = (more: Record<string, unknown> = {}) => stand.post(incoming, account(more));
const begin = (more: unknown = { returnUrl: RETURN_URL }) =>
  stand.post(`${incoming}/1/oauth/link`, more);
const stateOf = async (path = incoming): Promise<Record<string, unknown>> =>
  (await stand.request(`${path}/1/oauth`)).body;
const shownState = async (path = incoming) =>
  (await stand.request(`${path}/1`)).body['oauth'] as { state: string } | null;
const linkOf = (linkId: string): Promise<Answer> => stand.request(`${links}/${linkId}`);

/** An account whose link is finished. */
async function linked(): Promise<string> {
  expect((await create()).status).toBe(201);
  const link = await begin();
  expect(link.status).toBe(201);
  stand.signIns.finish();
  expect((await linkOf(linkIdOf(link))).body['state']).toBe('linked');
  return linkIdOf(link);
}

describe.each(shapes)('%s', (_shape, hasMailBridge) => {
  beforeEach(async () => {
    stand = await OAuthStand.open(hasMailBridge);
  });

  it('SAL-89 an account with OAuth2 is saved without a password, and so is its SMTP account', async () => {
    const answer = await create({ password: '' });
    expect(answer.status).toBe(201);
    expect(answer.body['account']).toMatchObject({
      authentication: 'oauth2',
      passwordSet: false,
      active: false,
      oauth: { state: 'unlinked', expiresAt: null },
    });
    const { body } = await stand.request(`${smtp}/1`);
    expect(body).toMatchObject({ authentication: 'oauth2', passwordSet: false });
    expect([entry()?.['Password'], entry(SMTP)?.['Password']]).toEqual(['', '']);
  });

  it('SAL-90 linking answers the address of the provider’s page, and where the browser comes back to', async () => {
    await create();
    const link = await begin();
    expect(link.body).toMatchObject({
      state: 'pending',
      url: expect.stringContaining('https://provider.test/authorize'),
      userCode: null,
      failure: null,
    });
    const { host, redirectUrl, locale } = stand.signIns.latest;
    expect({ host, redirectUrl, locale }).toEqual({
      host: 'outlook.office365.com',
      redirectUrl: `${PUBLIC_URL}/oauth/return/${linkIdOf(link)}`,
      locale: 'de',
    });
    // 160 bits
    expect(linkIdOf(link)).toMatch(/^[\w-]{27}$/);
    expect(await stateOf()).toMatchObject({ state: 'pending', link: { state: 'pending' } });
  });

  it('SAL-98 a finished link is written to the account; all other settings stay, and unlinking takes only the link', async () => {
    await create({ pollIntervalMinutes: hasMailBridge ? 7 : undefined, mailbox: 'Rechnungen' });
    const before = (await stand.request(`${incoming}/1`)).body;
    const link = await begin();
    stand.signIns.finish();
    expect((await linkOf(linkIdOf(link))).body).toMatchObject({
      state: 'linked',
      url: null,
      failure: null,
    });
    const after = (await stand.request(`${incoming}/1`)).body;
    expect(after).toEqual({ ...before, oauth: { state: 'linked', expiresAt: null } });
    expect(await stateOf()).toMatchObject({ state: 'linked', viaIncomingAccount: null });

    const unlinked = await stand.request(`${incoming}/1/oauth`, 'DELETE');
    expect([unlinked.status, unlinked.body['state']]).toEqual([200, 'unlinked']);
    expect((await stand.request(`${incoming}/1`)).body).toEqual(before);
    const twice = await stand.request(`${incoming}/1/oauth`, 'DELETE');
    expect([twice.status, twice.body['state']]).toEqual([200, 'unlinked']);
    expect((await stand.request(`${incoming}/1`)).body).toEqual(before);
    if (hasMailBridge) expect(stand.signIns.revoked).toEqual(['0.1']);
    expect(stand.archive.lockCount).toBe(0);
  });

  it('SAL-97 a linked account is linked again only after it was unlinked', async () => {
    await linked();
    const again = await begin();
    expect(failureOf(again)).toEqual({ status: 409, code: 'alreadyLinked' });
    expect(again.body['hint']).toContain('Verknüpfung aufheben');
    await stand.request(`${incoming}/1/oauth`, 'DELETE');
    expect((await begin()).status).toBe(201);
    stand.signIns.finish();
    expect((await stateOf())['state']).toBe('linked');
  });

  it('SAL-97 a pending link is replaced, and given up at the archive', async () => {
    await create();
    const first = await begin();
    const [signIn] = stand.signIns.all;
    const second = await begin();
    expect((await linkOf(linkIdOf(first))).status).toBe(404);
    if (hasMailBridge) expect(signIn?.state).toBe('dropped');
    stand.signIns.finish();
    expect((await linkOf(linkIdOf(second))).body['state']).toBe('linked');
  });

  it('an account that has a password signs in by OAuth2 once it is linked, and not before', async () => {
    await create({ authentication: 'password', password: 'geheim' });
    const link = await begin();
    expect(entry()?.['Password']).toBe('geheim');
    expect(await shownState()).toBeNull();
    expect((await stateOf())['state']).toBe('pending');
    stand.signIns.finish();
    await linkOf(linkIdOf(link));
    expect((await stand.request(`${incoming}/1`)).body).toMatchObject({
      authentication: 'oauth2',
      passwordSet: false,
      oauth: { state: 'linked' },
    });
    expect(entry()?.['Password']).not.toBe('geheim');
  });

  it('SAL-100 the way to sign in changes only when the link ends with it, and nothing hidden stays', async () => {
    await linked();
    const refused = await stand.put(`${incoming}/1`, { authentication: 'password', password: 'p' });
    expect(failureOf(refused)).toEqual({
      status: 409,
      code: 'stillLinked',
      field: 'authentication',
    });
    const password = { authentication: 'password', password: 'neu', unlink: true };
    const saved = await stand.put(`${incoming}/1`, password);
    expect(saved.status).toBe(200);
    expect(saved.body['account']).toMatchObject({ authentication: 'password', oauth: null });
    expect(entry()?.['Password']).toBe('neu');
    expect((await stateOf())['state']).toBe('unlinked');
    // and back: what was a password is no link
    const back = await stand.put(`${incoming}/1`, { authentication: 'oauth2' });
    expect(back.body['account']).toMatchObject({ oauth: { state: 'unlinked' } });
  });

  it('SAL-100 an account that is unlinked by the change has no password of its own', async () => {
    await linked();
    await stand.put(`${incoming}/1`, { authentication: 'password', unlink: true });
    const [last] = stand.archive.calls.filter(({ method }) => method === `${POP3}.Put`).slice(-1);
    expect((last?.params[0] as Record<string, unknown>)['Password']).toBeUndefined();
    if (hasMailBridge) expect(stand.signIns.links.size).toBe(0);
  });

  it('SAL-99 two callers and the browser at once: it is written once', async () => {
    await create();
    const link = await begin();
    stand.signIns.finish();
    const puts = stand.called(/RpcPop3Accounts\.Put/).length;
    const answers = await Promise.all([
      linkOf(linkIdOf(link)),
      linkOf(linkIdOf(link)),
      stand.browse(`/oauth/return/${linkIdOf(link)}`),
      stateOf(),
    ]);
    expect([answers[0].body['state'], answers[1].body['state'], answers[3]['state']]).toEqual([
      'linked',
      'linked',
      'linked',
    ]);
    expect(answers[2].headers.get('location')).toContain('oauthState=linked');
    expect(stand.called(/RpcPop3Accounts\.Put/).length - puts).toBe(1);
  });

  it('SAL-93 the browser comes back to the form, which is told what happened', async () => {
    await create();
    const link = await begin();
    stand.signIns.finish();
    const { status, headers, text } = await stand.browse(`/oauth/return/${linkIdOf(link)}`);
    expect([status, text]).toEqual([303, '']);
    expect(headers.get('location')).toBe(
      `https://erp.example.test/accounts/1?tab=mail&oauthLink=${linkIdOf(link)}&oauthState=linked#form`,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect((await stateOf())['state']).toBe('linked');
  });

  it.each([
    'http://erp.example.test/',
    'https://user:password@erp.example.test/',
    'javascript:alert(1)',
    'nonsense',
  ])('SAL-93 %s is no address to return to', async (returnUrl) => {
    await create();
    const answer = await begin({ returnUrl });
    expect(failureOf(answer)).toEqual({ status: 400, code: 'invalidRequest', field: 'returnUrl' });
    expect(stand.signIns.all).toEqual([]);
  });

  it('SAL-99 the page without a form to go back to names nobody, runs nothing and speaks the reader’s language', async () => {
    await create();
    const link = await begin({});
    const unfinished = await stand.browse(`/oauth/return/${linkIdOf(link)}`);
    expect([unfinished.status, unfinished.text]).toEqual([
      200,
      expect.stringContaining('noch offen'),
    ]);
    stand.signIns.finish();
    const german = await stand.browse(`/oauth/return/${linkIdOf(link)}`);
    expect(german.text).toContain('Fenster schließen');
    expect(german.text).toContain('Konto verknüpft');
    const english = await stand.browse(`/oauth/return/${linkIdOf(link)}`, 'en');
    expect(english.text).toContain('close this window');
    expect(english.text).not.toMatch(/example\.com|office365|<script/);
    expect(english.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const unknown of ['A'.repeat(27), 'x', '%00'])
      expect((await stand.browse(`/oauth/return/${unknown}`)).status).toBe(404);
  });

  it('a window that was closed loses nothing: the link is completed by itself', async () => {
    await create();
    stand.process.oauth.start();
    await begin();
    stand.signIns.finish();
    await waitFor(async () => (await shownState())?.state === 'linked');
  });

  it('a copy of the data leaves alone what the original has begun, until it is confirmed', async () => {
    await create();
    stand.arming.disarmed = 'copied';
    stand.process.oauth.start();
    await begin();
    const called = stand.called(/./);
    stand.signIns.finish();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(stand.called(/./)).toEqual(called);
    await stand.arming.arm();
    await waitFor(async () => (await shownState())?.state === 'linked');
  });

  it('a link that is not finished in half an hour is over', async () => {
    await create();
    const link = await begin();
    stand.clock.advance(31 * 60_000);
    const over = await linkOf(linkIdOf(link));
    expect(over.body).toMatchObject({ state: 'failed', failure: { code: 'codeExpired' } });
    if (hasMailBridge) expect(stand.signIns.latest.state).toBe('dropped');
    expect((await stateOf())['state']).toBe('failed');
    stand.signIns.finish();
    expect((await linkOf(linkIdOf(link))).body['state']).toBe('failed');
    expect(await shownState()).toMatchObject({ state: 'failed' });
    stand.clock.advance(24 * 3_600_000);
    expect((await linkOf(linkIdOf(link))).status).toBe(404);
  });

  it('a sign-in that fails leaves the account as it was', async () => {
    await create();
    const before = entry();
    const link = await begin();
    stand.signIns.fail(hasMailBridge ? 'denied' : '');
    const failed = await linkOf(linkIdOf(link));
    const code = hasMailBridge ? 'denied' : 'signInFailed';
    expect(failed.body).toMatchObject({ state: 'failed', failure: { code } });
    expect(await stateOf()).toMatchObject({ state: 'failed', failure: { code } });
    expect(entry()).toEqual(before);
    expect((await begin()).status).toBe(201);
  });

  it('SAL-112 an SMTP account can have a link of its own, and loses only that', async () => {
    await create();
    const link = await stand.post(`${smtp}/1/oauth/link`);
    stand.signIns.finish(stand.signIns.latest, 'verkauf@example.com');
    expect((await linkOf(linkIdOf(link))).body['state']).toBe('linked');
    expect(await stateOf(smtp)).toMatchObject({ state: 'linked', viaIncomingAccount: null });
    expect((await stateOf(incoming))['state']).toBe('unlinked');
    await stand.request(`${smtp}/1/oauth`, 'DELETE');
    expect((await stateOf(smtp))['state']).toBe('unlinked');
  });

  it('SAL-112 the SMTP account of the same name signs in by the link of the incoming one', async () => {
    await linked();
    expect(await stateOf(smtp)).toMatchObject({ state: 'linked', viaIncomingAccount: 1 });
    if (!hasMailBridge) expect(entry(SMTP)?.['Password']).toBe(entry()?.['Password']);
    // it has nothing of its own to give up
    await stand.request(`${smtp}/1/oauth`, 'DELETE');
    expect((await stateOf(smtp))['state']).toBe('linked');
    await stand.request(`${incoming}/1/oauth`, 'DELETE');
    expect((await stateOf(smtp))['state']).toBe('unlinked');
  });

  const waysOfItsOwn: [way: string, make: () => Promise<void>, state: string][] = [
    [
      'a link of its own',
      async () => {
        await create();
        const own = await stand.post(`${smtp}/1/oauth/link`);
        stand.signIns.finish(stand.signIns.latest, 'verkauf@example.com');
        await linkOf(linkIdOf(own));
      },
      'linked',
    ],
    [
      'a password',
      async () => {
        await create({ smtp: { password: 'geheim' } });
        expect(entry(SMTP)).toMatchObject({ Authenticate: 1, Password: 'geheim' });
      },
      'unlinked',
    ],
  ];

  it.each(waysOfItsOwn)('SAL-112 an SMTP account with %s keeps that', async (_way, make, state) => {
    await make();
    const before = [entry(SMTP), (await stand.request(`${smtp}/1`)).body];
    await begin();
    stand.signIns.finish();
    expect((await stateOf())['state']).toBe('linked');
    expect([entry(SMTP), (await stand.request(`${smtp}/1`)).body]).toEqual(before);
    expect(await stateOf(smtp)).toMatchObject({ state, viaIncomingAccount: null });
  });

  it('SAL-113 SEL-09 a link that has ended is shown as such, and linking again renews it', async () => {
    await linked();
    if (hasMailBridge) stand.signIns.end('0.1');
    else {
      const Message = 'AADSTS700082: The refresh token has expired due to inactivity';
      stand.archive.change(POP3, 1, { ErrorCount: 3, Message });
    }
    expect(await stateOf()).toMatchObject({ state: 'expired', link: null });
    expect((await begin()).status).toBe(201);
    expect((await stateOf())['state']).toBe('pending');
    stand.signIns.finish();
    expect((await stateOf())['state']).toBe('linked');
  });

  it('SAL-99 neither reference nor address of the sign-in is kept in clear, or logged', async () => {
    await linked();
    const rows = await stand.database.selectFrom('oauth_entry').selectAll().execute();
    const operations = await stand.database.selectFrom('operation').selectAll().execute();
    const kept = JSON.stringify([rows, operations]) + stand.log;
    const { identifier } = stand.signIns.latest;
    expect(kept).not.toContain(identifier);
    expect(kept).not.toContain('provider.test');
  });

  it('unlinking, linking and discarding need an account or a link that is there', async () => {
    expect((await begin()).status).toBe(404);
    expect((await stand.request(`${incoming}/1/oauth`)).status).toBe(404);
    expect((await stand.request(`${incoming}/1/oauth`, 'DELETE')).status).toBe(404);
    expect((await linkOf('A'.repeat(27))).status).toBe(404);
    expect((await stand.request(`${links}/${'A'.repeat(27)}`, 'DELETE')).status).toBe(204);
  });
});
