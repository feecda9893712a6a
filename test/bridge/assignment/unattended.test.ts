/** What happens without anybody looking: runs that the ERP's silence left open, and mails that come in. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { arrivalLooks } from '../../../src/bridge/assignment/arrivals.js';
import { Blocklist } from '../../../src/bridge/assignment/blocklist.js';
import { openRunLooks } from '../../../src/bridge/assignment/open-runs.js';
import { PolicyStore } from '../../../src/bridge/assignment/policy-store.js';
import { Runs } from '../../../src/bridge/assignment/runs.js';
import type { AssignmentSchema } from '../../../src/bridge/assignment/schema.js';
import type { Directory } from '../../../src/bridge/directory/directory.js';
import { BridgeFailure } from '../../../src/bridge/failure.js';
import { tablesOf } from '../../../src/bridge/store/database.js';
import { DEFAULT_INSTALLATION } from '../../../src/bridge/store/installation.js';
import { randomIds } from '../../../src/platform/ids.js';
import type { RepeatedLook } from '../../../src/platform/repeated-look.js';
import { createLogger } from '../../../src/platform/log.js';
import { openAssignmentStand, type AssignmentStand } from './assignment-stand.js';

let stand: AssignmentStand;
let isErpAway = false;
let now: Date;
let runs: Runs;
let openRuns: RepeatedLook;
let arrivals: RepeatedLook;

/** The pushed records, unless the ERP is away. */
const erp = (pushed: Directory): Directory => {
  const answer =
    <A extends unknown[], R>(ask: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      if (!isErpAway) return ask(...given);
      throw new BridgeFailure('directoryUnavailable', { disposition: 'transient', origin: 'erp' });
    };
  return {
    trade: answer((type, question) => pushed.trade(type, question)),
    contacts: answer((addresses) => pushed.contacts(addresses)),
    existing: answer((records) => pushed.existing(records)),
    userAddresses: (addresses) => pushed.userAddresses(addresses),
    user: (id) => pushed.user(id),
  };
};

beforeAll(async () => {
  stand = await openAssignmentStand({ directory: erp });
  const { bridge, store } = stand;
  const database = tablesOf<AssignmentSchema>(bridge.database);
  const clock = { now: () => now };
  const common = {
    database,
    installationId: DEFAULT_INSTALLATION,
    archive: bridge.archive,
    archiveId: () => bridge.archive.archiveId(),
    clock,
    ids: randomIds,
    logger: createLogger('silent'),
    policies: new PolicyStore(database, DEFAULT_INSTALLATION),
  };
  runs = new Runs({
    ...common,
    directory: erp(store.directory),
    blocklist: new Blocklist(common),
    markedMessages: () => Promise.resolve([]),
  });
  openRuns = openRunLooks({ ...common, runs });
  arrivals = arrivalLooks({ ...common, runs });
  await stand.push('orders', [{ id: 'O1', number: 'AB-1', emails: ['a@k.test'] }]);
});
afterAll(() => stand.close());
beforeEach(() => {
  isErpAway = false;
  now = new Date();
});

const click = (id: number) =>
  stand.request(`/messages/${String(id)}/assignments/run`, {
    method: 'POST',
    body: { trigger: 'open' },
  });
const assigned = async (id: number) => {
  const { body } = await stand.request(`/messages/${String(id)}/assignments`);
  return (body['assignments'] as { id: string }[]).map((one) => one.id);
};
const kept = async (id: number) =>
  (await stand.request(`/messages/${String(id)}/assignments/runs`)).body['runs'];
const later = (ms: number) => (now = new Date(now.getTime() + ms));

describe('while the ERP does not answer', () => {
  it('a run stays open, decides nothing, and is decided when the ERP answers again', async () => {
    const id = await stand.mail({ from: 'a@k.test' });
    isErpAway = true;
    const answer = await click(id);
    expect(answer).toMatchObject({
      status: 202,
      body: { state: 'open', code: 'directoryUnavailable' },
    });
    expect(answer.body['message']).toMatch(/nicht beantwortet/);
    expect(await assigned(id)).toEqual([]);
    later(20_000);
    await openRuns.look();
    expect(await assigned(id)).toEqual([]);
    isErpAway = false;
    later(20_000);
    await openRuns.look();
    expect(await assigned(id)).toEqual([]);
    later(20_000);
    await openRuns.look();
    expect(await assigned(id)).toEqual(['O1']);
    expect(await kept(id)).toMatchObject([{ state: 'decided', trigger: 'open' }]);
  });

  it('the next click tries it, too', async () => {
    const id = await stand.mail({ from: 'a@k.test' });
    isErpAway = true;
    await click(id);
    await click(id);
    expect(await kept(id)).toMatchObject([{ state: 'open', decision: null }]);
    isErpAway = false;
    expect((await click(id)).body).toMatchObject({ state: 'decided', step: '2a' });
    expect(await kept(id)).toMatchObject([{ state: 'decided' }]);
  });

  it('a message that is removed meanwhile ends its run', async () => {
    const id = await stand.mail({ from: 'a@k.test' });
    isErpAway = true;
    await click(id);
    isErpAway = false;
    await stand.client.items.Lock({ ID: id });
    await stand.client.items.Delete({ ID: id });
    later(20_000);
    await openRuns.look();
    const stores = await runs.stores();
    expect(await stores.runs.due(new Date(now.getTime() + 3_600_000), 10)).toEqual([]);
  });
});

describe('mails that come in', () => {
  const policy = (onArrival: boolean) =>
    stand.request('/assignment/policies', { method: 'PUT', body: { onArrival } });
  const arrive = () => stand.mail({ from: 'a@k.test', isSent: true });

  it('SAL-125 are not assigned by that alone', async () => {
    const id = await arrive();
    await arrivals.look();
    await arrivals.look();
    expect(await assigned(id)).toEqual([]);
  });

  it('are assigned if the policy says so: those that come after it was switched on', async () => {
    const before = await arrive();
    await policy(true);
    await arrivals.look();
    const after = [await arrive(), await arrive()];
    await arrivals.look();
    expect(await assigned(before)).toEqual([]);
    for (const id of after) expect(await assigned(id)).toEqual(['O1']);
    await policy(false);
    await arrivals.look();
    const off = await arrive();
    await policy(true);
    await arrivals.look();
    expect(await assigned(off)).toEqual([]);
    await policy(false);
  });

  it('leave old mail alone, which a new account has brought along', async () => {
    await policy(true);
    await arrivals.look();
    const [old, fresh, last] = [await arrive(), await arrive(), await arrive()];
    for (const id of [old, last]) stand.makeEarlier(id);
    await arrivals.look();
    await arrivals.look();
    expect(await assigned(fresh)).toEqual(['O1']);
    for (const id of [old, last]) expect(await assigned(id)).toEqual([]);
    // whoever opens it has it assigned
    await click(old);
    expect(await assigned(old)).toEqual(['O1']);
    await policy(false);
  });
});
