import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { indexText } from '../../../src/archive/search/folding.js';
import { hitsAmong } from '../../../src/archive/search/item-search.js';
import { searchQuery } from '../../../src/archive/search/search-query.js';
import { asSet, SearchField } from '../../../src/greyhound/index.js';
import { Searchable, type SearchableItem } from './searchable.js';

describe('what a search finds', () => {
  const items: Readonly<Record<string, SearchableItem>> = {
    müller: { address: 'Jörg Müller <j.mueller@huber-stahl.example>', subject: 'Größe' },
    mueller: { body: 'Grüße von Herrn Mueller aus der Groessenabteilung' },
    muller: { body: 'Ihr Muller' },
    invoice: { subject: 'Ihre Rechnungsnummer RE-4711', body: 'zur Bestellung AB-2024/0815' },
    spaced: { body: 'Auftrag AB 2024 0815 ist fertig' },
    parts: { body: 'Bauelemente, neue Steuererklärung, aktuell, Quelle, Straße' },
    french: { body: 'Café Zoë, naïve Åse' },
    phrase: { body: 'Die neue\r\nRechnung kommt.' },
    phraseless: { body: 'Eine Rechnung über neue Ware' },
    file: { attachment: ['Lieferschein.txt', 'zwölf Paletten'] },
    marked: { number: 'K-99', remarks: 'Rückruf' },
    numbers: { body: '14711 x' },
  };
  let store: Searchable;
  const ids: Record<string, number> = {};
  beforeAll(async () => {
    store = await Searchable.open();
    for (const [name, item] of Object.entries(items)) ids[name] = await store.add(item);
    await store.indexed();
  });
  afterAll(() => store.close());

  it.each<[string, string[], number?]>([
    ['müller', ['müller', 'mueller', 'muller']],
    ['MUELLER', ['müller', 'mueller', 'muller']],
    ['muller', ['müller', 'mueller', 'muller']],
    ['grösse', ['müller', 'mueller']],
    ['Groesse', ['müller', 'mueller']],
    ['Strasse', ['parts']],
    ['rechnung', ['invoice', 'phrase', 'phraseless']],
    ['nummer', ['invoice']],
    ['nummern', []],
    ['elemente', ['parts']],
    ['Bauelemente', ['parts']],
    ['neuesteuer', []],
    ['neue Steuer', ['parts']],
    ['aktuell', ['parts']],
    ['tuelle', []],
    ['quelle', ['parts']],
    ['cafe zoe ase', ['french']],
    ['AB-2024/0815', ['invoice', 'spaced']],
    ['ab 2024', ['invoice', 'spaced']],
    ['2024/0815', ['invoice', 'spaced']],
    ['4711', ['invoice', 'numbers']],
    ['"4711"', ['invoice']],
    ['re-4711', ['invoice']],
    ['j.mueller@', ['müller']],
    ['huber-stahl.example', ['müller']],
    ['stahl.exam', ['müller']],
    ['@huber', ['müller']],
    ['Rechnung neue', ['phrase', 'phraseless']],
    ['"neue Rechnung"', ['phrase']],
    ['„neue Rechnung“ kommt', ['phrase']],
    ['"eue Rechnung"', []],
    ['"neue', ['parts', 'phrase', 'phraseless']],
    ['x', ['numbers']],
    ['re', ['invoice', 'phrase', 'phraseless']],
    ['paletten', ['file'], asSet(SearchField.sfAttachments)],
    ['lieferschein.txt', ['file'], asSet(SearchField.sfAttachments)],
    ['paletten', [], asSet(SearchField.sfData)],
    ['zwoelf', ['file']],
    ['müller', ['müller'], asSet(SearchField.sfAddress)],
    ['rechnung', ['invoice'], asSet(SearchField.sfSubject)],
    ['rechnung', ['phrase', 'phraseless'], asSet(SearchField.sfData)],
    ['k-99', ['marked'], asSet(SearchField.sfNumber)],
    ['rueckruf', ['marked'], asSet(SearchField.sfRemarks)],
    ['rueckruf', [], asSet(SearchField.sfNumber, SearchField.sfData)],
    ['rueckruf', [], asSet(SearchField.sfUserFields)],
    ['rueckruf', ['marked'], -1],
    ['rueckruf k-99', ['marked']],
    ['%', []],
    ['""', []],
    ['% rueckruf', ['marked']],
    ['NOT rechnung', []],
    ['rechnung OR nummer', []],
    ['rechn*', ['invoice', 'phrase', 'phraseless']],
    ['subject:rechnung', []],
    ['^rechnung', ['invoice', 'phrase', 'phraseless']],
  ])('%s', async (text, expected, fields = 0) => {
    const found = await store.search(text, fields);
    expect(found).toEqual([...found].sort((one, other) => other - one));
    expect(Object.keys(ids).filter((name) => found.includes(ids[name]!))).toEqual(expected);
  });

  it('refuses what is too long, naming the field', () => {
    expect(() => searchQuery('a'.repeat(1001), 0)).toThrow(/^SearchFor: /);
    expect(searchQuery(' \t ', 0)).toBeNull();
  });
});

describe('any text', () => {
  const word = fc.oneof(
    fc.constantFrom('ab', 'abc', 'Rechnung', 'nummer', 'Müller', 'mueller', 'ue', 'AND', 'neue'),
    fc.string({ unit: fc.constantFrom('a', 'b', 'u', 'e', 'ü', 'ß', '-', '"'), maxLength: 6 }),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  const text = fc
    .array(fc.tuple(word, fc.constantFrom('', ' ', ' ', '-', '\n')), { maxLength: 12 })
    .map((pieces) => pieces.flat().join(''));

  it('is a search, and finds what a look at every folded text finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ subject: text, body: text }), { minLength: 1, maxLength: 5 }),
        fc.array(text, { minLength: 1, maxLength: 5 }),
        async (items, searches) => {
          const store = await Searchable.open();
          const ids: number[] = [];
          for (const item of items) ids.push(await store.add(item));
          await store.indexed();
          for (const search of searches) {
            const query = searchQuery(search, 0);
            if (query === null) continue;
            const expected = ids.filter(
              (_, at) =>
                query.terms.length > 0 &&
                query.terms.every((spellings) =>
                  [items[at]!.subject, items[at]!.body].some((field) =>
                    spellings.some((one) => indexText(field).includes(one)),
                  ),
                ),
            );
            expect(await store.search(search)).toEqual(expected.reverse());
            expect([...(await hitsAmong(store.database, query, ids))].sort()).toEqual(
              expected.sort(),
            );
          }
          await store.close();
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('finds the text that it is taken from', async () => {
    const store = await Searchable.open();
    const letters = fc.string({
      unit: fc.constantFrom(...Array.from('aäeoöuüßqnrst0123456789')),
      minLength: 3,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(letters, letters, letters, async (before, wanted, after) => {
        const id = await store.add({ body: `vor ${before}${wanted}${after} nach` });
        await store.indexed();
        expect(await store.search(wanted)).toContain(id);
        expect(await store.search(wanted.toUpperCase())).toContain(id);
      }),
      { numRuns: 200 },
    );
    await store.close();
  }, 60_000);
});
