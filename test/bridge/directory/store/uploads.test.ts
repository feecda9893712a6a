/** What pushing leaves behind: uploads that go on after any interruption, replacements that nobody sees half done. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { DIRECTORY_DATABASE } from '../../../../src/bridge/directory/store/schema.js';
import { waitFor } from '../../../support/wait-for.js';
import { bodyOf, contact, order, StoreUnderTest } from './store-under-test.js';

let under: StoreUnderTest;
beforeEach(async () => (under = await StoreUnderTest.open()));
afterEach(() => under.close());

const orders = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) =>
    order(`o${from + index}`, [`k${from + index}@x.example`], [`RE-${from + index}`]),
  );

const count = async () => (await under.store.records.summary('order')).count;
const upload = (name = 'u') => under.store.records.upload('order', name);

/** Rows of a table, read past the store. */
function rows(table: string): unknown[] {
  const database = new Database(`${under.dataDir}/${DIRECTORY_DATABASE}`, { readonly: true });
  try {
    return database.prepare(`select * from ${table}`).all();
  } finally {
    database.close();
  }
}

describe('a plain push', () => {
  it('tells what it did', async () => {
    const lines = [contact('1', ['keine', 'a@x.example']), '', { id: '2', deleted: true }];
    expect(await under.push('contact', lines)).toEqual({
      lines: 3,
      upserted: 1,
      deleted: 1,
      warnings: { count: 1, first: [{ line: 1, field: 'emails.0', code: 'addressUnusable' }] },
      upload: null,
    });
    expect(await under.store.records.summary('contact')).toEqual({
      count: 1,
      lastPushedAt: under.now,
    });
    expect(await under.store.records.record('contact', '1')).toEqual(lines[0]);
  });

  it('shows the first 20 warnings and counts them all', async () => {
    const { warnings } = await under.push(
      'contact',
      Array.from({ length: 30 }, (_, index) => contact(String(index), ['-', '-'])),
    );
    expect(warnings.count).toBe(60);
    expect(warnings.first).toHaveLength(20);
    expect(warnings.first.at(-1)).toMatchObject({ line: 10, field: 'emails.1' });
  });

  it('takes the last line of a record that comes several times', async () => {
    await under.push('order', [order('1', []), { id: '1', deleted: true }, order('1', ['a@x.de'])]);
    expect(await under.store.records.record('order', '1')).toEqual(order('1', ['a@x.de']));
    expect(await count()).toBe(1);
    await under.push('order', [order('1', []), { id: '1', deleted: true }]);
    expect(await under.store.records.record('order', '1')).toBeNull();
    expect(await count()).toBe(0);
  });

  it('stores what came before a bad line, and names the line', async () => {
    const lines = [...orders(1, 6000), { ...order('x', []), colour: 'red' }, ...orders(6001, 6002)];
    await expect(under.push('order', lines)).rejects.toMatchObject({
      code: 'directoryLineInvalid',
      field: 'colour',
      params: { line: 6001, stored: 6000 },
    });
    expect(await count()).toBe(6000);
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '{"id":"1"', 'line'],
    ['no object', '7', 'line'],
    ['no id', { emails: [] }, 'id'],
    ['an empty id', { id: '' }, 'id'],
    ['a control character in the id', { id: 'a\tb' }, 'id'],
    ['a long id', { id: 'x'.repeat(201) }, 'id'],
    ['a number that is none', { id: '1', number: 7 }, 'number'],
    ['too many references', { id: '1', references: Array(201).fill('RE-1') }, 'references'],
    ['an e-mail that is no text', { id: '1', emails: [null] }, 'emails.0'],
    ['an unknown field', { id: '1', offerIDs: [] }, 'offerIDs'],
    ['a deletion with more', { id: '1', deleted: true, number: '7' }, 'number'],
    ['a deletion that is none', { id: '1', deleted: false }, 'deleted'],
    ['a line of 2 MB', `{"id":"${'x'.repeat(2_000_000)}"}`, 'line'],
  ])('refuses %s', async (_, line, field) => {
    await expect(under.push('order', [line])).rejects.toMatchObject({
      code: 'directoryLineInvalid',
      field,
      params: { line: 1, stored: 0 },
    });
  });

  it('leaves the same rows behind as a push of the last state alone', () =>
    fc.assert(
      fc.asyncProperty(fc.array(someLines, { minLength: 1, maxLength: 4 }), async (pushes) => {
        const last = new Map<string, object>();
        await under.push('contact', [], { name: String(Math.random()), mode: 'replace' });
        for (const lines of pushes) {
          await under.push('contact', lines);
          for (const line of lines) {
            if ('deleted' in line) last.delete(line.id);
            else last.set(line.id, line);
          }
        }
        const step = { name: String(Math.random()), mode: 'replace' } as const;
        const byHand = found();
        await under.push('contact', [...last.values()], step);
        expect(byHand).toEqual(found());
        expect((await under.store.records.summary('contact')).count).toBe(last.size);
      }),
      { numRuns: 40 },
    ));
});

const someLines = fc.array(
  fc
    .record({
      id: fc.constantFrom('1', '2', '3', '4'),
      isRemoval: fc.boolean(),
      active: fc.boolean(),
      emails: fc.subarray(['a@x.example', 'b@x.example', 'c@x.example']),
    })
    .map(({ id, isRemoval, active, emails }) =>
      isRemoval ? { id, deleted: true } : contact(id, emails, active),
    ),
  { maxLength: 6 },
);

/** Address, rank and id of every look-up row of the current set of contacts. */
function found(): unknown[] {
  const database = new Database(`${under.dataDir}/${DIRECTORY_DATABASE}`, { readonly: true });
  try {
    return database
      .prepare(
        `select address, rank, record.id from record_address
           left join record on record.key = record_address.record
           join record_set on record_set.id = record_address.set_id
         where state = 'current' and type = 'contact' order by address, record.id`,
      )
      .all();
  } finally {
    database.close();
  }
}

describe('an upload with a name', () => {
  it('goes on from the line that it is told, and skips what is stored', async () => {
    await under.push('order', orders(1, 3), { hasMore: true });
    expect(await upload()).toMatchObject({ lines: 3, state: 'open', mode: 'upsert' });
    const outcome = await under.push('order', orders(2, 6), { fromLine: 2 });
    expect(outcome).toMatchObject({
      lines: 5,
      upserted: 3,
      upload: { name: 'u', lines: 6, state: 'complete', mode: 'upsert' },
    });
    expect(await count()).toBe(6);
  });

  it.each<[string, number | null, number]>([
    ['a gap', 5, 4],
    ['not saying where it goes on', null, 4],
  ])('is refused for %s', async (_, fromLine, expected) => {
    await under.push('order', orders(1, 3), { hasMore: true });
    await expect(under.push('order', orders(4, 6), { fromLine })).rejects.toMatchObject({
      code: 'uploadOutOfStep',
      params: { expected },
    });
    expect(await count()).toBe(3);
  });

  it('that nobody began is begun with its first line', async () => {
    const pushing = under.push('order', orders(1, 3), { fromLine: 2 });
    await expect(pushing).rejects.toMatchObject({
      code: 'uploadOutOfStep',
      params: { expected: 1 },
    });
  });

  it('keeps its mode', async () => {
    await under.push('order', orders(1, 3), { hasMore: true });
    const pushing = under.push('order', orders(4, 4), { fromLine: 4, mode: 'replace' });
    await expect(pushing).rejects.toMatchObject({ code: 'invalidRequest', field: 'mode' });
  });

  it('whose last answer was lost can be sent once more', async () => {
    await under.push('order', orders(1, 3), { hasMore: true });
    await under.push('order', orders(4, 6), { fromLine: 4 });
    const again = await under.push('order', orders(4, 6), { fromLine: 4 });
    expect(again).toMatchObject({ lines: 3, upserted: 0, upload: { lines: 6, state: 'complete' } });
    await expect(under.push('order', orders(4, 7), { fromLine: 4 })).rejects.toMatchObject({
      code: 'uploadOutOfStep',
      params: { expected: 1 },
    });
  });

  it('that is complete begins anew under its name', async () => {
    await under.push('order', orders(1, 3), {});
    const outcome = await under.push('order', orders(1, 2), { mode: 'replace' });
    expect(outcome.upload).toMatchObject({ lines: 2, mode: 'replace', state: 'complete' });
    expect(await count()).toBe(2);
  });

  it('has one request at a time', async () => {
    let end: () => void = () => undefined;
    const held = (async function* () {
      yield Buffer.from(`${JSON.stringify(order('1', []))}\n`);
      await new Promise<void>((resolve) => (end = resolve));
    })();
    const step = { name: 'u', fromLine: null, mode: null, hasMore: false };
    const first = under.store.push({ type: 'order', upload: step }, held);
    await waitFor(async () => (await upload()) !== null);
    await expect(under.push('order', orders(1, 1), {})).rejects.toMatchObject({
      code: 'uploadBusy',
    });
    expect(await under.push('order', orders(5, 5), { name: 'other' })).toMatchObject({ lines: 1 });
    expect(await under.push('contact', [], {})).toMatchObject({ lines: 0 });
    end();
    expect((await first).upload?.state).toBe('complete');
  });

  it('keeps every whole line when its body breaks off, and goes on from there', async () => {
    const broken = (async function* () {
      for await (const chunk of bodyOf(orders(1, 6000))) yield chunk as Buffer;
      yield Buffer.from('{"id":"half"}');
      throw new Error('the connection is gone');
    })();
    const step = { name: 'u', fromLine: null, mode: null, hasMore: false };
    const pushing = under.store.push({ type: 'order', upload: step }, broken);
    await expect(pushing).rejects.toThrow('the connection is gone');
    const lines = (await upload())?.lines ?? 0;
    expect(lines).toBe(6000);
    expect(await count()).toBe(6000);
    await under.reopen();
    await under.push('order', orders(lines + 1, 7000), { fromLine: lines + 1 });
    expect(await count()).toBe(7000);
  });
});

describe('a replacement', () => {
  const replace = { name: 'r', mode: 'replace' } as const;
  const ids = async () =>
    (
      await under.store.directory.existing(
        [1, 2, 3, 4].map((id) => ({ type: 'order', id: `o${id}` }) as const),
      )
    )
      .map(({ id }) => id)
      .sort();

  it('is seen when its last request has ended, and then alone', async () => {
    await under.push('order', orders(1, 2));
    await under.push('order', orders(3, 3), { ...replace, hasMore: true });
    expect(await ids()).toEqual(['o1', 'o2']);
    await under.push('order', orders(4, 4), { ...replace, fromLine: 2 });
    expect(await ids()).toEqual(['o3', 'o4']);
    expect(await count()).toBe(2);
  });

  it('with a bad line changes nothing, until it was gone on with', async () => {
    await under.push('order', orders(1, 2));
    const pushing = under.push('order', [...orders(3, 3), {}, ...orders(4, 4)], replace);
    await expect(pushing).rejects.toMatchObject({ params: { line: 2, stored: 1 } });
    expect(await ids()).toEqual(['o1', 'o2']);
    await under.push('order', orders(4, 4), { ...replace, fromLine: 2 });
    expect(await ids()).toEqual(['o3', 'o4']);
  });

  it('without a line leaves none', async () => {
    await under.push('order', orders(1, 2));
    await under.push('order', [], replace);
    expect(await ids()).toEqual([]);
  });

  it('removes the rows of what it replaced, also after a restart', async () => {
    await under.push('order', orders(1, 12_000));
    await under.push('order', orders(1, 1), replace);
    await under.reopen();
    await waitFor(() => rows('record_set').length === 1);
    expect(
      ['record', 'record_address', 'record_reference'].map((table) => rows(table).length),
    ).toEqual([1, 1, 1]);
  });

  it('that nobody goes on with for a day is given up', async () => {
    await under.push('order', orders(1, 3), { ...replace, hasMore: true });
    under.now = new Date(under.now.getTime() + 23 * 3_600_000);
    await under.reopen();
    expect(await upload('r')).toMatchObject({ lines: 3 });
    under.now = new Date(under.now.getTime() + 3_600_000);
    await under.reopen();
    await waitFor(() => rows('record_set').length === 0);
    expect(await upload('r')).toBeNull();
    expect(rows('record')).toEqual([]);
  });
});

describe('the store', () => {
  it('ends within two seconds although a body hangs', async () => {
    const hanging = (async function* () {
      yield Buffer.from(`${JSON.stringify(order('1', []))}\n`);
      await new Promise(() => undefined);
    })();
    const pushing = under.store.push({ type: 'order', upload: null }, hanging);
    const failed = expect(pushing).rejects.toThrow('closed');
    const startedAt = performance.now();
    await under.reopen();
    await failed;
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('removes a record once, and then there is none', async () => {
    await under.push('order', orders(1, 2));
    await under.store.remove('order', 'o1');
    await under.store.remove('order', 'o1');
    await under.store.remove('offer', 'o1');
    expect(await count()).toBe(1);
    expect(rows('record_address')).toHaveLength(1);
    expect(rows('record_reference')).toHaveLength(1);
  });

  it('logs nothing of what was pushed', async () => {
    await under.push('order', [order('geheim-1', ['geheim@x.example'])]);
    await expect(under.push('order', [{ id: 'geheim-2', geheim: 1 }])).rejects.toThrow();
    expect(under.log.join('')).not.toContain('geheim');
  });
});
