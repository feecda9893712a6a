/**
 * `kill -9` while messages are assigned, removed, moved and undone: afterwards what a message says of its records and
 * what the records say of their messages is the same, and no run is half done.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  asSet,
  GreyhoundClient,
  ItemFlag,
  ItemKind,
  ItemState,
  newClientId,
  RpcAddressItem,
  RpcDetailedItem,
} from '../../src/greyhound/index.js';
import { compileSource, type CompiledSource } from '../support/compiled-source.js';
import { productArchive, ProductProcess } from '../support/product-process.js';
import { extent, randomFrom, report } from './extent.js';

const MESSAGES = 30;
const ORDERS = 5;
const kills = extent({ short: 6, full: 60 });
const seed = 20261126;

let source: CompiledSource;
let product: ProductProcess;
let messageIds: number[];
let answered = 0;

interface Standing {
  readonly assignments: readonly {
    readonly type: string;
    readonly id: string;
    runId: string | null;
  }[];
}

beforeAll(async () => {
  source = await compileSource();
  product = await ProductProcess.open(source);
  const lines = Array.from({ length: ORDERS }, (_, index) =>
    JSON.stringify({
      id: `O${index}`,
      number: `AB-${index}00`,
      contactId: `K${index}`,
      emails: [`kunde${index}@k.test`],
      articleIds: [`A${index}`],
    }),
  );
  const pushed = await fetch(`${product.baseUrl}/api/v1/directory/orders`, {
    method: 'PUT',
    headers: {
      Authorization: `Bearer ${String(product.environment['MB_ADMIN_TOKEN'])}`,
      'Content-Type': 'application/x-ndjson',
    },
    body: `${lines.join('\n')}\n`,
  });
  expect(pushed.status).toBe(200);
  messageIds = await createMessages();
}, 60_000);

afterAll(async () => {
  report('assignment-killed', { seed, kills, messages: MESSAGES, answered });
  await product.close();
  await source.remove();
});

async function createMessages(): Promise<number[]> {
  const archive = new GreyhoundClient({
    url: product.archiveUrl,
    ...productArchive,
    clientId: newClientId(),
  });
  const ids: number[] = [];
  for (let index = 0; index < MESSAGES; index += 1) {
    const item = RpcDetailedItem.make({
      Kind: ItemKind.ikEmail,
      State: ItemState.isDraft,
      Flags: asSet(ItemFlag.ifRead),
      From: RpcAddressItem.make({ Text: `kunde${index % ORDERS}@k.test` }),
    });
    ids.push(await archive.items.New({ Item: item, CreateLocked: false }));
  }
  archive.close();
  return ids;
}

const call = async (method: string, path: string, body?: unknown) => {
  const response = await product.request(method, `/api/v1${path}`, body);
  return (await response.json()) as Record<string, unknown>;
};
const standing = async (id: number) =>
  (await call('GET', `/messages/${id}/assignments`)) as unknown as Standing;

/** Work without a pause, until the process is gone. */
async function work(random: () => number): Promise<void> {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  for (;;) {
    const id = pick(messageIds);
    const path = `/messages/${id}/assignments`;
    const order = `O${Math.floor(random() * ORDERS)}`;
    const kind = random();
    try {
      if (kind < 0.5) await call('POST', `${path}/run`, { trigger: 'open' });
      else if (kind < 0.6) await call('DELETE', `${path}/order/${order}`);
      else if (kind < 0.7) await call('PUT', `${path}/order/${order}`);
      else if (kind < 0.85) {
        const runId = (await standing(id)).assignments.find((one) => one.runId !== null)?.runId;
        if (runId)
          await call('POST', `/assignment/runs/${runId}/undo`, { evaluateAgain: random() < 0.7 });
      } else {
        const to = { type: 'order', id: `O${Math.floor(random() * ORDERS)}` };
        await call('POST', `${path}/move`, { from: { type: 'order', id: order }, to });
      }
      answered += 1;
    } catch {
      return;
    }
  }
}

/** From both sides, as `message record`. */
async function bothSides(): Promise<{ ofMessages: string[]; ofRecords: string[] }> {
  const ofMessages: string[] = [];
  for (const id of messageIds)
    for (const record of (await standing(id)).assignments)
      ofMessages.push(`${id} ${record.type} ${record.id}`);
  const ofRecords: string[] = [];
  for (const [collection, type, letter] of [
    ['orders', 'order', 'O'],
    ['contacts', 'contact', 'K'],
    ['articles', 'article', 'A'],
  ] as const)
    for (let index = 0; index < ORDERS; index += 1) {
      const path = `/directory/${collection}/${letter}${index}/messages?limit=200`;
      const { messages } = (await call('GET', path)) as { messages: { id: number }[] };
      for (const { id } of messages) ofRecords.push(`${id} ${type} ${letter}${index}`);
    }
  return { ofMessages: ofMessages.sort(), ofRecords: ofRecords.sort() };
}

/** What a run assigned and nobody touched is there whole: order, customer, article. */
async function unevenRuns(): Promise<string[]> {
  const uneven: string[] = [];
  for (const id of messageIds) {
    const { runs } = (await call('GET', `/messages/${id}/assignments/runs`)) as {
      runs: { runId: string; state: string; decision: { step: string } | null }[];
    };
    const { assignments, removals } = (await call('GET', `/messages/${id}/assignments`)) as {
      assignments: { runId: string | null }[];
      removals: unknown[];
    };
    for (const { runId, state, decision } of runs) {
      const own = assignments.filter((one) => one.runId === runId).length;
      if (state === 'undone' && own > 0) uneven.push(`${id}: undone, and ${own} stand`);
      const isTouched = removals.length > 0 || assignments.some((one) => one.runId === null);
      if (state === 'decided' && decision?.step === '2a' && !isTouched && own !== 3)
        uneven.push(`${id}: decided, and ${own} stand`);
    }
  }
  return uneven;
}

describe('a process that is killed', () => {
  it('SAL-126 leaves both directions of every assignment the same, and no run half done', async () => {
    const random = randomFrom(seed);
    for (let kill = 0; kill < kills; kill += 1) {
      const workers = [work(random), work(random), work(random)];
      await sleep(150 + random() * 500);
      await product.kill();
      await Promise.all(workers);
      await product.start();
      const { ofMessages, ofRecords } = await bothSides();
      expect(ofRecords).toEqual(ofMessages);
      expect(await unevenRuns()).toEqual([]);
    }
    expect(answered).toBeGreaterThan(kills);
  }, 300_000);
});
