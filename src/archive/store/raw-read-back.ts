/** Reads stored messages again and compares them with their hash: the proof that has to precede a deletion. */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { CHUNK_BYTES, type RawSchema } from './raw-schema.js';

interface Stored {
  readonly id: number;
  readonly hash: string;
  readonly size: number;
}

const HASHES_A_QUERY = 500;
const GROUP_COUNT = 100;

/** @returns hashes whose bytes are there and agree; what cannot be read does not agree */
export async function readBack(
  reader: Kysely<RawSchema>,
  hashes: readonly string[],
): Promise<ReadonlySet<string>> {
  const agreeing = new Set<string>();
  for (let at = 0; at < hashes.length; at += HASHES_A_QUERY) {
    const rows = await reader
      .selectFrom('raw_mails')
      .select(['id', 'hash', 'size'])
      .where('hash', 'in', hashes.slice(at, at + HASHES_A_QUERY))
      .execute();
    const stored = rows.flatMap(({ hash, ...row }) => (hash === null ? [] : [{ ...row, hash }]));
    for (const group of inGroups(stored))
      for (const hash of await readable(reader, group)) agreeing.add(hash);
  }
  return agreeing;
}

/** Short messages together, as far as they fill one row of bytes; a long one alone. */
function inGroups(stored: readonly Stored[]): Stored[][] {
  const groups: Stored[][] = [];
  let bytes = Infinity;
  for (const one of stored) {
    const group = groups.at(-1);
    bytes += one.size;
    if (group !== undefined && bytes <= CHUNK_BYTES && group.length < GROUP_COUNT) group.push(one);
    else {
      groups.push([one]);
      bytes = one.size;
    }
  }
  return groups;
}

async function readable(reader: Kysely<RawSchema>, group: readonly Stored[]): Promise<string[]> {
  const [first] = group;
  if (first === undefined) return [];
  try {
    if (group.length === 1) return (await hashOf(reader, first)) === first.hash ? [first.hash] : [];
    const computed = await hashesOf(reader, group);
    return group.filter(({ id, hash }) => computed.get(id) === hash).map(({ hash }) => hash);
  } catch {
    // a damaged page must not count against its neighbours
    if (group.length === 1) return [];
    const alone: string[] = [];
    for (const one of group) alone.push(...(await readable(reader, [one])));
    return alone;
  }
}

async function hashesOf(
  reader: Kysely<RawSchema>,
  group: readonly Stored[],
): Promise<ReadonlyMap<number, string>> {
  const ids = group.map(({ id }) => id);
  const hashes = new Map(ids.map((id) => [id, createHash('sha256')]));
  const chunks = await reader
    .selectFrom('raw_chunks')
    .select(['mail_id', 'bytes'])
    .where('mail_id', 'in', ids)
    .orderBy('mail_id')
    .orderBy('number')
    .execute();
  for (const { mail_id, bytes } of chunks) hashes.get(mail_id)?.update(bytes);
  await nextTurn();
  return new Map([...hashes].map(([id, hash]) => [id, hash.digest('hex')]));
}

async function hashOf(reader: Kysely<RawSchema>, { id }: Stored): Promise<string> {
  const hash = createHash('sha256');
  for (let number = 0; ; number += 1) {
    const chunk = await reader
      .selectFrom('raw_chunks')
      .select('bytes')
      .where('mail_id', '=', id)
      .where('number', '=', number)
      .executeTakeFirst();
    await nextTurn();
    if (chunk === undefined) return hash.digest('hex');
    hash.update(chunk.bytes);
  }
}
