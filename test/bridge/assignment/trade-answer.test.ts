import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TradeAnswer, TradeQuestion } from '../../../src/bridge/directory/directory.js';
import type { TradeRecord } from '../../../src/bridge/directory/record.js';
import { tradeAnswer } from '../../../src/bridge/directory/trade-answer.js';
import { naiveDirectory, tradeRecord } from './naive-directory.js';

const addresses = ['a@x.de', 'b@x.de', 'c@x.de'];
const references = ['r-1', 'r-2', 'r-3', 'r-4'];
const some = (keys: readonly string[]) => fc.subarray([...keys]);

const records = fc
  .array(fc.record({ emails: some(addresses), references: some(references) }), { maxLength: 7 })
  .map((list) => list.map((one, index) => tradeRecord({ id: `O${String(index)}`, ...one })));
const question: fc.Arbitrary<TradeQuestion> = fc.record({
  addresses: some(addresses),
  references: fc.constant(references),
  bodyReferences: some(references),
});

/** In which order numbers confirm is of no meaning. */
const sorted = ({ byAddress }: TradeAnswer) =>
  [...byAddress].sort().map(([address, { confirmed, ...rest }]) => ({
    address,
    ...rest,
    confirmed: [...confirmed].sort((one, other) => (one.reference < other.reference ? -1 : 1)),
  }));

const found = (all: readonly TradeRecord[], { addresses: asked }: TradeQuestion) =>
  all.filter(
    ({ emails, references: own }) =>
      own.length > 0 || emails.some((email) => asked.includes(email)),
  );

describe('two numbers', () => {
  it('SAL-150 SAL-152 are not one that can be read in two ways', () => {
    const record = tradeRecord({ id: 'O1', references: ['re 7001', '7001', 'k-1'] });
    const identified = (...body: string[]) => {
      const asked = { addresses: [], references: body, bodyReferences: body };
      const complete = { unfinishedAddresses: new Set<string>(), unfinishedReferences: new Set<string>() }; // prettier-ignore
      return tradeAnswer(asked, { records: [record], ...complete }).byPair.has('O1');
    };
    expect(identified('re 7001', '7001')).toBe(false);
    expect(identified('re 7001', '7001', 'k-1')).toBe(true);
  });
});

describe('the answer to a question for orders', () => {
  it('is what going through all records gives, when all records were found', () => {
    fc.assert(
      fc.property(records, question, (all, asked) => {
        const answer = tradeAnswer(asked, {
          records: found(all, asked),
          unfinishedAddresses: new Set(),
          unfinishedReferences: new Set(),
        });
        const expected = naiveDirectory({ order: all, offer: [], contact: [] }).trade(
          'order',
          asked,
        );
        expect(sorted(answer)).toEqual(sorted(expected));
        expect([...answer.byPair.keys()].sort()).toEqual([...expected.byPair.keys()].sort());
        expect(answer.knownReferences).toEqual(expected.knownReferences);
      }),
    );
  });

  it('names nothing that going through all records would not, when some were not told', () => {
    const cut = fc.record({ unfinishedAddresses: some(addresses), unfinished: some(references) });
    fc.assert(
      fc.property(records, question, cut, (all, asked, { unfinishedAddresses, unfinished }) => {
        const isCut = new Set([...unfinishedAddresses, ...unfinished]);
        // a record of unfinished keys alone may be missing
        const told = all.filter(
          (record) =>
            [...record.emails, ...record.references].some((key) => !isCut.has(key)) ||
            record.id.endsWith('1'),
        );
        const answer = tradeAnswer(asked, {
          records: told,
          unfinishedAddresses: new Set(unfinishedAddresses),
          unfinishedReferences: new Set(unfinished),
        });
        const holders = (key: string, other: string) =>
          all
            .filter((one) => [...one.emails, ...one.references].includes(key))
            .filter((one) => [...one.emails, ...one.references].includes(other))
            .map(({ id }) => id);
        for (const [address, { confirmed }] of answer.byAddress)
          for (const { reference, id } of confirmed)
            expect(holders(address, reference)).toEqual([id]);
        for (const [id, pair] of answer.byPair) expect(holders(...pair)).toEqual([id]);
      }),
    );
  });
});
