/** Saves that use a link which was made before: each once, and only by saves that end well. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { isReading } from '../../../fixtures/scripted-archive.js';
import type { Answer } from '../http/bridge-harness.js';
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

const POP3 = 'RpcPop3Accounts';
const SMTP = 'RpcSmtpAccounts';
const create = (more: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  stand.post(incoming, account(more), headers);
const linkOf = (linkId: string): Promise<Answer> => stand.request(`${links}/${linkId}`);

/** A link without an account, by default a finished one. */
async function link(more: Record<string, unknown> = {}, isFinished = true): Promise<string> {
  const answer = await stand.post(links, newLink(more));
  expect(answer.status).toBe(201);
  if (isFinished) stand.signIns.finish();
  return linkIdOf(answer);
}

const shapes: [shape: string, hasMailBridge: boolean][] = [
  ['an archive with RpcMailBridge', true],
  ['a GREYHOUND server', false],
];

describe.each(shapes)('%s', (_shape, hasMailBridge) => {
  beforeEach(async () => {
    stand = await OAuthStand.open(hasMailBridge);
  });

  it('SAL-89 TEC-67 an account is saved and activated with a link, for its SMTP account too', async () => {
    const linkId = await link();
    const answer = await create({ active: true, linkId });
    expect([answer.status, answer.body['account']]).toEqual([
      201,
      expect.objectContaining({ active: true, oauth: { state: 'linked', expiresAt: null } }),
    ]);
    expect((await stand.request(`${smtp}/1`)).body).toMatchObject({
      authentication: 'oauth2',
      active: true,
      oauth: { state: 'linked' },
    });
    expect((await linkOf(linkId)).body['state']).toBe('linked');
    expect(answer.text).not.toContain(stand.signIns.referenceOf(stand.signIns.latest));
  });

  it('a save that was made is told as made, although what became of its link could not be noted', async () => {
    const linkId = await link();
    const settling = jest
      .spyOn(stand.process.links, 'settle')
      .mockRejectedValue(new Error('the disk is full'));
    expect((await create({ linkId })).status).toBe(201);
    settling.mockRestore();
    // noted when somebody asks
    expect((await linkOf(linkId)).body['state']).toBe('linked');
  });

  it('SAL-99 a link is good for one account', async () => {
    const linkId = await link();
    await create({ linkId });
    const again = await create({ name: 'Zweites', mailbox: 'Andere', linkId });
    expect(failureOf(again)).toEqual({ status: 409, code: 'linkUsed', field: 'linkId' });
    expect(stand.archive.entries(POP3)).toHaveLength(1);
    // what is used is not discarded with it
    expect((await stand.request(`${links}/${linkId}`, 'DELETE')).status).toBe(204);
    expect((await stand.request(`${incoming}/1/oauth`)).body['state']).toBe('linked');
  });

  it('SAL-99 two saves with one link at the same time: one gets it', async () => {
    const linkId = await link();
    const answers = await Promise.all([
      create({ linkId }),
      create({ name: 'Zweites', mailbox: 'Andere', linkId }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('SAL-99 one save that names a link twice: nobody gets it', async () => {
    const linkId = await link();
    const twice = [account({ linkId }), account({ name: 'Zweites', mailbox: 'Andere', linkId })];
    const answer = await stand.post('/api/v1/changesets', { incomingAccounts: { create: twice } });
    expect(failureOf(answer)).toEqual({
      status: 409,
      code: 'linkUsed',
      field: 'incomingAccounts.create.1.linkId',
    });
    expect(stand.called(/\.New$/)).toEqual([]);
    // it is as good as before
    expect((await create({ linkId })).status).toBe(201);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['another mailbox', {}, { username: 'service@example.com' }],
    ['another server', {}, { host: 'pop.evil.example' }],
    ['an SMTP account', { accountKind: 'smtp' }, {}],
  ])('SAL-99 a link is not accepted for %s', async (_what, asked, saved) => {
    const linkId = await link(asked);
    const answer = await create({ linkId, ...saved });
    expect(failureOf(answer)).toEqual({
      status: 422,
      code: 'linkForOtherAccount',
      field: 'linkId',
    });
    expect(stand.archive.objectCount).toBe(0);
  });

  it('SAL-99 a link of one account is not accepted for another', async () => {
    await create();
    await create({ name: 'Zweites', mailbox: 'Andere' });
    const begun = await stand.post(`${incoming}/1/oauth/link`);
    const linkId = linkIdOf(begun);
    const answer = await stand.put(`${incoming}/2`, { linkId });
    expect(failureOf(answer)).toMatchObject({ status: 422, code: 'linkForOtherAccount' });
    stand.signIns.finish();
    expect((await stand.request(`${incoming}/1/oauth`)).body['state']).toBe('linked');
    const used = await stand.put(`${incoming}/1`, { linkId, unlink: true });
    expect(failureOf(used)).toMatchObject({ status: 409, code: 'linkUsed' });
  });

  it('SAL-99 an expired or unknown link links nothing', async () => {
    const linkId = await link();
    stand.clock.advance(31 * 60_000);
    for (const gone of [linkId, 'A'.repeat(27)]) {
      const answer = await create({ linkId: gone });
      expect(failureOf(answer)).toEqual({ status: 422, code: 'linkExpired', field: 'linkId' });
    }
    expect(stand.called(/\.New$/)).toEqual([]);
  });

  it('a link that nobody has signed in for yet cannot be used, and can when somebody has', async () => {
    const linkId = await link({}, false);
    expect(failureOf(await create({ linkId }))).toEqual({
      status: 422,
      code: 'linkNotFinished',
      field: 'linkId',
    });
    stand.signIns.finish();
    expect((await create({ linkId })).status).toBe(201);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      'a password',
      { password: 'geheim' },
      { status: 400, code: 'invalidRequest', field: 'password' },
    ],
    [
      'active without a link',
      { active: true },
      { status: 422, code: 'linkRequired', field: 'linkId' },
    ],
    [
      'a readable token',
      { security: 'none', host: 'pop.example.com' },
      { status: 422, code: 'clearTextLoginNotAllowed', field: 'allowClearTextLogin' },
    ],
  ])('%s is refused, and nothing is changed', async (_what, more, failure) => {
    expect(failureOf(await create(more))).toEqual(failure);
    expect(stand.archive.calls.filter(({ method }) => !isReading(method))).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a link beside a password', { authentication: 'password', password: 'p' }, 'linkId'],
    ['a password beside a link', { password: 'p' }, 'password'],
    [
      'an active SMTP account without its password',
      { active: true, smtp: { authentication: 'password' } },
      'smtp.password',
    ],
  ])('%s is refused although the link is finished', async (_what, more, field) => {
    const answer = await create({ linkId: await link(), ...more });
    expect(failureOf(answer)).toEqual({ status: 400, code: 'invalidRequest', field });
    expect(stand.called(/\.New$/)).toEqual([]);
  });

  it('a form that sends nothing, or the placeholder, as the password is saved', async () => {
    expect((await create({ password: '******' })).status).toBe(201);
    const saved = await stand.put(`${incoming}/1`, { password: '', port: 1995 });
    expect(saved.body['account']).toMatchObject({ port: 1995, oauth: { state: 'unlinked' } });
    const refused = await stand.put(`${incoming}/1`, { password: 'geheim' });
    expect(failureOf(refused)).toMatchObject({ status: 400, field: 'password' });
  });

  it('the SMTP account that goes along signs in by a password when it is told one', async () => {
    const linkId = await link();
    await create({ linkId, smtp: { password: 'geheim' } });
    expect(stand.archive.entries(SMTP)[0]).toMatchObject({ Authenticate: 1, Password: 'geheim' });
    expect((await stand.request(`${smtp}/1`)).body).toMatchObject({
      authentication: 'password',
      passwordSet: true,
      oauth: null,
    });
  });

  it('an account that has a password is linked by PUT, and relinked only with unlink', async () => {
    await create({ authentication: 'password', password: 'geheim' });
    const saved = await stand.put(`${incoming}/1`, { linkId: await link(), port: 1995 });
    expect(saved.body['account']).toMatchObject({
      authentication: 'oauth2',
      port: 1995,
      oauth: { state: 'linked' },
    });
    const linkId = await link();
    const again = await stand.put(`${incoming}/1`, { linkId });
    expect(failureOf(again)).toEqual({ status: 409, code: 'alreadyLinked', field: 'linkId' });
    expect((await stand.put(`${incoming}/1`, { linkId, unlink: true })).status).toBe(200);
    expect((await stand.request(`${incoming}/1/oauth`)).body['state']).toBe('linked');
  });

  it('a staged save links accounts of both kinds', async () => {
    await create({ authentication: 'password', password: 'geheim' });
    const [first, second] = [await link(), await link({ emailAddress: 'service@example.com' })];
    const [third] = [await link({ accountKind: 'smtp', host: 'smtp.office365.com' })];
    const version = (await stand.request(incoming)).body['version'];
    const answer = await stand.post('/api/v1/changesets', {
      baseVersion: { incomingAccounts: version },
      incomingAccounts: {
        update: [{ id: 1, linkId: first }],
        create: [account({ name: 'Service', username: 'service@example.com', linkId: second })],
      },
      smtpAccounts: {
        create: [
          {
            name: 'Zentral',
            host: 'smtp.office365.com',
            username: 'verkauf@example.com',
            authentication: 'oauth2',
            senders: ['*'],
            active: true,
            linkId: third,
          },
        ],
      },
    });
    expect(answer.status).toBe(200);
    const states = ['incomingAccounts', 'smtpAccounts'].flatMap((list) =>
      (answer.body[list] as { name: string; oauth: { state: string } | null }[]).map(
        ({ name, oauth }) => [list, name, oauth?.state],
      ),
    );
    expect(states).toEqual(
      expect.arrayContaining([
        ['incomingAccounts', 'Verkauf', 'linked'],
        ['incomingAccounts', 'Service', 'linked'],
        ['smtpAccounts', 'Service', 'linked'],
        ['smtpAccounts', 'Zentral', 'linked'],
      ]),
    );
  });

  it('a dry run looks at the link and does not use it', async () => {
    const linkId = await link();
    const plan = await stand.post(`${incoming}?dryRun=true`, account({ linkId }));
    expect(plan.status).toBe(200);
    expect((await create({ linkId })).status).toBe(201);
  });

  it('a save that failed leaves the link usable, and one that is repeated answers the same', async () => {
    const linkId = await link();
    const headers = { 'Idempotency-Key': 'save-1' };
    stand.archive.onCall = ({ method }) =>
      method === 'RpcRules.New' ? { kind: 'refuse' } : undefined;
    const failed = await create({ active: true, linkId }, { 'Idempotency-Key': 'save-0' });
    expect(failureOf(failed)).toMatchObject({ status: 502, code: 'provisioningFailed' });
    expect(stand.archive.objectCount).toBe(0);
    stand.archive.onCall = () => undefined;
    const saved = await create({ active: true, linkId }, headers);
    expect(saved.status).toBe(201);
    const again = await create({ active: true, linkId }, headers);
    expect([again.status, again.body]).toEqual([201, saved.body]);
    expect((await stand.request(`${incoming}/1/oauth`)).status).toBe(404);
    expect((await stand.request(`${incoming}/2/oauth`)).body['state']).toBe('linked');
  });

  it('the link of a discarded draft is given back', async () => {
    const linkId = await link();
    expect((await stand.request(`${links}/${linkId}`, 'DELETE')).status).toBe(204);
    if (hasMailBridge) expect(stand.signIns.latest.state).toBe('dropped');
    expect((await linkOf(linkId)).status).toBe(404);
  });

  it('a finished link that nobody uses is given back when its time is over', async () => {
    const linkId = await link();
    expect((await linkOf(linkId)).body['state']).toBe('linked');
    stand.clock.advance(31 * 60_000);
    expect((await linkOf(linkId)).body).toMatchObject({ state: 'failed' });
    if (hasMailBridge) expect(stand.signIns.latest.state).toBe('dropped');
  });
});

describe('what the archive refuses', () => {
  beforeEach(async () => {
    stand = await OAuthStand.open(true);
  });

  it('a sign-in of somebody else, at the user name', async () => {
    const linkId = await link({ emailAddress: 'verkauf@example.com' }, false);
    stand.signIns.finish(stand.signIns.latest, 'anderer@example.com');
    const answer = await create({ linkId });
    expect(failureOf(answer)).toEqual({ status: 422, code: 'wrongAccount', field: 'username' });
    expect(stand.archive.objectCount).toBe(0);
    const inChangeset = await stand.post('/api/v1/changesets', {
      incomingAccounts: { create: [account({ linkId })] },
    });
    expect(failureOf(inChangeset)).toMatchObject({ field: 'incomingAccounts.create.0.username' });
  });

  it('another user name while the account is linked', async () => {
    await create({ linkId: await link() });
    const answer = await stand.put(`${incoming}/1`, { username: 'service@example.com' });
    expect(failureOf(answer)).toEqual({ status: 422, code: 'wrongAccount', field: 'username' });
    expect(stand.archive.entries(POP3)[0]?.['Username']).toBe('verkauf@example.com');
    const both = { username: 'service@example.com', unlink: true };
    expect((await stand.put(`${incoming}/1`, both)).status).toBe(422);
  });

  it('an SMTP account of a linked mailbox is activated without a link of its own', async () => {
    await create({ linkId: await link() });
    const read = await stand.request(`${smtp}/1`);
    const removed = await stand.request(`${smtp}/1`, 'DELETE', undefined, {
      'If-Match': read.headers.get('etag') ?? '',
    });
    expect(removed.status).toBe(200);
    const body = {
      name: 'Verkauf',
      host: 'smtp.office365.com',
      username: 'verkauf@example.com',
      authentication: 'oauth2',
      senders: ['verkauf@example.com'],
      active: true,
    };
    const saved = await stand.post(smtp, body);
    expect(saved.body['account']).toMatchObject({ active: true, oauth: { state: 'linked' } });
    const other = await stand.post(smtp, { ...body, name: 'Allein' });
    expect(failureOf(other)).toMatchObject({ code: 'linkRequired', field: 'linkId' });
  });
});
