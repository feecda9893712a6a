/** The ways to sign in: consent of an administrator, device code, delegate, application. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OAuth2Flow } from '../../../src/greyhound/index.js';
import {
  account,
  failureOf,
  incoming,
  linkIdOf,
  links,
  newLink,
  OAuthStand,
  RETURN_URL,
} from './stand.js';

let stand: OAuthStand;
afterEach(() => stand.close());

const begin = (more: Record<string, unknown> = {}) =>
  stand.post(`${incoming}/1/oauth/link`, { returnUrl: RETURN_URL, ...more });
const state = async () => (await stand.request(`${incoming}/1/oauth`)).body;
const shown = async () =>
  ((await stand.request(`${incoming}/1`)).body['oauth'] as { state: string }).state;
const look = (linkId: string) => stand.request(`${links}/${linkId}`);

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}
const failureIn = (body: Record<string, unknown>) => body['failure'] as Failure;

describe('with RpcMailBridge', () => {
  beforeEach(async () => {
    stand = await OAuthStand.open(true);
    await stand.post(incoming, account());
  });

  it('SAL-94 SAL-95 an administrator’s consent is no link: linking once more makes it one', async () => {
    const first = await begin();
    stand.signIns.fail('consentGranted', 'admin@example.com');
    const { headers } = await stand.browse(`/oauth/return/${linkIdOf(first)}`);
    expect(headers.get('location')).toContain('oauthState=consentGranted');
    const granted = await look(linkIdOf(first));
    expect(granted.body).toMatchObject({
      state: 'consentGranted',
      signedInAs: 'admin@example.com',
    });
    expect(failureIn(granted.body).hint).toContain('noch einmal');
    expect(await state()).toMatchObject({ state: 'consentGranted', linkedAt: null });
    expect(await shown()).toBe('consentGranted');
    const save = await stand.put(`${incoming}/1`, { linkId: linkIdOf(first) });
    expect(failureOf(save)).toMatchObject({ code: 'linkNotFinished' });

    const second = await begin();
    expect(second.status).toBe(201);
    stand.signIns.finish();
    expect((await look(linkIdOf(second))).body['state']).toBe('linked');
    expect(await shown()).toBe('linked');
  });

  it('SAL-95 only a link is shown as one', async () => {
    const states = new Map<string, string>();
    states.set('before', await shown());
    const link = await begin();
    states.set('begun', await shown());
    stand.signIns.fail('denied');
    await look(linkIdOf(link));
    states.set('denied', await shown());
    await begin();
    stand.signIns.finish();
    await state();
    states.set('signed in', await shown());
    stand.signIns.expires = new Date(Date.now() + 20 * 86_400_000);
    await stand.put(`${incoming}/1`, { linkId: linkIdOf(await finished()), unlink: true });
    states.set('ends in 20 days', await shown());
    stand.signIns.end('0.1');
    states.set('revoked', await shown());
    expect(Object.fromEntries(states)).toEqual({
      before: 'unlinked',
      begun: 'pending',
      denied: 'failed',
      'signed in': 'linked',
      'ends in 20 days': 'expiring',
      revoked: 'expired',
    });
    expect(await state()).toMatchObject({ state: 'expired', expiresBecause: 'revoked' });
  });

  const finished = async () => {
    const answer = await stand.post(links, newLink());
    stand.signIns.finish();
    return answer;
  };

  it('SAL-97 a link that is about to end is unlinked first, too', async () => {
    stand.signIns.expires = new Date(Date.now() + 5 * 86_400_000);
    await begin();
    stand.signIns.finish();
    expect(await state()).toMatchObject({ state: 'expiring', expiresBecause: 'inactivity' });
    expect(failureOf(await begin())).toMatchObject({ code: 'alreadyLinked' });
  });

  it('TEC-68 somebody else who signs in links nothing, and both addresses are told', async () => {
    const link = await begin();
    stand.signIns.fail('wrongAccount', 'anderer@example.com');
    const { body } = await look(linkIdOf(link));
    expect(body).toMatchObject({ state: 'failed', signedInAs: 'anderer@example.com' });
    const { code, message } = failureIn(body);
    expect(code).toBe('wrongAccount');
    expect(message).toContain('anderer@example.com');
    expect(message).toContain('verkauf@example.com');
    expect(stand.signIns.links.size).toBe(0);
    const english = await stand.request(`${links}/${linkIdOf(link)}`, 'GET', undefined, {
      'Accept-Language': 'en',
    });
    expect(failureIn(english.body).message).toContain('anderer@example.com signed in');
  });

  it('a delegate is named to the archive, and a provider', async () => {
    await begin({ delegate: 'assistenz@example.com', provider: 'firma' });
    expect(stand.signIns.latest).toMatchObject({
      address: 'verkauf@example.com',
      delegate: 'assistenz@example.com',
    });
    stand.signIns.finish(stand.signIns.latest, 'assistenz@example.com');
    expect(await state()).toMatchObject({
      state: 'linked',
      signedInAs: 'assistenz@example.com',
      provider: 'test',
    });
  });

  it('an application needs no person: its link is there at once', async () => {
    const link = await begin({ flow: 'application' });
    expect(link.body).toMatchObject({ state: 'linked', url: null, signedInAs: null });
    expect(await shown()).toBe('linked');
    const free = await stand.post(links, newLink({ flow: 'application' }));
    expect(free.body).toMatchObject({ state: 'linked', url: null });
  });

  it('an administrator can be sent to consent', async () => {
    await begin({ flow: 'adminConsent' });
    const [start] = stand.archive.calls.filter(({ method }) => method.endsWith('.StartOAuth2'));
    expect(start?.params[0]).toMatchObject({ Flow: OAuth2Flow.ofAdminConsent });
  });

  it.each([
    ['notConfigured', { status: 422, code: 'oauthProviderMissing', field: 'host' }],
    ['hostNotServed', { status: 422, code: 'oauthProviderMissing', field: 'host' }],
    ['flowNotOffered', { status: 422, code: 'oauthFlowNotOffered', field: 'flow' }],
    ['clientRefused', { status: 422, code: 'oauthClientRefused' }],
    ['providerUnavailable', { status: 502, code: 'oauthUnavailable' }],
    ['somethingNew', { status: 502, code: 'archiveFault' }],
  ])('a sign-in that cannot begin is told as such: %s', async (code, failure) => {
    stand.signIns.startRefusal = `[${code}] words`;
    expect(failureOf(await stand.post(links, newLink()))).toEqual(failure);
    expect(failureOf(await begin())).toEqual(failure);
    expect(await shown()).toBe('unlinked');
  });

  it('nobody is sent to sign in for what could not be saved', async () => {
    stand.archive.change('RpcPop3Accounts', 1, { Encrypt: 0 });
    expect(failureOf(await begin())).toMatchObject({
      status: 422,
      code: 'clearTextLoginNotAllowed',
    });
    for (let index = 0; index < 10; index += 1)
      stand.archive.insert('RpcPop3Accounts', { Name: `K${String(index)}`, Kind: 0 });
    const outside = await stand.post(`${incoming}/11/oauth/link`);
    expect(failureOf(outside)).toMatchObject({ status: 409, code: 'managedExternally' });
    expect(stand.signIns.all).toEqual([]);
  });

  it('a link that is under way is given up with its account, and with another way to sign in', async () => {
    const first = await begin();
    await stand.put(`${incoming}/1`, { authentication: 'password', password: 'neu' });
    stand.signIns.finish();
    expect((await look(linkIdOf(first))).status).toBe(404);
    expect(stand.archive.entries('RpcPop3Accounts')[0]).toMatchObject({
      Authenticate: 0,
      Password: 'neu',
    });
    const second = await begin();
    const read = await stand.request(`${incoming}/1`);
    const tag = { 'If-Match': read.headers.get('etag') ?? '' };
    expect((await stand.request(`${incoming}/1`, 'DELETE', undefined, tag)).status).toBe(200);
    expect((await look(linkIdOf(second))).status).toBe(404);
    expect(stand.signIns.all.map(({ state: one }) => one)).toEqual(['dropped', 'dropped']);
  });

  it('two who begin at the same time: the later link counts, the other is given up', async () => {
    const answers = await Promise.all([begin(), begin()]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    const states = stand.signIns.all.map(({ state: one }) => one);
    expect(states).toEqual(['dropped', 'pending']);
    stand.signIns.finish();
    expect((await state())['state']).toBe('linked');
  });

  it('a link that fits its account no more when it is finished is not written', async () => {
    const link = await begin();
    await stand.put(`${incoming}/1`, { username: 'service@example.com' });
    stand.signIns.finish();
    const { body } = await look(linkIdOf(link));
    expect(body).toMatchObject({ state: 'failed', failure: { code: 'linkForOtherAccount' } });
    expect(await shown()).toBe('failed');
    expect(stand.signIns.links.size).toBe(0);
  });

  it('a user name that is no address is linked for the address of the group', async () => {
    await stand.post(incoming, {
      ...account({ name: 'Zweites', username: 'firma\\zweites' }),
      emailAddress: 'zweites@example.com',
    });
    await stand.post(`${incoming}/2/oauth/link`);
    expect(stand.signIns.latest.address).toBe('zweites@example.com');
  });

  describe('by device code', () => {
    const device = () => stand.post(links, newLink({ flow: 'device' }));

    it('TEC-60 answers a link and a code, both to be copied', async () => {
      const { body } = await device();
      expect(body).toMatchObject({
        state: 'pending',
        userCode: 'ABCD-EFGH',
        verificationUrl: 'https://provider.test/device',
        url: null,
      });
    });

    it('TEC-66 fetching too early says so and can be repeated; then the token is there', async () => {
      const linkId = linkIdOf(await device());
      for (let times = 0; times < 2; times += 1) {
        const early = await look(linkId);
        expect(early.body).toMatchObject({ state: 'pending', userCode: 'ABCD-EFGH' });
        expect(failureIn(early.body).code).toBe('notConfirmedYet');
        expect(failureIn(early.body).message).toContain('noch nicht bestätigt');
      }
      stand.signIns.finish();
      const fetched = await look(linkId);
      expect(fetched.body).toMatchObject({ state: 'linked', failure: null, userCode: null });
    });

    it.each(['denied', 'deviceCodeExpired'])('TEC-66 %s ends it', async (code) => {
      const linkId = linkIdOf(await device());
      stand.signIns.fail(code);
      const { body } = await look(linkId);
      expect(body).toMatchObject({ state: 'failed', userCode: null });
      expect(failureIn(body).code).toBe(code);
    });

    it('TEC-66 a code that nobody typed in expires with the archive’s time', async () => {
      const linkId = linkIdOf(await device());
      stand.clock.advance(16 * 60_000);
      expect(failureIn((await look(linkId)).body).code).toBe('deviceCodeExpired');
    });

    it('TEC-67 closing without saving discards the token', async () => {
      const linkId = linkIdOf(await device());
      stand.signIns.finish();
      await look(linkId);
      expect((await stand.request(`${links}/${linkId}`, 'DELETE')).status).toBe(204);
      expect(stand.signIns.latest.state).toBe('dropped');
      expect(stand.signIns.links.size).toBe(0);
      const save = await stand.post(incoming, account({ name: 'Zweites', linkId }));
      expect(failureOf(save)).toMatchObject({ code: 'linkExpired' });
    });
  });
});

describe('a GREYHOUND server', () => {
  beforeEach(async () => {
    stand = await OAuthStand.open(false);
    await stand.post(incoming, account());
  });

  it.each<[string, Record<string, unknown>]>([
    ['flow', { flow: 'device' }],
    ['flow', { flow: 'application' }],
    ['flow', { flow: 'adminConsent' }],
    ['provider', { provider: 'firma' }],
    ['delegate', { delegate: 'assistenz@example.com' }],
  ])('does without %s: %j', async (field, more) => {
    expect(failureOf(await begin(more))).toEqual({
      status: 501,
      code: 'notSupportedByArchive',
      field,
    });
    expect(stand.called(/OAuth2/)).toEqual([]);
  });

  it('SAL-95 an account that complains of something else is linked all the same', async () => {
    await begin();
    stand.signIns.finish();
    await state();
    stand.archive.change('RpcPop3Accounts', 1, { ErrorCount: 2, Message: 'connection refused' });
    expect(await shown()).toBe('linked');
    stand.archive.change('RpcPop3Accounts', 1, { ErrorCount: 2, Message: 'invalid_grant' });
    expect(await shown()).toBe('expired');
  });

  it('an account that nobody linked from here is not shown as linked', async () => {
    const Authenticate = 2;
    stand.archive.insert('RpcPop3Accounts', { Name: 'Alt', Kind: 0, State: 1, Authenticate });
    expect((await stand.request(`${incoming}/2`)).body).toMatchObject({
      oauth: { state: 'unlinked' },
    });
    const puts = () => stand.called(/RpcPop3Accounts\.Put/).length;
    const before = puts();
    expect((await stand.request(`${incoming}/2/oauth`, 'DELETE')).status).toBe(200);
    expect(puts()).toBe(before + 1);
  });
});
