/** The thread in which writers.ts has records written. It has a connection of its own. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../../platform/clock.js';
import { RecordWriter } from './record-writer.js';
import {
  failureMessage,
  type FromWriter,
  type ToWriter,
  type WriterData,
} from './writer-messages.js';

/** Answering comes before writing. On Linux it is the thread's alone; elsewhere it would be the whole process's. */
const NICENESS = 5;
if (process.platform === 'linux') setPriority(NICENESS);

const { file, installationId } = workerData as WriterData;
const opening = RecordWriter.open(file, { installationId, now: () => systemClock.now().getTime() });

const post = (message: FromWriter): void => parentPort?.postMessage(message);

/** The body of one job, as the other thread hands it over. */
class HandedBody implements AsyncIterable<Uint8Array> {
  #take: ((result: IteratorResult<Uint8Array, undefined>) => void) | null = null;
  #fail: ((error: Error) => void) | null = null;

  constructor(private readonly id: number) {}

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () =>
        new Promise((resolve, reject) => {
          this.#take = resolve;
          this.#fail = reject;
          post({ kind: 'more', id: this.id });
        }),
    };
  }

  chunk(bytes: Uint8Array): void {
    this.#take?.({ done: false, value: bytes });
  }

  end(): void {
    this.#take?.({ done: true, value: undefined });
  }

  fail(): void {
    this.#fail?.(new Error('the body broke off'));
  }
}

const bodies = new Map<number, HandedBody>();

function answer(message: Extract<ToWriter, { kind: 'push' | 'remove' | 'sweep' }>): void {
  const { id } = message;
  work(message).then(
    (outcome) => post({ kind: 'done', id, outcome: outcome ?? null }),
    (error: unknown) => post({ kind: 'failed', id, failure: failureMessage(error) }),
  );
}

async function work(message: Extract<ToWriter, { kind: 'push' | 'remove' | 'sweep' }>) {
  if (message.kind === 'push') {
    const body = new HandedBody(message.id);
    bodies.set(message.id, body);
    try {
      return await (await opening).push(message.request, body);
    } finally {
      bodies.delete(message.id);
    }
  }
  const writer = await opening;
  return message.kind === 'sweep' ? writer.sweep() : writer.remove(message.type, message.recordId);
}

async function close(): Promise<void> {
  try {
    await (await opening).close();
  } finally {
    parentPort?.close();
  }
}

parentPort?.on('message', (message: ToWriter) => {
  if (message.kind === 'chunk') bodies.get(message.id)?.chunk(message.bytes);
  else if (message.kind === 'bodyEnded') bodies.get(message.id)?.end();
  else if (message.kind === 'bodyFailed') bodies.get(message.id)?.fail();
  else if (message.kind === 'close') void close();
  else answer(message);
});
