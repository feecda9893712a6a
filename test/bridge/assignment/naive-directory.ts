/** A directory in memory that answers by going through all records: small enough to be right by inspection. */
import type {
  ContactAnswer,
  TradeAnswer,
  TradeQuestion,
  TradeType,
} from '../../../src/bridge/directory/directory.js';
import type {
  ContactRecord,
  RecordRef,
  TradeRecord,
} from '../../../src/bridge/directory/record.js';

export interface NaiveRecords {
  readonly order: readonly TradeRecord[];
  readonly offer: readonly TradeRecord[];
  readonly contact: readonly ContactRecord[];
}

export const tradeRecord = (given: Partial<TradeRecord> & { id: string }): TradeRecord => ({
  number: null,
  contactId: null,
  emails: [],
  references: [],
  articleIds: [],
  offerIds: [],
  visibleTo: null,
  ...given,
});

export const contactRecord = (given: Partial<ContactRecord> & { id: string }): ContactRecord => ({
  name: given.id,
  active: true,
  emails: [],
  visibleTo: null,
  ...given,
});

export const naiveDirectory = (records: NaiveRecords) => ({
  trade: (type: TradeType, question: TradeQuestion): TradeAnswer =>
    naiveTrade(records[type], question),

  contacts: (addresses: readonly string[]): ReadonlyMap<string, ContactAnswer> =>
    new Map(
      addresses.flatMap((address) => {
        const contacts = records.contact
          .filter(({ emails }) => emails.includes(address))
          .sort((one, other) => Number(other.active) - Number(one.active));
        return contacts.length === 0 ? [] : [[address, { contacts, isComplete: true }]];
      }),
    ),

  existing: (asked: readonly RecordRef[]): readonly RecordRef[] =>
    asked.filter(
      ({ type, id }) => type === 'article' || records[type].some((record) => record.id === id),
    ),
});

const byId = <T extends { readonly id: string }>(records: readonly T[]): T[] =>
  [...records].sort((one, other) => (one.id < other.id ? -1 : 1));

function naiveTrade(
  records: readonly TradeRecord[],
  { addresses, references, bodyReferences }: TradeQuestion,
): TradeAnswer {
  const onlyOf = (found: readonly TradeRecord[]) => (found.length === 1 ? found[0] : undefined);
  const byAddress = addresses.flatMap((address) => {
    const own = byId(records.filter(({ emails }) => emails.includes(address)));
    const confirmed = references.flatMap((reference) => {
      const record = onlyOf(own.filter((one) => one.references.includes(reference)));
      return record === undefined ? [] : [{ reference, id: record.id }];
    });
    const ids = own.map(({ id }) => id);
    const answer = { ids, isComplete: true, confirmed: own.length > 1 ? confirmed : [] };
    return own.length === 0 ? [] : [[address, answer] as const];
  });
  const byPair = new Map<string, readonly [string, string]>();
  for (const one of bodyReferences)
    for (const other of bodyReferences) {
      const both = records.filter((record) =>
        [one, other].every((reference) => record.references.includes(reference)),
      );
      const record = one === other ? undefined : onlyOf(both);
      if (record !== undefined && !byPair.has(record.id)) byPair.set(record.id, [one, other]);
    }
  return {
    byAddress: new Map(byAddress),
    byPair,
    knownReferences: new Set(
      references.filter((one) => records.some((record) => record.references.includes(one))),
    ),
    records: new Map(records.map((record) => [record.id, record])),
  };
}
