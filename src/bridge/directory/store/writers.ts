/**
 * The writer as the bridge uses it: in a thread of its own, started with the first job and ended when nothing came for
 * a while; where the sources run uncompiled (tests), in the calling thread.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../../platform/clock.js';
import type { PushedType } from '../schemas.js';
import { StoreClosed } from './closing.js';
import type { PushOutcome, PushRequest } from './push-run.js';
import { RecordWriter, type DirectoryWriter } from './record-writer.js';
import { errorOf, type FromWriter, type ToWriter, type WriterData } from './writer-messages.js';

const IDLE_MS = 10_000;
/** A thread that does not end by then is cut off: what it had not committed is not there. */
const CLOSE_MS = 1500;

interface Job {
  readonly resolve: (outcome: PushOutcome | null) => void;
  readonly reject: (error: Error) => void;
  readonly body: AsyncIterator<Uint8Array> | null;
  /** Why the body broke off. */
  bodyError: Error | null;
}

type JobMessage = Extract<ToWriter, { kind: 'push' | 'remove' | 'sweep' }>;
type Unnumbered<Message> = Message extends unknown ? Omit<Message, 'id'> : never;

/** A thread that dies (out of memory) fails what it had; the next job starts another one. */
export class WorkerWriter implements DirectoryWriter {
  readonly #jobs = new Map<number, Job>();
  #worker: Worker | null = null;
  #lastId = 0;
  #idle: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(
    private readonly data: WriterData,
    private readonly script: URL = WORKER_SCRIPT,
    private readonly idleMs: number = IDLE_MS,
  ) {}

  async push(request: PushRequest, body: AsyncIterable<Uint8Array>): Promise<PushOutcome> {
    const outcome = await this.#job({ kind: 'push', request }, body[Symbol.asyncIterator]());
    if (outcome === null) throw new Error('the writer told no outcome');
    return outcome;
  }

  async remove(type: PushedType, id: string): Promise<void> {
    await this.#job({ kind: 'remove', type, recordId: id }, null);
  }

  async sweep(): Promise<void> {
    await this.#job({ kind: 'sweep' }, null);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#release();
    if (worker === null) return;
    worker.ref();
    const ended = once(worker, 'exit');
    worker.postMessage({ kind: 'close' } satisfies ToWriter);
    const cut = setTimeout(() => void worker.terminate(), CLOSE_MS);
    await ended;
    clearTimeout(cut);
    this.#failAll(new StoreClosed());
  }

  #job(
    message: Unnumbered<JobMessage>,
    body: AsyncIterator<Uint8Array> | null,
  ): Promise<PushOutcome | null> {
    if (this.#isClosed) return Promise.reject(new StoreClosed());
    if (this.#idle !== null) clearTimeout(this.#idle);
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#jobs.set(id, { resolve, reject, body, bodyError: null });
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#worker.postMessage({ ...message, id });
    });
  }

  #start(): Worker {
    const worker = new Worker(this.script, {
      workerData: this.data,
      // a small young generation: what a batch was made of is freed while the next one is read
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 2 },
    });
    worker.on('message', (message: FromWriter) => this.#told(worker, message));
    worker.on('error', (error) => {
      if (this.#worker !== worker) return;
      this.#release();
      this.#failAll(error instanceof Error ? error : new Error('the writer died'));
    });
    return worker;
  }

  #told(worker: Worker, message: FromWriter): void {
    const job = this.#jobs.get(message.id);
    if (job === undefined) return;
    if (message.kind === 'more') {
      void this.#feed(worker, message.id, job);
      return;
    }
    this.#jobs.delete(message.id);
    void job.body?.return?.().catch(() => undefined);
    if (message.kind === 'done') job.resolve(message.outcome);
    else job.reject(job.bodyError ?? errorOf(message.failure));
    if (this.#jobs.size === 0) this.#endWhenIdle();
  }

  async #feed(worker: Worker, id: number, job: Job): Promise<void> {
    const post = (message: ToWriter, handedOver: ArrayBuffer[] = []): void =>
      worker.postMessage(message, handedOver);
    try {
      const next = await job.body?.next();
      if (next === undefined || next.done === true) post({ kind: 'bodyEnded', id });
      else {
        // a copy of its own is handed over: the chunk may lie in a buffer that others use
        const bytes = new Uint8Array(next.value);
        post({ kind: 'chunk', id, bytes }, [bytes.buffer]);
      }
    } catch (error) {
      job.bodyError = error instanceof Error ? error : new Error('the body broke off');
      post({ kind: 'bodyFailed', id });
    }
  }

  /** No job is lost: after this, the next one starts a thread of its own. */
  #endWhenIdle(): void {
    if (this.#isClosed) return;
    // without work it must not keep the process alive
    this.#worker?.unref();
    this.#idle = setTimeout(() => {
      if (this.#jobs.size === 0) this.#release()?.postMessage({ kind: 'close' } satisfies ToWriter);
    }, this.idleMs).unref();
  }

  #release(): Worker | null {
    const worker = this.#worker;
    this.#worker = null;
    if (this.#idle !== null) clearTimeout(this.#idle);
    return worker;
  }

  #failAll(error: Error): void {
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    for (const { reject } of jobs) reject(error);
  }
}

const WORKER_SCRIPT = new URL('./writer-worker.js', import.meta.url);

export interface WriterOptions extends WriterData {
  readonly clock: Clock;
}

export const openWriter = ({ clock, ...data }: WriterOptions): Promise<DirectoryWriter> => {
  if (existsSync(fileURLToPath(WORKER_SCRIPT))) return Promise.resolve(new WorkerWriter(data));
  const { file, installationId } = data;
  return RecordWriter.open(file, { installationId, now: () => clock.now().getTime() });
};
