/**
 * Idempotency-Key: a POST that is repeated with the same key is carried out once, and its answer is repeated, for 24
 * hours. Requests with the same key at the same time wait for the first one.
 *
 * Before the work begins a mark is stored. A mark without an answer, found after a restart, means that nobody knows
 * whether the work was done: the repeated request is told so (409) instead of doing it a second time.
 */
import { Keyv } from 'keyv';
import type { Vault } from '../../platform/vault.js';
import { refuse } from '../failure.js';

const KEPT_MS = 24 * 3600 * 1000;

/** An answer that can be repeated; never holds a secret. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Outcome {
  readonly answer: Answer;
  /** Whether a repetition should get this answer; else the key is free again. */
  readonly keep: boolean;
}

interface Entry {
  /** What was asked, sealed: the digest of a body with a password in it would let the password be guessed. */
  readonly fingerprint: string;
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
}

export class Idempotency {
  readonly #entries: Keyv<Entry>;
  readonly #vault: Vault;
  readonly #running = new Map<string, Running>();

  /** @param store keyv's adapter, see DatabaseStore */
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
    work: () => Promise<Outcome>,
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
    work: () => Promise<Outcome>,
    onRepeated: () => void,
  ): Promise<Outcome> {
    const entry = await this.#entries.get(request.key);
    if (entry !== undefined) {
      const known = this.#vault.open(entry.fingerprint, secretPlace(request));
      if (known !== request.fingerprint) throw refuse('idempotencyKeyReused');
      if (entry.answer === undefined) throw refuse('idempotencyInProgress');
      onRepeated();
      return { answer: entry.answer, keep: true };
    }
    const fingerprint = this.#vault.seal(request.fingerprint, secretPlace(request));
    await this.#entries.set(request.key, { fingerprint });
    const outcome = await this.#attempt(request, work);
    if (outcome.keep) await this.#entries.set(request.key, { fingerprint, answer: outcome.answer });
    else await this.#entries.delete(request.key);
    return outcome;
  }

  async #attempt(request: IdempotentRequest, work: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await work();
    } catch (error) {
      await this.#entries.delete(request.key);
      throw error;
    }
  }
}

const secretPlace = (request: IdempotentRequest) => ({
  owner: request.installationId,
  record: `idempotency/${request.key}`,
  field: 'fingerprint',
});
