/**
 * Idempotency-Key: a POST that is repeated with the same key is carried out once, and its answer is repeated, for 24
 * hours. Requests with the same key at the same time wait for the first one.
 *
 * Before the work begins a mark is stored. A mark without an answer, found later, means that nobody knows how far the
 * work went: the process died, or the archive's answer was lost. Work that marks what it creates with the entry's
 * marker looks for that and goes on from there; for other work the repeated request is told so (409) instead of doing
 * it a second time.
 */
import { randomUUID } from 'node:crypto';
import { Keyv } from 'keyv';
import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import type { Vault } from '../../platform/vault.js';
import { refuse } from '../failure.js';
import { KeyedEntries } from '../store/keyed-entries.js';
import type { IdempotencySchema } from './schema.js';

const KEPT_MS = 24 * 3600 * 1000;

/** An answer that can be repeated; never holds a secret. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * What a repetition gets: this answer again; the work, which looks for what this run left behind; or the work as if
 * nothing had happened.
 */
export type Repetition = 'answer' | 'resume' | 'anew';

export interface Outcome {
  readonly answer: Answer;
  readonly repetition: Repetition;
}

/** One run of the work for a key. */
export interface Run {
  /** The same for all runs of a key, and never used again: what is created is found by it. */
  readonly marker: string;
  /** An earlier run may have created something. */
  readonly isResumed: boolean;
}

interface Entry {
  /** What was asked, sealed: the digest of a body with a password in it would let the password be guessed. */
  readonly fingerprint: string;
  readonly marker: string;
  /** Missing while the work is under way. */
  readonly answer?: Answer;
}

interface Running {
  readonly fingerprint: string;
  readonly outcome: Promise<Outcome>;
}

export interface IdempotentRequest {
  readonly installationId: string;
  /** The caller's key, apart from the keys of other callers. */
  readonly key: string;
  /** Digest of method, address and body. */
  readonly fingerprint: string;
  /** Whether the work finds what an earlier run created. */
  readonly resumes: boolean;
}

type Work = (run: Run) => Promise<Outcome>;

export class Idempotency {
  readonly #entries: Keyv<Entry>;
  readonly #vault: Vault;
  readonly #running = new Map<string, Running>();

  /** @param store keyv's adapter, see idempotencyEntries */
  constructor(store: object, vault: Vault) {
    this.#entries = new Keyv<Entry>({
      store,
      ttl: KEPT_MS,
      useKeyPrefix: false,
      throwOnErrors: true,
    });
    this.#vault = vault;
  }

  /**
   * @returns the answer, and whether it is a repeated one
   * @throws BridgeFailure idempotencyKeyReused, idempotencyInProgress; and what `work` throws
   */
  async once(
    request: IdempotentRequest,
    work: Work,
  ): Promise<{ answer: Answer; repeated: boolean }> {
    const place = `${request.installationId}/${request.key}`;
    const running = this.#running.get(place);
    if (running !== undefined) {
      if (running.fingerprint !== request.fingerprint) throw refuse('idempotencyKeyReused');
      return { answer: (await running.outcome).answer, repeated: true };
    }
    let repeated = false;
    const outcome = this.#answerOrWork(request, work, () => {
      repeated = true;
    });
    this.#running.set(place, { fingerprint: request.fingerprint, outcome });
    try {
      return { answer: (await outcome).answer, repeated };
    } finally {
      this.#running.delete(place);
    }
  }

  async #answerOrWork(
    request: IdempotentRequest,
    work: Work,
    onRepeated: () => void,
  ): Promise<Outcome> {
    const known = await this.#entries.get(request.key);
    if (known !== undefined) {
      const fingerprint = this.#vault.open(known.fingerprint, secretPlace(request));
      if (fingerprint !== request.fingerprint) throw refuse('idempotencyKeyReused');
      if (known.answer !== undefined) {
        onRepeated();
        return { answer: known.answer, repetition: 'answer' };
      }
      if (!request.resumes) throw refuse('idempotencyInProgress');
      return this.#run(request, known, work, true);
    }
    const fingerprint = this.#vault.seal(request.fingerprint, secretPlace(request));
    const entry = { fingerprint, marker: randomUUID() };
    await this.#entries.set(request.key, entry);
    return this.#run(request, entry, work, false);
  }

  /** What fails unexpectedly leaves the mark to work that can resume, else the key is free again. */
  async #run(
    request: IdempotentRequest,
    entry: Entry,
    work: Work,
    isResumed: boolean,
  ): Promise<Outcome> {
    try {
      const outcome = await work({ marker: entry.marker, isResumed });
      const { answer, repetition } = outcome;
      if (repetition === 'answer') await this.#entries.set(request.key, { ...entry, answer });
      if (repetition === 'anew') await this.#entries.delete(request.key);
      return outcome;
    } catch (error) {
      if (!request.resumes) await this.#entries.delete(request.key);
      throw error;
    }
  }
}

const secretPlace = (request: IdempotentRequest) => ({
  owner: request.installationId,
  record: `idempotency/${request.key}`,
  field: 'fingerprint',
});

/** Where the answers are kept. */
export const idempotencyEntries = (
  database: Kysely<IdempotencySchema>,
  installationId: string,
  clock: Clock,
): KeyedEntries<'idempotency'> =>
  new KeyedEntries({ database, table: 'idempotency', installationId, clock });
