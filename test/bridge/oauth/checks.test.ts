/** Checks of accounts that sign in by OAuth2, of senders, and of a whole round trip. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Pop3Authenticate,
  Pop3Protocol,
  RpcPop3Account,
  RpcPop3Accounts,
  RpcSenderCheck,
  SmtpAuthenticate,
  type SenderCheck,
} from '../../../src/greyhound/index.js';
import {
  account,
  failureOf,
  incoming,
  linkIdOf,
  links,
  newLink,
  OAuthStand,
  smtp,
} from './stand.js';

let stand: OAuthStand;
afterEach(() => stand.close());

interface Finding {
  readonly check: string;
  readonly code: string;
  readonly outcome: string;
  readonly field: string | null;
  readonly message: string;
  readonly hint: string | null;
}
const findingsOf = ({ body }: { readonly body: Record<string, unknown> }) =>
  body['findings'] as Finding[];
const codesOf = (answer: { readonly body: Record<string, unknown> }) =>
  findingsOf(answer).map(({ code, outcome, field }) => [code, outcome, field]);
const lastCheck = () => stand.archive.calls.filter(({ method }) => method.includes('Check')).at(-1);

const form = (more: Record<string, unknown> = {}) => {
  const { name, ...rest } = account(more);
  return { ...rest, name };
};

async function link(more: Record<string, unknown> = {}): Promise<string> {
  const linkId = linkIdOf(await stand.post(links, newLink(more)));
  stand.signIns.finish();
  return linkId;
}

describe('with RpcMailBridge', () => {
  beforeEach(async () => {
    stand = await OAuthStand.open(true);
  });

  it('an account that is being entered is tried with its link, which stays usable', async () => {
    const linkId = await link();
    const answer = await stand.post(`${incoming}/check`, form({ linkId }));
    expect(codesOf(answer)).toEqual([['settingsCorrect', 'ok', null]]);
    expect(lastCheck()).toMatchObject({
      method: 'RpcMailBridge.CheckPop3',
      params: [
        0,
        {
          Authenticate: Pop3Authenticate.paOAuth2,
          Password: stand.signIns.referenceOf(stand.signIns.latest),
          Username: 'verkauf@example.com',
        },
        expect.anything(),
      ],
    });
    expect((await stand.post(incoming, account({ linkId }))).status).toBe(201);
  });

  it('a saved account is tried with its stored link', async () => {
    await stand.post(incoming, account({ linkId: await link() }));
    expect(codesOf(await stand.post(`${incoming}/1/check`))).toEqual([
      ['settingsCorrect', 'ok', null],
    ]);
    const [id, item] = lastCheck()?.params ?? [];
    expect([id, (item as Record<string, unknown>)['Password']]).toEqual([1, undefined]);
    expect(codesOf(await stand.post(`${smtp}/1/check`))).toEqual([['sendingPossible', 'ok', null]]);
    expect(lastCheck()).toMatchObject({
      method: 'RpcMailBridge.CheckSmtp',
      params: [1, { Authenticate: SmtpAuthenticate.saOAuth2 }, expect.anything()],
    });
  });

  it.each([
    ['notLinked', 'authentication', /verknüpf/],
    ['linkEnded', 'authentication', /Verknüpfung aufheben/],
    ['oauthClientRefused', null, /Administrator/],
    ['oauthUnavailable', null, /von selbst/],
  ])('%s is told in words, and nothing is tried from here', async (code, field, hint) => {
    stand.archive.checkFailure = `[${code}] words`;
    const answer = await stand.post(`${incoming}/check`, form());
    expect(codesOf(answer)).toEqual([[code, 'failed', field]]);
    expect(findingsOf(answer)[0]?.hint).toMatch(hint);
  });

  it('a foreign or expired link is refused at its field', async () => {
    const linkId = await link({ emailAddress: 'service@example.com' });
    expect(failureOf(await stand.post(`${incoming}/check`, form({ linkId })))).toEqual({
      status: 422,
      code: 'linkForOtherAccount',
      field: 'linkId',
    });
  });

  it('IMAP is tried in its folder', async () => {
    const answer = await stand.post(`${incoming}/check`, {
      ...form({ authentication: 'password', password: 'p' }),
      protocol: 'imap',
      mailbox: 'Aufträge',
    });
    expect(codesOf(answer)).toEqual([['settingsCorrect', 'ok', null]]);
    expect(lastCheck()).toMatchObject({
      method: 'RpcMailBridge.CheckImap',
      params: [0, { Port: 993 }, expect.anything(), 'Aufträge'],
    });
  });

  it.each([
    ['as it is', {}, 'CheckImap'],
    ['as POP3, when the form says so', { protocol: 'pop3', port: 995 }, 'CheckPop3'],
  ])('an IMAP account of another program is tried %s', async (_how, changes, method) => {
    const ID = stand.archive.insert(RpcPop3Accounts.name, {
      ...RpcPop3Account.make({ Name: 'IMAP', Host: 'imap.example.com', Username: 'u' }),
      Protocol: Pop3Protocol.ppImap4,
    });
    const answer = await stand.post(`${incoming}/${ID}/check`, changes);
    expect(answer.status).toBe(200);
    expect(lastCheck()).toMatchObject({ method: `RpcMailBridge.${method}` });
  });

  describe('senders', () => {
    const senderCheck = (given: Partial<SenderCheck>) => RpcSenderCheck.make(given);
    const check = (body?: unknown) => stand.post(`${smtp}/1/send-as-check`, body);
    beforeEach(() => stand.post(incoming, account({ linkId: undefined })));

    it('each is a row, in words', async () => {
      stand.archive.senderChecks = [
        senderCheck({ Sender: 'a@example.com', Accepted: true }),
        senderCheck({
          Sender: 'b@example.com',
          Stage: 'sender',
          ReplyCode: 550,
          EnhancedCode: '5.7.60',
          Words: 'SendAsDenied',
        }),
        senderCheck({
          Sender: 'c@example.com',
          Stage: 'recipient',
          ReplyCode: 451,
          Words: 'later',
        }),
      ];
      const { status, body } = await check({ senders: ['a@example.com', 'b@example.com'] });
      expect(status).toBe(200);
      const rows = body['rows'] as Record<string, unknown>[];
      expect(rows).toMatchObject([
        { sender: 'a@example.com', accepted: true, code: 'senderAccepted', replyCode: null },
        {
          sender: 'b@example.com',
          accepted: false,
          code: 'senderRefused',
          replyCode: 550,
          enhancedCode: '5.7.60',
          hint: expect.stringContaining('Senden als'),
        },
        { sender: 'c@example.com', code: 'senderDeferred', replyCode: 451, enhancedCode: null },
      ]);
      expect(rows[1]?.['message']).toContain('SendAsDenied');
      expect(lastCheck()?.params).toEqual([1, ['a@example.com', 'b@example.com']]);
    });

    it('asks about the senders of the account and the addresses of the groups, each once', async () => {
      stand.archive.change('RpcSmtpAccounts', 1, { Filter: '*\nInfo@example.com' });
      stand.archive.insert('RpcGroups', { Name: 'Zweite', Email: 'info@example.com' });
      stand.archive.insert('RpcGroups', { Name: 'Dritte', Email: '' });
      await check();
      expect(lastCheck()?.params).toEqual([1, ['info@example.com', 'verkauf@example.com']]);
    });

    it('is refused for what is no address, and for an account that is not there', async () => {
      expect(failureOf(await check({ senders: ['x'] }))).toMatchObject({ field: 'senders.0' });
      expect((await stand.post(`${smtp}/9/send-as-check`)).status).toBe(404);
    });

    it('a server that cannot be asked is the mail server’s failure', async () => {
      stand.archive.checkFailure = '[authenticationFailed] 535 no';
      const answer = await check({ senders: ['a@example.com'] });
      expect(failureOf(answer)).toEqual({ status: 422, code: 'authenticationFailed' });
      expect(answer.body['origin']).toBe('mailServer');
    });
  });

  describe('the round trip', () => {
    const trip = (body?: unknown) => stand.post(`${incoming}/1/round-trip`, body);
    beforeEach(() => stand.post(incoming, account()));

    it('tells each step with its time', async () => {
      stand.archive.roundTrip = { SentMs: 300, FoundMs: 900, RemovedMs: 950 };
      const answer = await trip();
      expect(answer.body).toMatchObject({
        ok: true,
        findings: [
          { check: 'send', code: 'roundTripSent', durationMs: 300 },
          { check: 'find', code: 'roundTripFound', durationMs: 600 },
          { check: 'remove', code: 'roundTripRemoved', durationMs: 50 },
        ],
      });
      expect(lastCheck()?.params).toEqual([1, 1, 'verkauf@example.com']);
    });

    it.each<[object, unknown[]]>([
      [
        { FailedStep: 'send', Code: 'authenticationFailed', Words: '535' },
        [['roundTripNotSent', 'failed', null]],
      ],
      [
        { FailedStep: 'find', Code: 'authenticationFailed' },
        [['roundTripNotOpened', 'failed', null]],
      ],
      [
        { SentMs: 5, FailedStep: 'find', Code: 'responseTimeout' },
        [
          ['roundTripSent', 'ok', null],
          ['roundTripNotFound', 'failed', null],
        ],
      ],
      [
        { SentMs: 5, FoundMs: 9, FailedStep: 'remove', Code: 'somethingNew', Words: 'words' },
        [
          ['roundTripSent', 'ok', null],
          ['roundTripFound', 'ok', null],
          ['roundTripNotRemoved', 'failed', null],
        ],
      ],
    ])('says where it failed: %j', async (given, expected) => {
      stand.archive.roundTrip = given;
      const answer = await trip();
      expect(codesOf(answer)).toEqual(expected);
      expect(answer.body['ok']).toBe(false);
    });

    it('needs an SMTP account, and an installation that may send', async () => {
      expect(failureOf(await trip({ smtpAccountId: 9 }))).toMatchObject({
        status: 404,
        field: 'smtpAccountId',
      });
      stand.arming.disarmed = 'copied';
      expect(failureOf(await trip())).toEqual({ status: 409, code: 'notArmed' });
    });
  });
});

describe('a GREYHOUND server', () => {
  beforeEach(async () => {
    stand = await OAuthStand.open(false);
  });

  it('tries a finished link, and says when it may not have used a stored one', async () => {
    const linkId = await link();
    expect(codesOf(await stand.post(`${incoming}/check`, form({ linkId })))).toEqual([
      ['settingsCorrect', 'ok', null],
    ]);
    expect(lastCheck()?.method).toBe('RpcPop3Accounts.CheckConnection');
    stand.archive.checkFailure = 'refused';
    const failed = await stand.post(`${incoming}/check`, form({ linkId }));
    expect(findingsOf(failed)[0]?.outcome).toBe('failed');
    await stand.post(incoming, account({ linkId }));
    const answer = await stand.post(`${incoming}/1/check`);
    expect(codesOf(answer)).toEqual([['linkNotTried', 'warning', null]]);
    expect(answer.body['ok']).toBe(false);
  });

  it('does without IMAP, senders and round trips', async () => {
    await stand.post(incoming, account());
    const imap = await stand.post(`${incoming}/check`, { ...form(), protocol: 'imap' });
    expect(failureOf(imap)).toEqual({
      status: 501,
      code: 'notSupportedByArchive',
      field: 'protocol',
    });
    for (const path of [`${smtp}/1/send-as-check`, `${incoming}/1/round-trip`])
      expect((await stand.post(path)).status).toBe(501);
  });
});
