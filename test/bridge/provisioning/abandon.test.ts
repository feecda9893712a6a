/** Operations that stood open when the data folder was copied: whoever began them may have ended them since. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { isReading } from '../../../fixtures/scripted-archive.js';
import { abandonOperations } from '../../../src/bridge/provisioning/abandon.js';
import { systemClock } from '../../../src/platform/clock.js';
import { codeOf, INSTALLATION, openStand, wanted, type Stand } from './stand.js';

let stand: Stand;
beforeEach(async () => {
  stand = await openStand();
});
afterEach(() => stand.close());

const create = (name: string) =>
  stand.management.incomingAccounts.create(INSTALLATION, wanted(name, { active: true }));

const written = () => stand.archive.calls.filter(({ method }) => !isReading(method));

it('are ended without a word to the archive, and are not taken up again', async () => {
  await create('Verkauf');
  let isGone = false;
  stand.archive.onCall = ({ method }) => {
    isGone ||= method === 'RpcRules.New';
    return isGone ? { kind: 'drop' } : undefined;
  };
  expect(await codeOf(create('Einkauf'))).toBe('operationUnfinished');
  stand.archive.onCall = () => undefined;
  const [objects, calls] = [stand.archive.objectCount, written().length];

  await abandonOperations(stand.database, systemClock);
  const restarted = stand.restart();
  await restarted.recoverOperations();
  expect(stand.archive.objectCount).toBe(objects);
  expect(written()).toHaveLength(calls);
  const rows = await stand.database
    .selectFrom('operation')
    .select(['id', 'state', 'failure', 'inputs_sealed', 'look_again_until'])
    .orderBy('started_at', 'desc')
    .execute();
  expect(rows[0]).toMatchObject({ state: 'failed', inputs_sealed: null, look_again_until: null });
  expect(rows[0]?.failure).toContain('abandonedAfterRestore');
  // what had ended before keeps its end
  expect(rows[1]).toMatchObject({ state: 'succeeded', failure: null });
});
