/**
 * The archive goes away, or its answer does, at every call that a link makes. `isKilled`: the bridge has died there, too,
 * and another process goes on with what it left behind.
 */
import { expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../fixtures/scripted-archive.js';
import { account, incoming, linkIdOf, links, newLink, OAuthStand } from '../bridge/oauth/stand.js';
import { extent, report } from './extent.js';

const shapes = [true, false];
const faults: Fault[] = [{ kind: 'drop' }, { kind: 'loseAnswer' }];
interface Case {
  readonly hasMailBridge: boolean;
  readonly fault: Fault;
  readonly isKilled: boolean;
}
const cases: Case[] = shapes.flatMap((hasMailBridge) =>
  faults.flatMap((fault) => [false, true].map((isKilled) => ({ hasMailBridge, fault, isKilled }))),
);

const STEP = extent({ short: 3, full: 1 });
/** A save of a whole account makes many more calls. */
const SAVE_STEP = extent({ short: 12, full: 1 });

async function withStand<T>(
  hasMailBridge: boolean,
  work: (stand: OAuthStand) => Promise<T>,
): Promise<T> {
  const stand = await OAuthStand.open(hasMailBridge);
  try {
    return await work(stand);
  } finally {
    await stand.close();
  }
}

const forever = new Promise<never>(() => undefined);

/**
 * Does the work while the archive is gone from this call on, counted from now. A killed bridge comes no further than
 * the next call.
 */
async function disturbed(
  stand: OAuthStand,
  call: number,
  { fault, isKilled }: Case,
  work: () => Promise<unknown>,
): Promise<void> {
  const first = stand.archive.calls.length + call;
  let died: () => void = () => undefined;
  const death = new Promise<void>((resolve) => (died = resolve));
  stand.archive.onCall = ({ index }) => {
    if (index < first) return undefined;
    if (!isKilled || index === first) return fault;
    died();
    return forever;
  };
  await Promise.race([work(), death]);
  // what was answered before is noted: nothing but the calls that hang is left of the dead one
  if (isKilled) await sleep(30);
  stand.archive.onCall = () => undefined;
  stand.archive.expireLocks();
  if (isKilled) {
    await stand.restart();
    await stand.process.links.resume();
  }
  await stand.process.management.recoverOperations();
}

/** How many calls the work makes when nothing disturbs it. */
async function callsOf(
  hasMailBridge: boolean,
  prepare: (stand: OAuthStand) => Promise<() => Promise<unknown>>,
): Promise<number> {
  return withStand(hasMailBridge, async (stand) => {
    const work = await prepare(stand);
    const before = stand.archive.calls.length;
    await work();
    return stand.archive.calls.length - before;
  });
}

const stateOf = async (stand: OAuthStand, id = 1) =>
  (await stand.request(`${incoming}/${String(id)}/oauth`)).body['state'];

const open = (stand: OAuthStand) =>
  stand.database
    .selectFrom('operation')
    .select('id')
    .where('state', 'in', ['running', 'unfinished'])
    .execute();

async function finishedForAccount(stand: OAuthStand) {
  await stand.post(incoming, account());
  const link = await stand.post(`${incoming}/1/oauth/link`);
  stand.signIns.finish();
  return () => stand.request(`${links}/${linkIdOf(link)}`);
}

it.each(cases)(
  'SAL-98 SAL-99 a finished link reaches its account: $fault.kind, killed $isKilled, MailBridge $hasMailBridge',
  async (given) => {
    const { hasMailBridge } = given;
    const calls = await callsOf(hasMailBridge, finishedForAccount);
    expect(calls).toBeGreaterThan(5);
    for (let call = 0; call <= calls; call += STEP)
      await withStand(hasMailBridge, async (stand) => {
        const look = await finishedForAccount(stand);
        const [before] = stand.archive.entries('RpcPop3Accounts');
        await disturbed(stand, call, given, look);
        const answer = await look();
        expect({ call, body: answer.body }).toMatchObject({ call, body: { state: 'linked' } });
        expect(await stateOf(stand)).toBe('linked');
        const [after] = stand.archive.entries('RpcPop3Accounts');
        const reference = hasMailBridge ? '' : stand.signIns.referenceOf(stand.signIns.latest);
        expect({ call, after }).toEqual({ call, after: { ...before, Password: reference } });
        expect(stand.archive.lockCount).toBe(0);
        expect(await open(stand)).toEqual([]);
      });
  },
  120_000,
);

async function linkedAccount(stand: OAuthStand) {
  const look = await finishedForAccount(stand);
  await look();
  return () => stand.request(`${incoming}/1/oauth`, 'DELETE');
}

it.each(cases)(
  'SAL-98 unlinking ends the link and nothing else: $fault.kind, killed $isKilled, MailBridge $hasMailBridge',
  async (given) => {
    const { hasMailBridge } = given;
    const calls = await callsOf(hasMailBridge, linkedAccount);
    for (let call = 0; call <= calls; call += STEP)
      await withStand(hasMailBridge, async (stand) => {
        const unlink = await linkedAccount(stand);
        const { body: before } = await stand.request(`${incoming}/1`);
        await disturbed(stand, call, given, unlink);
        // never "linked" once the archive was told to let go
        const wasTold = stand.archive.calls.some(
          ({ method, params }) =>
            method.endsWith('.UnlinkOAuth2') ||
            (!hasMailBridge && method.endsWith('Pop3Accounts.Put') && isUnlinking(params[0])),
        );
        if (wasTold && given.fault.kind === 'loseAnswer')
          expect(await stateOf(stand)).toBe('unlinked');
        expect((await unlink()).body['state']).toBe('unlinked');
        const { body: after } = await stand.request(`${incoming}/1`);
        const oauth = { state: 'unlinked', expiresAt: null };
        expect({ call, after }).toEqual({ call, after: { ...before, oauth } });
        expect(await open(stand)).toEqual([]);
      });
  },
  120_000,
);

const isUnlinking = (account: unknown): boolean =>
  !Object.hasOwn(account as object, 'Password') &&
  (account as { Authenticate?: number }).Authenticate === 2;

it.each(cases)(
  'SAL-99 a save with a link is made once, or the link is free: $fault.kind, killed $isKilled, MailBridge $hasMailBridge',
  async (given) => {
    const { hasMailBridge } = given;
    const prepare = async (stand: OAuthStand) => {
      const linkId = linkIdOf(await stand.post(links, newLink()));
      stand.signIns.finish();
      // the keys of a bridge that died went with it
      const headers = given.isKilled ? {} : { 'Idempotency-Key': 'save' };
      return () => stand.post(incoming, account({ linkId, active: true }), headers);
    };
    const calls = await callsOf(hasMailBridge, prepare);
    for (let call = 0; call <= calls; call += SAVE_STEP)
      await withStand(hasMailBridge, async (stand) => {
        const save = await prepare(stand);
        await disturbed(stand, call, given, save);
        const [made] = stand.archive.entries('RpcPop3Accounts');
        const { status, body } = await save();
        // either nothing was left and the link is free, or the account has it and it is used up
        const expected = made === undefined || !given.isKilled ? 201 : 'linkUsed';
        expect({ call, is: body['code'] ?? status }).toEqual({ call, is: expected });
        const accounts = stand.archive.entries('RpcPop3Accounts');
        expect({ call, accounts: accounts.length }).toEqual({ call, accounts: 1 });
        expect(await stateOf(stand, accounts[0]?.ID)).toBe('linked');
        expect(await open(stand)).toEqual([]);
      });
  },
  240_000,
);

it('tells how much was tried', async () => {
  const calls = await Promise.all(shapes.map((shape) => callsOf(shape, finishedForAccount)));
  report('oauth-links', { withMailBridge: calls[0] ?? 0, greyhound: calls[1] ?? 0 });
});
