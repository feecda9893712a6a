/**
 * The directory as the administrator chose it: the records that the ERP pushed, look-ups at the ERP, or both. Both
 * together answer as one that knew all: what each found is put together before anything is concluded from it, so that
 * an address with one order here and another there has two, and is decided by neither.
 */
import { ADDRESS_LIMIT } from './directory.js';
import type {
  ContactAnswer,
  Directory,
  KnownRecord,
  TradeQuestion,
  TradeType,
} from './directory.js';
import type { RecordRef, RecordType } from './record.js';
import { tradeAnswer, type ExactTrade, type FoundTrade } from './trade-answer.js';

/** What an answer is made of. */
export interface SourceTrade {
  readonly found: FoundTrade;
  /** Left out: the source can say nothing of two keys that are both unfinished. */
  readonly exact?: ExactTrade;
}

/** A directory that can be put together with another one. */
export interface DirectorySource extends Directory {
  /** @throws BridgeFailure directoryUnavailable */
  findTrade(type: TradeType, question: TradeQuestion): Promise<SourceTrade>;
  /** Types that it was ever told anything of: of the others it takes all records to exist. */
  knownTypes(): Promise<ReadonlySet<RecordType>>;
}

/**
 * @param chosen asked with every question
 * @param live describes a record that both know; when it throws, the question throws
 */
export function combinedDirectory(
  chosen: () => Promise<'pushed' | 'live' | 'both'>,
  pushed: DirectorySource,
  live: DirectorySource,
): Directory {
  const sources = { pushed, live, both: bothTogether(pushed, live) } as const;
  const current = async () => sources[await chosen()];
  return {
    trade: async (type, question) => (await current()).trade(type, question),
    contacts: async (addresses) => (await current()).contacts(addresses),
    existing: async (records) => (await current()).existing(records),
    userAddresses: (addresses) => pushed.userAddresses(addresses),
    user: (id) => pushed.user(id),
  };
}

const bothTogether = (
  pushed: DirectorySource,
  live: DirectorySource,
): Pick<Directory, 'trade' | 'contacts' | 'existing'> => ({
  trade: async (type, question) => {
    const [own, looked] = await Promise.all([
      pushed.findTrade(type, question),
      live.findTrade(type, question),
    ]);
    return tradeAnswer(question, foundByBoth(own.found, looked.found), certain(own, looked));
  },
  contacts: async (addresses) => {
    const [own, looked] = await Promise.all([pushed.contacts(addresses), live.contacts(addresses)]);
    return new Map(
      addresses.flatMap((address) => {
        const answers = [own.get(address), looked.get(address)] as const;
        const together = contactsOfBoth(...answers);
        return together === undefined ? [] : [[address, together]];
      }),
    );
  },
  existing: async (records) => {
    const types = await pushed.knownTypes();
    const [own, looked] = await Promise.all([
      pushed.existing(records.filter(({ type }) => types.has(type))),
      live.existing(records),
    ]);
    return existingInBoth(records, own, looked);
  },
});

const union = <T>(one: ReadonlySet<T>, other: ReadonlySet<T>): Set<T> =>
  new Set([...one, ...other]);

const foundByBoth = (pushed: FoundTrade, live: FoundTrade): FoundTrade => ({
  records: describedByLater(pushed.records, live.records),
  unfinishedAddresses: union(pushed.unfinishedAddresses, live.unfinishedAddresses),
  unfinishedReferences: union(pushed.unfinishedReferences, live.unfinishedReferences),
});

const describedByLater = <R extends { readonly id: string }>(
  one: readonly R[],
  later: readonly R[],
): R[] => [...new Map([...one, ...later].map((record) => [record.id, record])).values()];

/** What one source can say of two unfinished keys holds when the other one knows of no other record with both. */
function certain(pushed: SourceTrade, live: SourceTrade): ExactTrade {
  const among = ({ exact }: SourceTrade, { found }: SourceTrade): ExactTrade => ({
    confirmed: (exact?.confirmed ?? []).filter(({ address, reference, id }) =>
      hasNoOther(found, [address, reference], id),
    ),
    pairs: (exact?.pairs ?? []).filter(({ references, id }) => hasNoOther(found, references, id)),
  });
  const [one, other] = [among(pushed, live), among(live, pushed)];
  return {
    confirmed: [...one.confirmed, ...other.confirmed],
    pairs: [...one.pairs, ...other.pairs],
  };
}

function hasNoOther(
  { records, unfinishedAddresses, unfinishedReferences }: FoundTrade,
  keys: readonly [string, string],
  id: string,
): boolean {
  const isUnfinished = (key: string) =>
    unfinishedAddresses.has(key) || unfinishedReferences.has(key);
  if (keys.every(isUnfinished)) return false;
  return records.every((record) => {
    const own = new Set([...record.emails, ...record.references]);
    return keys.every((key) => own.has(key)) === (record.id === id);
  });
}

/** Whether there may be more active ones than were told: active ones are told first. */
const hidesActive = ({ contacts, isComplete }: ContactAnswer): boolean =>
  !isComplete && contacts.every(({ active }) => active);

function contactsOfBoth(
  pushed: ContactAnswer | undefined,
  live: ContactAnswer | undefined,
): ContactAnswer | undefined {
  if (pushed === undefined || live === undefined) return pushed ?? live;
  // were all that it told inactive by now, those that it did not tell could still be active
  const [one, later] = hidesActive(pushed) ? [live, pushed] : [pushed, live];
  const contacts = describedByLater(one.contacts, later.contacts).sort(
    (first, second) => Number(second.active) - Number(first.active),
  );
  return {
    contacts: contacts.slice(0, ADDRESS_LIMIT),
    isComplete: pushed.isComplete && live.isComplete && contacts.length <= ADDRESS_LIMIT,
  };
}

function existingInBoth(
  records: readonly RecordRef[],
  pushed: readonly KnownRecord[],
  live: readonly KnownRecord[],
): KnownRecord[] {
  const nameOf = ({ type, id }: RecordRef) => `${type} ${id}`;
  const known = new Map([...pushed, ...live].map((record) => [nameOf(record), record]));
  return records.flatMap((record) => known.get(nameOf(record)) ?? []);
}
