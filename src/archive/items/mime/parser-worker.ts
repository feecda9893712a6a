/** The thread in which worker-mail-parser.ts has messages read. It opens the raw store for itself, to read only. */
import { parentPort, workerData } from 'node:worker_threads';
import { RawMailStore } from '../../store/raw-mail-store.js';
import { parseMail } from './parse-mail.js';
import type { ParsedMail } from './parsed-mail.js';

export interface ParseRequest {
  readonly id: number;
  readonly rawHash: string;
}

export type ParseAnswer =
  | { readonly id: number; readonly mail: ParsedMail }
  | { readonly id: number; readonly error: string };

const raw = RawMailStore.openForReading((workerData as { readonly file: string }).file);

async function parse({ id, rawHash }: ParseRequest): Promise<ParseAnswer> {
  try {
    return { id, mail: await parseMail(raw.read(rawHash)) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : 'unreadable' };
  }
}

// one after the other: memory is that of one message
let last = Promise.resolve();
parentPort?.on('message', (request: ParseRequest) => {
  last = last.then(async () => parentPort?.postMessage(await parse(request)));
});
