/** A save whose request is repeated after the bridge died in the middle of it, at every call that it makes. */
import { expect, it } from '@jest/globals';
import type { Fault } from '../../fixtures/scripted-archive.js';
import { extent, report } from './extent.js';
import {
  codeOf,
  INSTALLATION,
  openStand,
  wanted,
  type Stand,
} from '../bridge/provisioning/stand.js';

const run = { marker: 'c0ffee00-0000-4000-8000-000000000001', isResumed: false };
const repetition = { ...run, isResumed: true };
const request = wanted('Verkauf', { active: true });

const create = ({ incomingAccounts }: Pick<Stand['management'], 'incomingAccounts'>, by = run) =>
  incomingAccounts.create(INSTALLATION, request, undefined, by);

async function withStand<T>(work: (stand: Stand) => Promise<T>): Promise<T> {
  const stand = await openStand();
  try {
    return await work(stand);
  } finally {
    await stand.close();
  }
}

it.each<Fault>([{ kind: 'drop' }, { kind: 'loseAnswer' }])(
  'BRG-11 is made once, and answered as if nothing had happened: $kind',
  async (fault) => {
    const whole = await withStand(async (stand) => {
      const { result, account } = await create(stand.management);
      const calls = stand.archive.calls.length;
      return { calls, account, elements: result.elements, id: result.operationId };
    });
    expect(whole.id).toBe(run.marker);
    const ends = new Set<string>();
    const step = extent({ short: 4, full: 1 });
    for (let index = 0; index <= whole.calls; index += step) {
      await withStand(async (stand) => {
        stand.archive.onCall = (call) => (call.index >= index ? fault : undefined);
        ends.add(await codeOf(create(stand.management)));
        stand.archive.onCall = () => undefined;
        stand.archive.expireLocks();
        const again = await create(stand.restart(), repetition);
        expect({ index, objects: stand.archive.objectCount }).toEqual({ index, objects: 16 });
        expect({ index, account: again.account }).toMatchObject({
          index,
          account: { name: 'Verkauf', active: true, passwordSet: true },
        });
        const about = (elements: typeof whole.elements) =>
          elements.map(({ element, name }) => ({ element, name }));
        expect(about(again.result.elements)).toEqual(about(whole.elements));
        // and once more, as if the bridge had died again before it could answer
        const calls = stand.archive.calls.length;
        const third = await create(stand.management, repetition);
        expect(third.result).toEqual(again.result);
        expect(stand.archive.calls.slice(calls).map(({ method }) => method)).not.toContain(
          'RpcPop3Accounts.New',
        );
      });
    }
    report(`repeated-save-${fault.kind}`, { calls: whole.calls, ends: ends.size });
    expect(ends.size).toBeGreaterThan(1);
  },
  240_000,
);
