/**
 * One request that pushes records: its lines are checked, gathered and stored in batches. A batch, the count of its
 * set and the progress of its upload are one transaction; whatever breaks, no record is half there.
 */
import { refuse, type BridgeFailure } from '../../failure.js';
import type { PushedType, warningCodes } from '../schemas.js';
import type { ReadLine } from './line-reader.js';
import { pushedLine, type PushedLine } from './pushed-line.js';
import { addSet, currentSetOrNew, growSet, makeCurrent, type SetPlace } from './record-sets.js';
import type { DirectoryDatabase } from './schema.js';
import { writeBatch, type RecordToStore } from './set-batch.js';
import type { Snapshot } from './snapshots.js';
import {
  advanceUpload,
  beginUpload,
  continued,
  outOfStep,
  storedUpload,
  type StoredUpload,
  type UploadStep,
} from './upload-log.js';

export interface PushRequest {
  readonly type: PushedType;
  /** null: a plain upsert that nobody wants to resume. */
  readonly upload: UploadStep | null;
}

export interface PushWarning {
  readonly line: number;
  readonly field: string;
  readonly code: (typeof warningCodes)[number];
}

export interface PushOutcome {
  /** Lines of this request, with those that were stored before and skipped. */
  readonly lines: number;
  readonly upserted: number;
  readonly deleted: number;
  readonly warnings: { readonly count: number; readonly first: readonly PushWarning[] };
  readonly upload: (Pick<StoredUpload, 'mode' | 'state' | 'lines'> & { name: string }) | null;
}

export interface PushEnvironment {
  readonly database: DirectoryDatabase;
  readonly installationId: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const LINES_AT_ONCE = 2500;
/** Of text. */
const LENGTH_AT_ONCE = 2 * 1024 * 1024;
const SHOWN_WARNINGS = 20;

export class PushRun {
  readonly #place: SetPlace;
  #batch = new Map<string, RecordToStore | null>();
  #batchLength = 0;
  /** Number of the last line that was read, and of the last one that is stored, within the upload. */
  #line: number;
  #stored: number;
  readonly #firstLine: number;
  #upserted = 0;
  #deleted = 0;
  #warningCount = 0;
  readonly #warnings: PushWarning[] = [];

  private constructor(
    private readonly environment: PushEnvironment,
    private readonly request: PushRequest,
    private readonly upload: StoredUpload | null,
  ) {
    this.#place = { installationId: environment.installationId, type: request.type };
    this.#firstLine = request.upload?.fromLine ?? 1;
    this.#line = this.#firstLine - 1;
    this.#stored = upload?.lines ?? 0;
  }

  /** @throws BridgeFailure uploadOutOfStep, invalidRequest */
  static async begin(environment: PushEnvironment, request: PushRequest): Promise<PushRun> {
    const { upload: step, type } = request;
    if (step === null) return new PushRun(environment, request, null);
    const { database, installationId } = environment;
    const place = { installationId, type, name: step.name };
    const upload = await database.transaction().execute(async (transaction) => {
      const known = continued(await storedUpload(transaction, place), step);
      if (known !== null) return known;
      const now = environment.now();
      const mode = step.mode ?? 'upsert';
      const set_id = mode === 'replace' ? await addSet(transaction, place, 'loading', now) : null;
      const fresh: StoredUpload = { mode, state: 'open', set_id, lines: 0 };
      await beginUpload(transaction, place, fresh, now);
      return fresh;
    });
    return new PushRun(environment, request, upload);
  }

  /**
   * Where it throws, what came before is stored.
   * @throws BridgeFailure directoryLineInvalid, uploadOutOfStep; what the body broke off with
   */
  async take(read: ReadLine): Promise<void> {
    if ('brokeOff' in read) {
      await this.#store();
      throw read.brokeOff;
    }
    this.#line += 1;
    if (this.#line <= this.#stored) return;
    if (this.upload?.state === 'complete') throw outOfStep(1);
    const line = lineOf(this.request.type, read);
    if (line.kind === 'invalid') throw await this.#refusal(line.field);
    if (line.kind === 'record') this.#keep(line);
    if (line.kind === 'removal') {
      this.#batch.set(line.id, null);
      this.#deleted += 1;
    }
    this.#batchLength += 'text' in read ? read.text.length : 0;
    const waiting = this.#line - this.#stored;
    if (waiting >= LINES_AT_ONCE || this.#batchLength >= LENGTH_AT_ONCE) await this.#store();
  }

  #keep({ id, record, warnings }: Extract<PushedLine, { kind: 'record' }>): void {
    this.#batch.set(id, record);
    this.#upserted += 1;
    this.#warningCount += warnings.length;
    for (const { field, code } of warnings)
      if (this.#warnings.length < SHOWN_WARNINGS)
        this.#warnings.push({ line: this.#line, field, code });
  }

  /** What came before the line that is refused is stored. */
  async #refusal(field: string): Promise<BridgeFailure> {
    const line = this.#line;
    this.#line -= 1;
    await this.#store();
    return refuse('directoryLineInvalid', { field, params: { line, stored: this.#stored } });
  }

  async #store(): Promise<void> {
    if (this.#line <= this.#stored) return;
    const batch = this.#batch;
    this.#batch = new Map();
    this.#batchLength = 0;
    const now = this.environment.now();
    await this.#inTransaction(async (transaction) => {
      const setId = this.upload?.set_id ?? (await currentSetOrNew(transaction, this.#place, now));
      await growSet(transaction, setId, await writeBatch(transaction, setId, batch), now);
      await this.#advance(transaction, { lines: this.#line }, now);
    });
    this.#stored = this.#line;
  }

  /** The body came to its end. */
  async end(): Promise<PushOutcome> {
    await this.#store();
    const { upload: step } = this.request;
    const isComplete = step !== null && (!step.hasMore || this.upload?.state === 'complete');
    if (isComplete && this.upload?.state === 'open') await this.#complete(this.upload);
    return {
      lines: this.#line - this.#firstLine + 1,
      upserted: this.#upserted,
      deleted: this.#deleted,
      warnings: { count: this.#warningCount, first: this.#warnings },
      upload:
        step === null || this.upload === null
          ? null
          : {
              name: step.name,
              mode: this.upload.mode,
              state: isComplete ? 'complete' : 'open',
              lines: this.#stored,
            },
    };
  }

  async #complete({ set_id }: StoredUpload): Promise<void> {
    const now = this.environment.now();
    await this.#inTransaction(async (transaction) => {
      if (set_id !== null) await makeCurrent(transaction, this.#place, set_id, now);
      await this.#advance(transaction, { state: 'complete', set_id: null }, now);
    });
  }

  async #advance(
    transaction: Snapshot,
    progress: Parameters<typeof advanceUpload>[2],
    now: number,
  ): Promise<void> {
    const { upload } = this.request;
    if (upload === null) return;
    await advanceUpload(transaction, { ...this.#place, name: upload.name }, progress, now);
  }

  #inTransaction(work: (transaction: Snapshot) => Promise<void>): Promise<void> {
    return this.environment.database.transaction().execute(work);
  }
}

const lineOf = (type: PushedType, read: Exclude<ReadLine, { brokeOff: unknown }>): PushedLine =>
  'fault' in read ? { kind: 'invalid', field: 'line' } : pushedLine(type, read.text);
