/** The thread in which the index is written (index-work.ts). */
import { parentPort, workerData } from 'node:worker_threads';
import { systemCode } from '../../platform/system-error.js';
import { IndexWriter, type IndexedStep, type IndexFiles } from './index-writer.js';

export type StepRequest = number;
export type StepAnswer =
  { readonly indexed: IndexedStep } | { readonly error: string; readonly code: string | undefined };

const writer = new IndexWriter(workerData as IndexFiles);

async function answer(step: StepRequest): Promise<StepAnswer> {
  try {
    return { indexed: await writer.step(step) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'failed', code: systemCode(error) };
  }
}

parentPort?.on('message', (step: StepRequest) => {
  void answer(step).then((told) => parentPort?.postMessage(told));
});
