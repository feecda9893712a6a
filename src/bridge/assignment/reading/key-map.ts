/**
 * A Map from search keys for very many of them. One Map of 260,000 keys holds everybody up while it grows (30 ms and
 * more); the shards of this one grow one at a time.
 */
const SHARDS = 64;

export class KeyMap<Value> {
  readonly #shards: Map<string, Value>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): Value | undefined {
    return this.#shards[shardOf(key)]?.get(key);
  }

  /** A key that is not there yet. */
  add(key: string, value: Value): void {
    (this.#shards[shardOf(key)] ??= new Map()).set(key, value);
    this.#size += 1;
  }
}

function shardOf(key: string): number {
  let hash = 0;
  for (let at = 0; at < key.length; at += 1) hash = (hash * 31 + key.charCodeAt(at)) % 65_521;
  return hash % SHARDS;
}
