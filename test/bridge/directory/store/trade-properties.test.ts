/** Any directory and any question: the same answer as by looking at every record for every key. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TradeAnswer, TradeQuestion } from '../../../../src/bridge/directory/directory.js';
import type { TradeRecord } from '../../../../src/bridge/directory/record.js';
import { tradeAnswer } from '../../../../src/bridge/directory/trade-answer.js';
import { openSqlite } from '../../../../src/platform/database.js';
import { PushedDirectory } from '../../../../src/bridge/directory/store/pushed-directory.js';
import {
  DIRECTORY_DATABASE,
  directoryMigrations,
  type DirectorySchema,
} from '../../../../src/bridge/directory/store/schema.js';
import { Snapshots } from '../../../../src/bridge/directory/store/snapshots.js';
import type { SearchLimits } from '../../../../src/bridge/directory/store/trade-search.js';
import { StoreUnderTest } from './store-under-test.js';

type Known = Pick<TradeRecord, 'id' | 'emails' | 'references'>;

/** What is true, key by key. */
function truth(records: readonly Known[], question: TradeQuestion, limits: SearchLimits) {
  const withBoth = (has: (record: Known) => boolean) => records.filter(has);
  const byAddress = question.addresses.flatMap((address) => {
    const own = withBoth(({ emails }) => emails.includes(address));
    if (own.length === 0) return [];
    const confirmed = question.references.flatMap((reference) => {
      const [only, ...others] = own.filter(({ references }) => references.includes(reference));
      return own.length === 1 || only === undefined || others.length > 0
        ? []
        : [`${reference} ${only.id}`];
    });
    const isComplete = own.length <= limits.address;
    return [[address, { ids: own.map(({ id }) => id).sort(), isComplete, confirmed }] as const];
  });
  const pairs = question.bodyReferences.flatMap((one) =>
    question.bodyReferences.flatMap((other) => {
      const both = withBoth(
        ({ references }) => one !== other && references.includes(one) && references.includes(other),
      );
      return both.length === 1 ? [`${both[0]?.id ?? ''} ${one} ${other}`] : [];
    }),
  );
  const knownReferences = question.references.filter((reference) =>
    records.some(({ references }) => references.includes(reference)),
  );
  return { byAddress: new Map(byAddress), pairs: new Set(pairs), knownReferences };
}

function check(
  answer: TradeAnswer,
  records: readonly Known[],
  question: TradeQuestion,
  limits: SearchLimits,
): void {
  const expected = truth(records, question, limits);
  expect([...answer.byAddress.keys()].sort()).toEqual([...expected.byAddress.keys()].sort());
  for (const [address, told] of answer.byAddress) {
    const known = expected.byAddress.get(address);
    expect(told.isComplete).toBe(known?.isComplete);
    if (told.isComplete) expect(told.ids).toEqual(known?.ids);
    expect(known?.ids).toEqual(expect.arrayContaining([...told.ids]));
    expect(told.confirmed.map(({ reference, id }) => `${reference} ${id}`).sort()).toEqual(
      [...(known?.confirmed ?? [])].sort(),
    );
  }
  expect([...answer.knownReferences].sort()).toEqual([...expected.knownReferences].sort());
  const pairs = [...answer.byPair].map(([id, [one, other]]) => `${id} ${one} ${other}`);
  for (const pair of pairs) expect(expected.pairs).toContain(pair);
  expect(new Set(answer.byPair.keys())).toEqual(
    new Set([...expected.pairs].map((pair) => pair.split(' ')[0])),
  );
  const named = [
    ...answer.byPair.keys(),
    ...[...answer.byAddress.values()].flatMap(({ ids }) => ids),
  ];
  for (const id of named)
    expect(answer.records.get(id)).toMatchObject(records.find((one) => one.id === id) ?? {});
}

const addresses = ['a', 'b', 'c', 'd'].map((name) => `${name}@x.example`);
const references = ['r-1', 'r-2', 'r-3', 'r-4', 'r-5'];
const someOf = (keys: readonly string[]) => fc.subarray([...keys]);
const directories = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 1, max: 40 }).map(String),
    emails: someOf(addresses),
    references: someOf(references),
  }),
  { selector: ({ id }) => id, maxLength: 25 },
);
const questions = fc
  .tuple(someOf(addresses), someOf(references), someOf(references))
  .map(([asked, all, body]) => ({
    addresses: asked,
    references: all,
    bodyReferences: body.filter((reference) => all.includes(reference)),
  }));

let under: StoreUnderTest;
let snapshots: Snapshots;
beforeEach(async () => {
  under = await StoreUnderTest.open();
  const open = () =>
    openSqlite<DirectorySchema>(`${under.dataDir}/${DIRECTORY_DATABASE}`, directoryMigrations);
  snapshots = new Snapshots(await open(), open);
});
afterEach(async () => {
  await snapshots.close();
  await under.close();
});

describe('a question about orders', () => {
  it.each<SearchLimits>([
    { address: 1, reference: 1 },
    { address: 2, reference: 3 },
    { address: 3, reference: 2 },
    { address: 50, reference: 100 },
  ])('is answered as it is, with limits %j', async (limits) => {
    const directory = new PushedDirectory(snapshots, 'default', limits);
    let uploads = 0;
    await fc.assert(
      fc.asyncProperty(directories, questions, async (records, question) => {
        uploads += 1;
        await under.push('order', records, { name: `u${uploads}`, mode: 'replace' });
        const { found, exact } = await directory.findTrade('order', question);
        for (const answer of [
          await directory.trade('order', question),
          tradeAnswer(question, found, exact),
        ])
          check(answer, records, question, limits);
      }),
      { numRuns: 60 },
    );
  });
});
