import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TradeQuestion } from '../../../../src/bridge/directory/directory.js';
import type { BridgeFailure } from '../../../../src/bridge/failure.js';
import { recordLookUp } from '../../../../fixtures/erp-host/record-lookup.js';
import { waitFor } from '../../../support/wait-for.js';
import { answering, asking, RunningErp, TOKEN, type Asked } from './running-erp.js';

let erp: RunningErp;
beforeEach(async () => {
  erp = await RunningErp.start();
});
afterEach(() => erp.close());

const question = (given: Partial<TradeQuestion>): TradeQuestion => ({
  addresses: [],
  references: [],
  bodyReferences: [],
  ...given,
});
const order = (id: string, given: object = {}) => ({ id, emails: [], references: [], ...given });
const many = (count: number, letter: string) =>
  Array.from({ length: count }, (_, index) => `${letter}${String(index).padStart(5, '0')}`);
const keyCount = ({ addresses, references, ids }: Asked) =>
  addresses.length + references.length + ids.length;

describe('a question', () => {
  it('is one call with all its keys, and the token', async () => {
    const { directory } = asking(erp.url);
    const asked = question({
      addresses: ['info@huber.example', 'nobody@huber.example'],
      references: ['ab-5001', 're-7002'],
    });
    const answer = await directory.trade('order', asked);
    expect(erp.asked).toEqual([
      { type: 'orders', addresses: asked.addresses, references: asked.references, ids: [] },
    ]);
    expect(erp.headers[0]).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
    });
    expect(answer.byAddress).toEqual(
      new Map([['info@huber.example', { ids: ['O01'], isComplete: true, confirmed: [] }]]),
    );
    expect(answer.knownReferences).toEqual(new Set(asked.references));
    expect(answer.records.get('O01')).toEqual({
      id: 'O01',
      number: 'AB-5001',
      contactId: 'C01',
      emails: ['info@huber.example', 'k.huber@huber.example'],
      references: ['ab-5001', 'k-1001', 're-7001'],
      articleIds: ['A10'],
      offerIds: ['F01'],
      visibleTo: null,
    });
  });

  it('without keys asks nothing', async () => {
    const { directory } = asking(erp.url);
    await directory.trade('order', question({}));
    expect((await directory.contacts([])).size).toBe(0);
    expect(await directory.existing([{ type: 'article', id: 'A1' }])).toEqual([
      { type: 'article', id: 'A1', label: 'A1', visibleTo: null },
    ]);
    expect(erp.asked).toEqual([]);
  });

  it('leaves numbers out when there are more than 5,000, and says how many', async () => {
    const { directory, log } = asking(erp.url);
    const references = many(5001, 'r');
    await directory.trade('order', question({ addresses: ['info@huber.example'], references }));
    expect(erp.asked).toMatchObject([{ addresses: ['info@huber.example'], references: [] }]);
    expect(log()).toContain('"count":5001');
    expect(log()).not.toContain('r00001');
  });

  it('has at most 5,000 keys a call', async () => {
    const { directory } = asking(erp.url);
    const addresses = many(5001, 'a').map((one) => `${one}@x.example`);
    const answer = await directory.trade(
      'order',
      question({ addresses: [...addresses, 'info@huber.example'], references: many(4000, 'r') }),
    );
    expect(erp.asked.map(keyCount).sort()).toEqual([4002, 5000]);
    expect([...answer.byAddress.keys()]).toEqual(['info@huber.example']);
  });

  it('for records that exist asks by id, once a type', async () => {
    const { directory } = asking(erp.url);
    const existing = await directory.existing([
      { type: 'order', id: 'O01' },
      { type: 'order', id: 'O99' },
      { type: 'contact', id: 'C10' },
      { type: 'article', id: 'A10' },
    ]);
    expect(existing).toEqual([
      { type: 'order', id: 'O01', label: 'AB-5001', visibleTo: null },
      { type: 'contact', id: 'C10', label: 'C10', visibleTo: null },
      { type: 'article', id: 'A10', label: 'A10', visibleTo: null },
    ]);
    expect(erp.asked.map(({ type, ids }) => [type, ids])).toEqual(
      expect.arrayContaining([
        ['orders', ['O01', 'O99']],
        ['contacts', ['C10']],
      ]),
    );
    expect(erp.asked).toHaveLength(2);
  });

  it('for users is not put to the ERP', async () => {
    const { directory } = asking(erp.url);
    const own = await directory.userAddresses(['anna@mueller-shop.de', 'info@huber.example']);
    expect([own, await directory.user('anna')]).toEqual([new Set(['anna@mueller-shop.de']), null]);
    expect(erp.asked).toEqual([]);
  });
});

describe('an answer', () => {
  const contact = (id: string, active: boolean) => ({
    id,
    name: id,
    active,
    emails: ['A@x.example'],
  });

  it('is normalised, and records that have none of the keys are ignored', async () => {
    erp.answer = answering({
      records: [
        order('O1', {
          number: 'AB‑1000',
          emails: ['Max <KONTAKT@Wäber.example>'],
          own: { any: 1 },
        }),
        order('O2', { emails: ['other@x.example'], references: ['AB-999'] }),
      ],
      page: 1,
    });
    const { directory } = asking(erp.url);
    const asked = question({
      addresses: ['kontakt@xn--wber-loa.example'],
      references: ['ab-1000'],
    });
    const { byAddress, records } = await directory.trade('order', asked);
    expect([...byAddress.keys()]).toEqual(['kontakt@xn--wber-loa.example']);
    expect([...records.keys()]).toEqual(['O1']);
  });

  it('may leave out records of a key that it names: then these are not all', async () => {
    erp.answer = recordLookUp({ token: TOKEN, limit: 2 });
    const { directory } = asking(erp.url);
    const asked = question({
      addresses: ['einkauf@maier.example'],
      references: ['k-1002', 'ab-500'],
    });
    const { byAddress } = await directory.trade('order', asked);
    expect(byAddress.get('einkauf@maier.example')).toEqual({
      ids: ['O02', 'O03', 'O11'],
      isComplete: false,
      // a number with all its records counts, the other one does not
      confirmed: [{ reference: 'ab-500', id: 'O11' }],
    });
  });

  it('is followed to 50 records of an address and 100 of a number', async () => {
    const records = many(150, 'O').map((id, index) =>
      order(id, { emails: index < 51 ? ['a@x.example'] : [], references: ['k-1'] }),
    );
    erp.answer = answering({ records });
    const { directory } = asking(erp.url);
    const { found } = await directory.findTrade('order', question({ addresses: ['a@x.example'] }));
    expect([found.records.length, [...found.unfinishedAddresses]]).toEqual([50, ['a@x.example']]);
    const numbers = await directory.findTrade('order', question({ references: ['k-1'] }));
    expect(numbers.found.records).toHaveLength(100);
    expect([...numbers.found.unfinishedReferences]).toEqual(['k-1']);
  });

  it('names active contacts first', async () => {
    const inactive = many(60, 'C').map((id) => contact(id, false));
    erp.answer = answering({ records: [...inactive, contact('Z', true)] });
    const answers = await asking(erp.url).directory.contacts(['a@x.example']);
    const { contacts, isComplete } = answers.get('a@x.example')!;
    expect([contacts.length, contacts[0]?.id, isComplete]).toEqual([50, 'Z', false]);
  });
});

describe('an answer is used again', () => {
  const both = question({ addresses: ['info@huber.example', 'einkauf@maier.example'] });

  it('for as long as the settings say, and only what is missing is asked', async () => {
    const made = asking(erp.url, { cacheSeconds: 30 });
    await made.directory.trade('order', question({ addresses: ['info@huber.example'] }));
    made.elapsedMs += 20_000;
    const second = await made.directory.trade('order', both);
    expect(erp.asked[1]).toMatchObject({ addresses: ['einkauf@maier.example'] });
    expect([...second.byAddress.keys()].sort()).toEqual([...both.addresses].sort());
    made.elapsedMs += 10_001;
    await made.directory.trade('order', both);
    expect(erp.asked.slice(2)).toMatchObject([{ addresses: ['info@huber.example'] }]);
    await made.directory.trade('offer', question({ addresses: ['info@huber.example'] }));
    expect(erp.asked[3]).toMatchObject({ type: 'offers' });
  });

  it('and a record stands as it was told last', async () => {
    const made = asking(erp.url);
    const emails = ['a@x.example', 'b@x.example'];
    erp.answer = answering({ records: [order('O1', { emails, number: 'old' })] });
    await made.directory.trade('order', question({ addresses: ['b@x.example'] }));
    made.elapsedMs += 1000;
    erp.answer = answering({ records: [order('O1', { emails, number: 'new' })] });
    await made.directory.trade('order', question({ addresses: ['a@x.example'] }));
    const asked = question({ addresses: ['a@x.example', 'b@x.example'] });
    const { records } = await made.directory.trade('order', asked);
    expect([erp.asked.length, records.get('O1')?.number]).toEqual([2, 'new']);
  });

  it('not at all with 0 seconds, nor after the settings changed', async () => {
    const made = asking(erp.url, { cacheSeconds: 0 });
    await made.directory.contacts(['info@huber.example']);
    await made.directory.contacts(['info@huber.example']);
    expect(erp.asked).toHaveLength(2);
    made.settings = { ...made.settings, cacheSeconds: 30, revision: 2 };
    await made.directory.contacts(['info@huber.example']);
    await made.directory.contacts(['info@huber.example']);
    expect(erp.asked).toHaveLength(3);
    made.settings = { ...made.settings, revision: 3 };
    await made.directory.contacts(['info@huber.example']);
    expect(erp.asked).toHaveLength(4);
  });

  it('by all who ask while it is under way, failures too', async () => {
    const { directory } = asking(erp.url, { cacheSeconds: 0 });
    const answers = await Promise.all([1, 2, 3].map(() => directory.trade('order', both)));
    expect(erp.asked).toHaveLength(1);
    expect(answers.map(({ byAddress }) => byAddress.size)).toEqual([2, 2, 2]);
    erp.answer = answering({}, 500);
    const failed = await Promise.allSettled([1, 2].map(() => directory.trade('order', both)));
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(erp.asked).toHaveLength(2);
  });

  it('but never a failure', async () => {
    const { directory } = asking(erp.url);
    const { answer } = erp;
    erp.answer = answering({}, 503);
    await expect(directory.contacts(['nur@kontakt.example'])).rejects.toThrow();
    erp.answer = answer;
    expect((await directory.contacts(['nur@kontakt.example'])).size).toBe(1);
  });
});

describe('an ERP that does not answer', () => {
  const reasonOf = (promise: Promise<unknown>) =>
    promise.then(
      () => null,
      (error: unknown) => (error as BridgeFailure).params['reason'],
    );

  it('is left alone for ten seconds after five failures, and then asked by one', async () => {
    const made = asking(erp.url, { timeoutMs: 500 });
    const ask = (address = 'info@huber.example') => reasonOf(made.directory.contacts([address]));
    const { answer } = erp;
    erp.answer = () => undefined;
    const slow = ['a', 'b', 'c', 'd', 'e'].map((name) => ask(`${name}@x.example`));
    expect(new Set(await Promise.all(slow))).toEqual(new Set(['tooSlow']));
    expect(made.log()).toContain('not asked for a while');
    expect(await ask()).toBe('tooSlow');
    made.elapsedMs += 9_999;
    expect(await ask()).toBe('tooSlow');
    expect(erp.asked).toHaveLength(5);

    made.elapsedMs += 1;
    const trial = ask('trial@x.example');
    await waitFor(() => erp.asked.length === 6);
    const others = await Promise.race([ask(), trial.then(() => 'waited')]);
    expect([others, await trial, erp.asked.length]).toEqual(['tooSlow', 'tooSlow', 6]);
    expect([await ask(), erp.asked.length]).toEqual(['tooSlow', 6]);

    made.elapsedMs += 10_000;
    erp.answer = answer;
    expect([await ask('trial@x.example'), await ask()]).toEqual([null, null]);
    expect(erp.asked).toHaveLength(8);
  });

  it('four times and then does is never left alone', async () => {
    const { directory } = asking(erp.url, { cacheSeconds: 0 });
    const { answer } = erp;
    for (let round = 0; round < 3; round += 1) {
      erp.answer = answering({}, 500);
      for (let count = 0; count < 4; count += 1)
        await reasonOf(directory.contacts(['info@huber.example']));
      erp.answer = answer;
      expect(await reasonOf(directory.contacts(['info@huber.example']))).toBeNull();
    }
    expect(erp.asked).toHaveLength(15);
  });
});
