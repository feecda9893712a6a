import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  combinedDirectory,
  type DirectorySource,
} from '../../../src/bridge/directory/combined-directory.js';
import type { ContactAnswer, TradeQuestion } from '../../../src/bridge/directory/directory.js';
import type {
  ContactRecord,
  RecordType,
  TradeRecord,
} from '../../../src/bridge/directory/record.js';
import {
  tradeAnswer,
  type ExactTrade,
  type FoundTrade,
} from '../../../src/bridge/directory/trade-answer.js';
import { contactRecord, tradeRecord } from '../assignment/naive-directory.js';

interface Held {
  readonly orders?: readonly TradeRecord[];
  readonly contacts?: readonly ContactRecord[];
  /** Of an address or number only so many records are told. */
  readonly limit?: number;
  readonly exact?: ExactTrade;
  readonly types?: readonly RecordType[];
}

/** A source in memory. It tells exactly what its limit allows, and no record more. */
function source({ orders = [], contacts = [], limit = 99, exact, types }: Held): DirectorySource {
  const find = ({ addresses, references }: TradeQuestion): FoundTrade => {
    const told = new Set<TradeRecord>();
    const unfinished = (keys: readonly string[], of: (record: TradeRecord) => readonly string[]) =>
      new Set(
        keys.filter((key) => {
          const own = orders.filter((record) => of(record).includes(key));
          for (const record of own.slice(0, limit)) told.add(record);
          return own.length > limit;
        }),
      );
    const unfinishedAddresses = unfinished(addresses, ({ emails }) => emails);
    const unfinishedReferences = unfinished(references, (record) => record.references);
    return { records: [...told], unfinishedAddresses, unfinishedReferences };
  };
  const contactsOf = (address: string): [string, ContactAnswer][] => {
    const own = contacts
      .filter(({ emails }) => emails.includes(address))
      .sort((one, other) => Number(other.active) - Number(one.active));
    const answer = { contacts: own.slice(0, limit), isComplete: own.length <= limit };
    return own.length === 0 ? [] : [[address, answer]];
  };
  const label = (id: string) => orders.find((order) => order.id === id)?.number ?? null;
  return {
    findTrade: (_, question) =>
      Promise.resolve({ found: find(question), ...(exact === undefined ? {} : { exact }) }),
    trade: (_, question) => Promise.resolve(tradeAnswer(question, find(question), exact)),
    contacts: (addresses) => Promise.resolve(new Map(addresses.flatMap(contactsOf))),
    existing: (records) =>
      Promise.resolve(
        records
          .filter(({ type, id }) => type === 'article' || label(id) !== null)
          .map((record) => ({ ...record, label: label(record.id) ?? record.id, visibleTo: null })),
      ),
    knownTypes: () => Promise.resolve(new Set(types ?? ['order', 'offer', 'contact'])),
    userAddresses: (addresses) => Promise.resolve(new Set(addresses)),
    user: (id) =>
      Promise.resolve({
        ...{ id, name: id, emails: [], mayUseMail: true, archiveUsername: null, roles: [] },
        recordTypes: [],
      }),
  };
}

const both = (pushed: DirectorySource, live: DirectorySource) =>
  combinedDirectory(() => Promise.resolve('both'), pushed, live);

const addresses = ['a@x.de', 'b@x.de'];
const references = ['r-1', 'r-2', 'r-3'];
const order = (id: string, emails: string[], own: string[] = []) =>
  tradeRecord({ id, number: id, emails, references: own });
const asked: TradeQuestion = { addresses, references, bodyReferences: references };

const worlds = fc
  .array(
    fc.record({
      emails: fc.subarray(addresses),
      references: fc.subarray(references),
      at: fc.constantFrom('pushed', 'live', 'both'),
    }),
    { maxLength: 8 },
  )
  .map((list) => list.map((one, index) => ({ ...one, id: `O${String(index)}` })));

const held = (
  world: readonly { at: string; id: string; emails: string[]; references: string[] }[],
) => {
  const records = (where: string) =>
    world
      .filter(({ at }) => at === where || at === 'both')
      .map(({ id, emails, references: own }) => order(id, emails, own));
  const all = world.map(({ id, emails, references: own }) => order(id, emails, own));
  return { pushed: records('pushed'), live: records('live'), all };
};

describe('both sources together', () => {
  it('answer as one that knows what either knows', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const { pushed, live, all } = held(world);
        const answer = await both(source({ orders: pushed }), source({ orders: live })).trade(
          'order',
          asked,
        );
        expect(answer).toEqual(await source({ orders: all }).trade('order', asked));
      }),
    );
  });

  it('claim nothing that is not so when one or both do not tell all', async () => {
    const limits = fc.record({
      pushed: fc.integer({ min: 2, max: 5 }),
      live: fc.constantFrom(2, 99),
    });
    await fc.assert(
      fc.asyncProperty(worlds, limits, async (world, limit) => {
        const { pushed, live, all } = held(world);
        const answer = await both(
          source({ orders: pushed, limit: limit.pushed, exact: exactOf(pushed) }),
          source({ orders: live, limit: limit.live }),
        ).trade('order', asked);
        const holders = (...keys: string[]) =>
          all
            .filter((one) => keys.every((key) => [...one.emails, ...one.references].includes(key)))
            .map(({ id }) => id);
        for (const [address, { ids, isComplete, confirmed }] of answer.byAddress) {
          if (isComplete) expect(ids).toEqual(holders(address));
          for (const one of confirmed) expect(holders(address, one.reference)).toEqual([one.id]);
        }
        for (const [id, pair] of answer.byPair) expect(holders(...pair)).toEqual([id]);
      }),
    );
  });

  /** What a source with an index knows of its own records. */
  function exactOf(records: readonly TradeRecord[]): ExactTrade {
    const only = (...keys: string[]) => {
      const [one, ...others] = records.filter((record) =>
        keys.every((key) => [...record.emails, ...record.references].includes(key)),
      );
      return one !== undefined && others.length === 0 ? [one.id] : [];
    };
    return {
      confirmed: addresses.flatMap((address) =>
        references.flatMap((reference) =>
          only(address, reference).map((id) => ({ address, reference, id })),
        ),
      ),
      pairs: references.flatMap((one, index) =>
        references
          .slice(index + 1)
          .flatMap((other) => only(one, other).map((id) => ({ references: [one, other], id }))),
      ),
    };
  }

  it('SAL-146 name no only order of an address when each knows another one', async () => {
    const directory = both(
      source({ orders: [order('O1', ['a@x.de'])] }),
      source({ orders: [order('O2', ['a@x.de'])] }),
    );
    const { byAddress } = await directory.trade('order', asked);
    expect(byAddress.get('a@x.de')).toMatchObject({ ids: ['O1', 'O2'], isComplete: true });
  });

  it('describe a record that both know as it is now', async () => {
    const pushed = [tradeRecord({ id: 'O1', emails: ['a@x.de'], visibleTo: null })];
    const live = [tradeRecord({ id: 'O1', emails: ['a@x.de'], visibleTo: ['sales'] })];
    const directory = both(source({ orders: pushed }), source({ orders: live }));
    const { records } = await directory.trade('order', asked);
    expect(records.get('O1')?.visibleTo).toEqual(['sales']);
  });

  it('keep what one is certain of unless the other one contradicts', async () => {
    const pushed = [
      order('O1', ['a@x.de'], ['r-1']),
      order('O2', ['a@x.de']),
      order('O3', ['a@x.de']),
    ];
    const exact: ExactTrade = {
      confirmed: [{ address: 'a@x.de', reference: 'r-1', id: 'O1' }],
      pairs: [],
    };
    const confirmedWith = async (live: Held) => {
      const cut = [...pushed, order('O4', [], ['r-1']), order('O5', [], ['r-1'])];
      const one = source({ orders: cut, limit: 2, exact });
      const { byAddress } = await both(one, source(live)).trade('order', asked);
      return byAddress.get('a@x.de')?.confirmed.map(({ reference, id }) => [reference, id]);
    };
    const kept = [['r-1', 'O1']];
    expect(await confirmedWith({})).toEqual(kept);
    expect(await confirmedWith({ orders: [order('O1', ['a@x.de'], ['r-1'])] })).toEqual(kept);
    expect(await confirmedWith({ orders: [order('O9', ['a@x.de'], ['r-1'])] })).toEqual([]);
    const told = [
      ...['L1', 'L2'].map((id) => order(id, ['a@x.de'])),
      ...['L3', 'L4'].map((id) => order(id, [], ['r-1'])),
    ];
    const untold = order('L5', ['a@x.de'], ['r-1']);
    expect(await confirmedWith({ orders: [...told, untold], limit: 2 })).toEqual([]);
    // it is another customer's by now
    expect(await confirmedWith({ orders: [order('O1', ['b@x.de'], ['r-1'])] })).toEqual([]);
  });

  it('take a contact for active as the ERP says now', async () => {
    const pushed = [contactRecord({ id: 'C1', emails: ['a@x.de'] })];
    const live = [
      contactRecord({ id: 'C1', emails: ['a@x.de'], active: false }),
      contactRecord({ id: 'C2', emails: ['a@x.de'] }),
    ];
    const answers = await both(source({ contacts: pushed }), source({ contacts: live })).contacts([
      'a@x.de',
      'b@x.de',
    ]);
    expect([...answers.keys()]).toEqual(['a@x.de']);
    const { contacts, isComplete } = answers.get('a@x.de')!;
    expect(contacts.map(({ id, active }) => [id, active])).toEqual([
      ['C2', true],
      ['C1', false],
    ]);
    expect(isComplete).toBe(true);
  });

  it('do not make one active contact the only one while others may not have been told', async () => {
    const of = (id: string, active: boolean) => contactRecord({ id, emails: ['a@x.de'], active });
    const pushed = source({ contacts: [of('C1', true), of('C2', true), of('C3', true)], limit: 2 });
    const live = source({ contacts: [of('C2', false)] });
    const answer = (await both(pushed, live).contacts(['a@x.de'])).get('a@x.de');
    expect(answer?.contacts.filter(({ active }) => active)).toHaveLength(2);
    expect(answer?.isComplete).toBe(false);
  });

  it('know the records that either knows, but none that the pushed ones merely do not deny', async () => {
    const records = [
      { type: 'order', id: 'O1' },
      { type: 'order', id: 'O2' },
      { type: 'article', id: 'A1' },
    ] as const;
    const ids = async (pushed: Held, live: Held) =>
      (await both(source(pushed), source(live)).existing(records)).map(({ id }) => id);
    const [one, two] = [order('O1', []), order('O2', [])];
    expect(await ids({ orders: [one] }, { orders: [two] })).toEqual(['O1', 'O2', 'A1']);
    expect(await ids({ orders: [one], types: [] }, { orders: [two] })).toEqual(['O2', 'A1']);
  });

  it('fail when the ERP does not answer', async () => {
    const away = () => Promise.reject(new Error('away'));
    const live = { ...source({}), findTrade: away, contacts: away, existing: away };
    const directory = both(source({ orders: [order('O1', ['a@x.de'])] }), live);
    await expect(directory.trade('order', asked)).rejects.toThrow('away');
    await expect(directory.contacts(addresses)).rejects.toThrow('away');
    await expect(directory.existing([{ type: 'order', id: 'O1' }])).rejects.toThrow('away');
  });
});

describe('the chosen source', () => {
  it('alone is asked, and users are always the pushed ones', async () => {
    const pushed = source({ orders: [order('O1', ['a@x.de'])] });
    const live = source({ orders: [order('O2', ['a@x.de'])] });
    let chosen: 'pushed' | 'live' = 'pushed';
    const nobody = { ...live, userAddresses: () => Promise.resolve(new Set<string>()) };
    const directory = combinedDirectory(() => Promise.resolve(chosen), pushed, nobody);
    const idsNow = async () => [...(await directory.trade('order', asked)).records.keys()];
    expect(await idsNow()).toEqual(['O1']);
    chosen = 'live';
    expect(await idsNow()).toEqual(['O2']);
    expect(await directory.userAddresses(['a@x.de'])).toEqual(new Set(['a@x.de']));
    expect((await directory.user('anna'))?.id).toBe('anna');
  });
});
