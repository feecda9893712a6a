/** The two implementations of MailParser. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { RawMailStore } from '../../store/raw-mail-store.js';
import type { ParseAnswer, ParseRequest } from './parser-worker.js';
import type { MailParser, ParsedMail } from './parsed-mail.js';

export class InProcessMailParser implements MailParser {
  constructor(private readonly raw: RawMailStore) {}

  /** The MIME parser is loaded with the first mail: in the product it runs in the worker only. */
  async parse(rawHash: string): Promise<ParsedMail> {
    const { parseMail } = await import('./parse-mail.js');
    return parseMail(this.raw.read(rawHash));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface Waiting {
  readonly resolve: (mail: ParsedMail) => void;
  readonly reject: (error: Error) => void;
}

/** A worker that dies on a message (out of memory) fails what it had and is started anew with the next request. */
export class WorkerMailParser implements MailParser {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #lastId = 0;

  /** @param file of the raw store */
  constructor(
    private readonly file: string,
    private readonly script: URL = WORKER_SCRIPT,
  ) {}

  parse(rawHash: string): Promise<ParsedMail> {
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker ??= this.#start();
      this.#worker.postMessage({ id, rawHash } satisfies ParseRequest);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#fail(new Error('the parser was closed'));
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.script, {
      workerData: { file: this.file },
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 },
    });
    worker.on('message', (answer: ParseAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('mail' in answer) waiting?.resolve(answer.mail);
      else waiting?.reject(new Error(answer.error));
    });
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#fail(error);
    });
    // it must not keep the process alive
    worker.unref();
    return worker;
  }

  #fail(error: Error): void {
    this.#worker = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}

const WORKER_SCRIPT = new URL('./parser-worker.js', import.meta.url);

/** The worker, where it is compiled; otherwise (tests run the sources) the calling thread. */
export const openMailParser = (raw: RawMailStore, file: string): MailParser =>
  existsSync(fileURLToPath(WORKER_SCRIPT))
    ? new WorkerMailParser(file)
    : new InProcessMailParser(raw);
