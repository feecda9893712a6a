/** What holds of every decision, whatever the mail and the directory. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DecisionInput } from '../../../../src/bridge/assignment/decision/decision.js';
import type {
  FoundInMail,
  Place,
} from '../../../../src/bridge/assignment/reading/found-in-mail.js';
import {
  contactRecord,
  naiveDirectory,
  tradeRecord,
  type NaiveRecords,
} from '../naive-directory.js';
import { askUntilDecided, decisionInput } from './ask-until-decided.js';

const addresses = ['a@x.de', 'b@x.de', 'c@x.de', 'd@x.de'];
const references = ['r-1', 'r-2', 'r-3', 'r-4'];
const subset = <T>(values: readonly T[]) => fc.subarray([...values]);
const ids = (letter: string) => (index: number) => `${letter}${String(index)}`;

const trades = (letter: string) =>
  fc
    .array(
      fc.record({
        emails: subset(addresses),
        references: subset(references),
        contactId: fc.option(fc.constantFrom('C0', 'C1')),
        articleIds: fc.array(fc.constantFrom('A1', 'A2'), { maxLength: 3 }),
        offerIds: letter === 'O' ? subset(['F0', 'F1']) : fc.constant([]),
      }),
      { maxLength: 5 },
    )
    .map((list) => list.map((one, index) => tradeRecord({ id: ids(letter)(index), ...one })));

const directories: fc.Arbitrary<NaiveRecords> = fc.record({
  order: trades('O'),
  offer: trades('F'),
  contact: fc
    .array(fc.record({ emails: subset(addresses), active: fc.boolean() }), { maxLength: 4 })
    .map((list) => list.map((one, index) => contactRecord({ id: ids('C')(index), ...one }))),
});

const headerPlaces: readonly Place[] = ['from', 'to', 'cc'];
const someFound: fc.Arbitrary<FoundInMail> = fc.record({
  addresses: fc.uniqueArray(
    fc.record({
      address: fc.constantFrom(...addresses),
      places: fc.subarray<Place>([...headerPlaces, 'body'], { minLength: 1 }),
    }),
    { selector: ({ address }) => address },
  ),
  references: fc.uniqueArray(
    fc.record({
      reference: fc.constantFrom(...references),
      text: fc.constant('as written'),
      places: fc.subarray<'subject' | 'body'>(['subject', 'body'], { minLength: 1 }),
    }),
    { selector: ({ reference }) => reference },
  ),
});

const result = (input: Partial<DecisionInput>, records: NaiveRecords) => {
  const { decision } = askUntilDecided(decisionInput(input), naiveDirectory(records));
  const { step, assignments } = decision;
  return { step, assignments: new Set(assignments.map(({ type, id }) => `${type} ${id}`)) };
};

/** The same values in another order. */
const shuffled = <T>(values: readonly T[]) =>
  fc.shuffledSubarray([...values], { minLength: values.length, maxLength: values.length });

describe('every decision', () => {
  it('SAL-133 is the same in whatever order rows, recipients and numbers come: never the first found', () => {
    const given = fc.tuple(directories, someFound).chain(([records, found]) =>
      fc.record({
        records: fc.constant(records),
        found: fc.constant(found),
        others: fc.record({
          order: shuffled(records.order),
          offer: shuffled(records.offer),
          contact: shuffled(records.contact),
        }),
        mixed: fc.record({
          addresses: shuffled(found.addresses),
          references: shuffled(found.references),
        }),
      }),
    );
    fc.assert(
      fc.property(given, ({ records, found, others, mixed }) => {
        expect(result({ found: mixed }, others)).toEqual(result({ found }, records));
      }),
    );
  });

  it('SAL-130 is as if ignored addresses did not stand in the mail', () => {
    fc.assert(
      fc.property(directories, someFound, subset(addresses), (records, found, list) => {
        const ignored = new Map(list.map((address) => [address, { kind: 'user' } as const]));
        const without = {
          ...found,
          addresses: found.addresses.filter(({ address }) => !ignored.has(address)),
        };
        expect(result({ found, ignored }, records)).toEqual(result({ found: without }, records));
      }),
    );
  });

  it('is not changed by records that share no key with the mail', () => {
    fc.assert(
      fc.property(directories, someFound, (records, found) => {
        const unrelated = { emails: ['z@elsewhere.de'], references: ['z-99'] };
        const more = {
          order: [...records.order, tradeRecord({ id: 'O99', ...unrelated, offerIds: ['F0'] })],
          offer: [...records.offer, tradeRecord({ id: 'F99', ...unrelated })],
          contact: [...records.contact, contactRecord({ id: 'C99', ...unrelated })],
        };
        expect(result({ found }, more)).toEqual(result({ found }, records));
      }),
    );
  });

  it('names one order or one offer at most, and a contact found for itself only without one that came along', () => {
    fc.assert(
      fc.property(directories, someFound, (records, found) => {
        const { decision } = askUntilDecided(decisionInput({ found }), naiveDirectory(records));
        const automatic = decision.assignments.filter(({ source }) => source === 'automatic');
        const trade = automatic.filter(({ type }) => type === 'order' || type === 'offer');
        expect(trade.length).toBeLessThanOrEqual(1);
        const contacts = decision.assignments.filter(({ type }) => type === 'contact');
        expect(contacts.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('asks the directory at most three times, and not at all where the history decides nothing new', () => {
    fc.assert(
      fc.property(directories, someFound, (records, found) => {
        const { asked } = askUntilDecided(decisionInput({ found }), naiveDirectory(records));
        expect(asked.length).toBeLessThanOrEqual(3);
        expect(new Set(asked).size).toBe(asked.length);
      }),
    );
  });

  it('offers candidates only where the policy says so and nothing was assigned', () => {
    fc.assert(
      fc.property(directories, someFound, fc.boolean(), (records, found, suggestions) => {
        const input = decisionInput({ found });
        const policies = { ...input.policies, suggestions };
        const { decision } = askUntilDecided({ ...input, policies }, naiveDirectory(records));
        const isAmbiguous = decision.trace.steps.some(({ outcome }) => outcome === 'ambiguous');
        const mayOffer = suggestions && isAmbiguous && decision.step === 'none';
        expect(decision.suggestions.length > 0).toBe(mayOffer);
      }),
    );
  });
});
