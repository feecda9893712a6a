/**
 * Look-ups of one kind of record by key. A key is asked once: whoever wants it while the call is under way shares it,
 * and the answer is used again for a while. Memory is bounded by what records weigh, not by how many keys there are.
 */
import { LRUCache } from 'lru-cache';
import type { Elapsed } from '../../../platform/clock.js';
import type { LookUpKeys } from './look-up-client.js';
import { keyKinds, tagged, type TaggedKey, type Told } from './told-records.js';

/** In characters of JSON; about twice as many bytes. */
const MAX_WEIGHT = 8 * 1024 * 1024;
const KEY_WEIGHT = 100;

/** Keys of one call. */
export const CALL_LIMIT = 5000;

export type ToldByKey<R> = ReadonlyMap<TaggedKey, Told<R>>;

interface Kept<R> extends Told<R> {
  readonly toldAt: number;
}

export interface LookUpMemory {
  /** 0: nothing is used again. */
  readonly cacheSeconds: number;
  readonly elapsed: Elapsed;
}

export class RememberedLookUps<R extends object> {
  readonly #kept: LRUCache<TaggedKey, Kept<R>> | null;
  readonly #underWay = new Map<TaggedKey, Promise<ReadonlyMap<TaggedKey, Kept<R>>>>();

  /** @param ask one call; answers every key that it is given */
  constructor(
    private readonly ask: (keys: LookUpKeys) => Promise<ToldByKey<R>>,
    private readonly memory: LookUpMemory,
  ) {
    const { cacheSeconds, elapsed } = memory;
    this.#kept =
      cacheSeconds === 0
        ? null
        : new LRUCache({
            maxSize: MAX_WEIGHT,
            ttl: cacheSeconds * 1000,
            ttlResolution: 0,
            perf: { now: elapsed },
          });
  }

  /**
   * @returns what is told of every key, older answers first
   * @throws what `ask` throws; then nothing is answered of any key
   */
  async find(keys: LookUpKeys): Promise<ToldByKey<R>> {
    const wanted = tagged(keys);
    const found = new Map<TaggedKey, Kept<R>>();
    for (const key of wanted) {
      const kept = this.#kept?.get(key);
      if (kept !== undefined) found.set(key, kept);
    }
    const missing = new Set(wanted.filter((key) => !found.has(key) && !this.#underWay.has(key)));
    const shared = wanted.flatMap((key) => this.#underWay.get(key) ?? []);
    const own = inCalls(keys, missing).map((call) => this.#start(call));
    for (const told of await Promise.all(new Set([...shared, ...own])))
      for (const key of wanted) {
        const answer = told.get(key);
        if (answer !== undefined) found.set(key, answer);
      }
    return new Map([...found].sort(([, one], [, other]) => one.toldAt - other.toldAt));
  }

  #start(keys: LookUpKeys) {
    const call = this.#call(keys);
    for (const key of tagged(keys)) this.#underWay.set(key, call);
    return call;
  }

  async #call(keys: LookUpKeys): Promise<ReadonlyMap<TaggedKey, Kept<R>>> {
    try {
      const answers = await this.ask(keys);
      const toldAt = this.memory.elapsed();
      const told = new Map([...answers].map(([key, answer]) => [key, { ...answer, toldAt }]));
      this.#keep(told);
      return told;
    } finally {
      for (const key of tagged(keys)) this.#underWay.delete(key);
    }
  }

  #keep(told: ReadonlyMap<TaggedKey, Kept<R>>): void {
    const kept = this.#kept;
    if (kept === null) return;
    const weights = new Map<R, number>();
    const weightOf = (record: R) => {
      const weight = weights.get(record) ?? JSON.stringify(record).length;
      weights.set(record, weight);
      return weight;
    };
    for (const [key, answer] of told) {
      const size = answer.records.reduce((sum, record) => sum + weightOf(record), KEY_WEIGHT);
      kept.set(key, answer, { size });
    }
  }
}

/** The missing ones of these keys, in calls of a size that an ERP can take. */
function inCalls(keys: LookUpKeys, missing: ReadonlySet<TaggedKey>): LookUpKeys[] {
  const each = keyKinds.flatMap((kind) =>
    keys[kind]
      .filter((key) => missing.has(`${kind} ${key}`))
      .map((key) => ({ kind, key }) as const),
  );
  const calls: LookUpKeys[] = [];
  for (let start = 0; start < each.length; start += CALL_LIMIT) {
    const slice = each.slice(start, start + CALL_LIMIT);
    const of = (wanted: (typeof each)[number]['kind']) =>
      slice.flatMap(({ kind, key }) => (kind === wanted ? [key] : []));
    calls.push({ addresses: of('addresses'), references: of('references'), ids: of('ids') });
  }
  return calls;
}
