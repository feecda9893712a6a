/**
 * A million orders and a million contacts, pushed over HTTP into the running product and asked for: how fast they come
 * in, what that costs others, and whether a decision takes longer than with ten thousand.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDirectoryStore, type DirectoryStore } from '../../src/bridge/directory/index.js';
import { DEFAULT_INSTALLATION } from '../../src/bridge/store/installation.js';
import { systemClock } from '../../src/platform/clock.js';
import { createLogger } from '../../src/platform/log.js';
import {
  decideAboutOrder,
  body,
  contactLine,
  decideAbout,
  hostileMail,
  orderLine,
} from './directory-records.js';
import { startProduct, type Product } from './product.js';
import { median, type Figure } from './report.js';
import { startWaitingClient } from './waiting-client.js';

const MANY = 1_000_000;
const FEW = 10_000;
/** Pushed into a store that holds a million. */
const MORE = 100_000;
const QUESTIONS = 3000;
const NUMBERS = 200_000;

type Line = (index: number) => string;

export async function benchDirectory(): Promise<Figure[]> {
  const few = await withFewRecords(decisionTimes);
  const product = await startProduct();
  try {
    const pushed = await pushFigures(product);
    const store = await openStore(product.dataDir);
    try {
      const many = await decisionTimes(store, MANY);
      return [...pushed, ...decisionFigures(few, many), ...(await largeFigures(store))];
    } finally {
      await store.close();
    }
  } finally {
    await product.stop();
  }
}

async function pushFigures(product: Product): Promise<Figure[]> {
  await push(product, 'users', () => '', 0, 0);
  await sleep(2000);
  const other = await startWaitingClient(product, '/api/v1/directory/orders/o77');
  const before = await product.residentMib();
  const memory = watchMemory(product);
  const contactsPerSecond = await push(product, 'contacts', contactLine, 0, MANY);
  const ordersPerSecond = await push(product, 'orders', orderLine, 0, MANY);
  const morePerSecond = await push(product, 'orders', orderLine, MANY, MORE);
  const peakMib = await memory.end();
  const waits = (await other.end()).sort((one, another) => one - another);
  const rate = (name: string, value: number, limit: number | null): Figure => ({
    name,
    value,
    unit: 'rows/s',
    limit,
  });
  return [
    rate('a million contacts pushed', contactsPerSecond, null),
    rate('a million orders pushed', ordersPerSecond, null),
    rate('orders, five references each, into a million', morePerSecond, 4000),
    rate('… with their references', morePerSecond * 6, null),
    { name: '… raise resident memory by', value: peakMib - before, unit: 'MiB', limit: 100 },
    { name: '… another request meanwhile, median', value: median(waits), unit: 'ms', limit: null },
    { name: '… 99 %', value: quantile(waits, 0.99), unit: 'ms', limit: null },
    { name: '… longest', value: waits.at(-1) ?? Number.NaN, unit: 'ms', limit: 50 },
  ];
}

/** @returns records a second */
async function push(product: Product, type: string, line: Line, from: number, count: number) {
  const startedAt = performance.now();
  const response = await fetch(`${product.baseUrl}/api/v1/directory/${type}`, {
    method: 'PUT',
    headers: {
      Authorization: `Bearer ${product.token}`,
      'Content-Type': 'application/x-ndjson',
    },
    body: Readable.toWeb(Readable.from(body(line, from, count))),
    duplex: 'half',
  });
  if (response.status !== 200) throw new Error(await response.text());
  return (count * 1000) / (performance.now() - startedAt);
}

function watchMemory(product: Product) {
  const state = { isDone: false, peakMib: 0 };
  const watching = (async () => {
    while (!state.isDone) {
      state.peakMib = Math.max(state.peakMib, await product.residentMib());
      await sleep(20);
    }
  })();
  return {
    end: async () => {
      state.isDone = true;
      await watching;
      return state.peakMib;
    },
  };
}

const openStore = (dataDir: string): Promise<DirectoryStore> =>
  openDirectoryStore({
    dataDir,
    installationId: DEFAULT_INSTALLATION,
    clock: systemClock,
    logger: createLogger('error'),
  });

async function withFewRecords(
  work: (store: DirectoryStore, orders: number) => Promise<number[]>,
): Promise<number[]> {
  const directory = await mkdtemp(join(tmpdir(), 'mail-bridge-directory-'));
  const store = await openStore(directory);
  try {
    const pushAll = async (type: 'contact' | 'order', line: Line) =>
      store.push({ type, upload: null }, Readable.from(body(line, 0, FEW)));
    await pushAll('contact', contactLine);
    await pushAll('order', orderLine);
    return await work(store, FEW);
  } finally {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Milliseconds for whole decisions, from reading the mail to the records, ascending. */
async function decisionTimes({ directory }: DirectoryStore, orders: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < QUESTIONS * 2; index += 1) {
    const order = (index * 7919) % orders;
    const startedAt = performance.now();
    await decideAboutOrder(directory, order);
    // the first half warms up
    if (index >= QUESTIONS) times.push(performance.now() - startedAt);
  }
  return times.sort((one, other) => one - other);
}

const quantile = (ascending: readonly number[], part: number): number =>
  ascending[Math.floor(ascending.length * part)] ?? Number.NaN;

const decisionFigures = (few: readonly number[], many: readonly number[]): Figure[] => [
  {
    name: 'decision about a mail, 10,000 orders, median',
    value: median(few),
    unit: 'ms',
    limit: null,
  },
  { name: '… 99 %', value: quantile(few, 0.99), unit: 'ms', limit: null },
  { name: '… 1,000,000 orders and contacts, median', value: median(many), unit: 'ms', limit: 2 },
  { name: '… 99 %', value: quantile(many, 0.99), unit: 'ms', limit: 10 },
  { name: '… median, of that at 10,000', value: median(many) / median(few), unit: 'x', limit: 1.5 },
];

/** A mail of 10 MB with 200,000 numbers. */
async function largeFigures({ directory }: DirectoryStore): Promise<Figure[]> {
  const mail = hostileMail(NUMBERS);
  await decideAbout(directory, hostileMail(NUMBERS / 10));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await sleep(50);
  delay.enable();
  const startedAt = performance.now();
  const count = await decideAbout(directory, mail);
  const tookMs = performance.now() - startedAt;
  delay.disable();
  if (count !== NUMBERS) throw new Error('some were not found');
  return [
    { name: 'decision about 10 MB with 200,000 numbers', value: tookMs, unit: 'ms', limit: 2000 },
    { name: '… holds up others for at most', value: delay.max / 1e6, unit: 'ms', limit: 50 },
  ];
}
