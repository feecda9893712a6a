/**
 * Asks for something that has to be read from the store, all the time, and measures how long it waits: in a thread of
 * its own, so that what the bench itself is busy with counts for nothing.
 */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Product } from './product.js';

interface Task {
  readonly url: string;
  readonly token: string;
}

const WARM_UP = 50;
const PAUSE_MS = 20;

export interface WaitingClient {
  /** @returns milliseconds of every request */
  end(): Promise<number[]>;
}

/** Resolves when what is loaded with the first requests has been. */
export async function startWaitingClient(
  { baseUrl, token }: Product,
  path: string,
): Promise<WaitingClient> {
  const worker = new Worker(fileURLToPath(import.meta.url), {
    workerData: { url: `${baseUrl}${path}`, token } satisfies Task,
  });
  await once(worker, 'message');
  return {
    end: async () => {
      const told = once(worker, 'message') as Promise<[number[]]>;
      worker.postMessage('end');
      const [waitsMs] = await told;
      return waitsMs;
    },
  };
}

async function ask({ url, token }: Task): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  return performance.now() - startedAt;
}

async function work(task: Task): Promise<void> {
  const state = { isEnded: false };
  parentPort?.once('message', () => (state.isEnded = true));
  for (let index = 0; index < WARM_UP; index += 1) await ask(task);
  parentPort?.postMessage('ready');
  const waitsMs: number[] = [];
  while (!state.isEnded) {
    waitsMs.push(await ask(task));
    await sleep(PAUSE_MS);
  }
  parentPort?.postMessage(waitsMs);
}

if (!isMainThread) await work(workerData as Task);
