/** Who writes the index: a thread, where it is compiled; otherwise (tests run the sources) the calling one. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { StepAnswer, StepRequest } from './index-thread.js';
import { IndexWriter, type IndexedStep, type IndexFiles, type IndexWork } from './index-writer.js';

const SCRIPT = new URL('./index-thread.js', import.meta.url);

export const openIndexWork = (files: IndexFiles): IndexWork =>
  existsSync(fileURLToPath(SCRIPT)) ? new IndexThread(files) : new IndexWriter(files);

/** A thread that died fails every step; whoever closes it opens another. */
export class IndexThread implements IndexWork {
  readonly #worker: Worker;
  #waiting: { resolve: (step: IndexedStep) => void; reject: (error: Error) => void } | null = null;
  #death: Error | null = null;

  constructor(files: IndexFiles, script = SCRIPT) {
    this.#worker = new Worker(script, {
      workerData: files,
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 },
    });
    this.#worker.on('message', (answer: StepAnswer) => {
      if ('indexed' in answer) this.#waiting?.resolve(answer.indexed);
      else this.#waiting?.reject(Object.assign(new Error(answer.error), { code: answer.code }));
    });
    this.#worker.on('error', (error) => this.#died(error));
    this.#worker.on('exit', () => this.#died(new Error('the thread that writes the index ended')));
    // it must not keep the process alive
    this.#worker.unref();
  }

  step(number: number): Promise<IndexedStep> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#death === null) this.#worker.postMessage(number satisfies StepRequest);
      else reject(this.#death);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #died(error: Error): void {
    this.#death ??= error;
    this.#waiting?.reject(this.#death);
  }
}
