/** The directory of the records that the ERP pushed. */
import type { DirectorySource, SourceTrade } from '../combined-directory.js';
import {
  ADDRESS_LIMIT,
  type ContactAnswer,
  type KnownRecord,
  type TradeAnswer,
  type TradeQuestion,
  type TradeType,
} from '../directory.js';
import type { RecordRef, RecordType, UserRecord } from '../record.js';
import type { PushedType } from '../schemas.js';
import { currentSet, recordsByAddress, recordsById, storedRecords } from './key-search.js';
import { contactRecord, knownRecord, userRecord } from './record-view.js';
import type { Snapshot, Snapshots } from './snapshots.js';
import { findTrade, searchLimits, searchTrade, type SearchLimits } from './trade-search.js';

export class PushedDirectory implements DirectorySource {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly installationId: string,
    private readonly limits: SearchLimits = searchLimits,
  ) {}

  trade(type: TradeType, question: TradeQuestion): Promise<TradeAnswer> {
    const size = question.addresses.length + question.references.length;
    return this.#inSet(type, size, nothingFound, (snapshot, setId) =>
      searchTrade(snapshot, setId, question, this.limits),
    );
  }

  findTrade(type: TradeType, question: TradeQuestion): Promise<SourceTrade> {
    const size = question.addresses.length + question.references.length;
    return this.#inSet(type, size, nothingAtAll, (snapshot, setId) =>
      findTrade(snapshot, setId, question, this.limits),
    );
  }

  /** Those that were pushed at any time. */
  knownTypes(): Promise<ReadonlySet<RecordType>> {
    return this.snapshots.read(0, async (snapshot) => {
      const known = new Set<RecordType>();
      for (const type of ['order', 'offer', 'contact'] as const)
        if ((await currentSet(snapshot, this.installationId, type)) !== null) known.add(type);
      return known;
    });
  }

  contacts(addresses: readonly string[]): Promise<ReadonlyMap<string, ContactAnswer>> {
    const none = () => new Map<string, ContactAnswer>();
    return this.#inSet('contact', addresses.length, none, (snapshot, setId) =>
      this.#contacts(snapshot, setId, addresses),
    );
  }

  async #contacts(
    snapshot: Snapshot,
    setId: number,
    addresses: readonly string[],
  ): Promise<ReadonlyMap<string, ContactAnswer>> {
    const limit = Math.min(this.limits.address, ADDRESS_LIMIT);
    const answers = new Map<string, ContactAnswer>();
    for await (const portion of recordsByAddress(snapshot, setId, addresses, limit + 1)) {
      const keys = [...new Set(portion.flatMap(({ records }) => records))];
      const byKey = await storedRecords(snapshot, keys, contactRecord);
      for (const { key, records } of portion) {
        const contacts = records.slice(0, limit).flatMap((record) => byKey.get(record) ?? []);
        answers.set(key, { contacts, isComplete: records.length <= limit });
      }
    }
    return answers;
  }

  existing(records: readonly RecordRef[]): Promise<readonly KnownRecord[]> {
    return this.snapshots.read(records.length, async (snapshot) => {
      const known: KnownRecord[] = records.filter(({ type }) => type === 'article').map(asNamed);
      for (const type of ['order', 'offer', 'contact'] as const) {
        const asked = records.filter((record) => record.type === type);
        const setId =
          asked.length === 0 ? null : await currentSet(snapshot, this.installationId, type);
        if (setId === null) known.push(...asked.map(asNamed));
        else known.push(...(await existingOf(snapshot, setId, type, asked)));
      }
      return known;
    });
  }

  userAddresses(addresses: readonly string[]): Promise<ReadonlySet<string>> {
    const none = () => new Set<string>();
    return this.#inSet('user', addresses.length, none, async (snapshot, setId) => {
      const known = new Set<string>();
      for await (const portion of recordsByAddress(snapshot, setId, addresses, 1))
        for (const { key } of portion) known.add(key);
      return known;
    });
  }

  user(id: string): Promise<UserRecord | null> {
    return this.#inSet(
      'user',
      1,
      () => null,
      async (snapshot, setId) => {
        for await (const [stored] of recordsById(snapshot, setId, [id]))
          return stored === undefined ? null : userRecord(stored);
        return null;
      },
    );
  }

  #inSet<T>(
    type: PushedType,
    keyCount: number,
    nothing: () => T,
    work: (snapshot: Snapshot, setId: number) => Promise<T>,
  ): Promise<T> {
    if (keyCount === 0) return Promise.resolve(nothing());
    return this.snapshots.read(keyCount, async (snapshot) => {
      const setId = await currentSet(snapshot, this.installationId, type);
      return setId === null ? nothing() : work(snapshot, setId);
    });
  }
}

const nothingFound = (): TradeAnswer => ({
  byAddress: new Map(),
  byPair: new Map(),
  knownReferences: new Set(),
  records: new Map(),
});

const nothingAtAll = (): SourceTrade => ({
  found: { records: [], unfinishedAddresses: new Set(), unfinishedReferences: new Set() },
});

/** Of a record that the directory does not know. */
const asNamed = ({ type, id }: RecordRef): KnownRecord => ({
  type,
  id,
  label: id,
  visibleTo: null,
});

async function existingOf(
  snapshot: Snapshot,
  setId: number,
  type: Exclude<RecordType, 'article'>,
  asked: readonly RecordRef[],
): Promise<KnownRecord[]> {
  const ids = [...new Set(asked.map(({ id }) => id))];
  const known: KnownRecord[] = [];
  for await (const stored of recordsById(snapshot, setId, ids))
    known.push(...stored.map((record) => knownRecord(type, record)));
  return known;
}
