import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openArchiveDatabase, type ArchiveDatabase } from '../../../src/archive/store/database.js';
import { assignThreads } from '../../../src/archive/store/mail-threads.js';

let database: ArchiveDatabase;
beforeEach(async () => {
  database = await openArchiveDatabase(':memory:');
  for (const name of ['a', 'b'])
    await database.insertInto('realms').values({ name, created: '2026-01-01' }).execute();
});
afterEach(() => database.destroy());

let lastFallback = 0;
const mail = (messageId: string, ...references: string[]) => ({
  messageId,
  references,
  fallback: `hash-${(lastFallback += 1)}`,
});

/** @returns for each mail the index of the first mail of its conversation, after all were stored */
async function conversations(
  groups: readonly (readonly ReturnType<typeof mail>[])[],
): Promise<number[]> {
  for (const group of groups)
    await database.transaction().execute((transaction) => assignThreads(transaction, 1, group));
  // asked again: what is known by now
  const mails = groups.flat();
  const threads = await database
    .transaction()
    .execute((transaction) => assignThreads(transaction, 1, mails));
  return threads.map((thread) => threads.indexOf(thread));
}

describe('assignThreads', () => {
  it.each([
    ['a reply to its parent', [[mail('1')], [mail('2', '1')]], [0, 0]],
    ['a reply that comes before its parent', [[mail('2', '1')], [mail('1')]], [0, 0]],
    ['two replies before their parent', [[mail('2', '1'), mail('3', '1')], [mail('1')]], [0, 0, 0]],
    ['strangers', [[mail('1'), mail('2')]], [0, 1]],
    ['two replies to a mail that never comes', [[mail('2', '1')], [mail('3', '1')]], [0, 0]],
    [
      'two conversations that a later mail joins',
      [[mail('1')], [mail('2')], [mail('3', '1', '2')]],
      [0, 0, 0],
    ],
    [
      'a chain that arrives backwards in one group',
      [[mail('3', '2'), mail('2', '1'), mail('1')]],
      [0, 0, 0],
    ],
    ['mails without Message-ID', [[mail(''), mail('')]], [0, 1]],
  ])('puts together %s', async (_what, groups, expected) => {
    expect(await conversations(groups)).toEqual(expected);
  });

  it('does not connect realms', async () => {
    const assign = (realm: number) =>
      database
        .transaction()
        .execute((transaction) => assignThreads(transaction, realm, [mail(`own-${realm}`, 'x')]));
    await assign(1);
    await assign(2);
    const rows = await database.selectFrom('thread_references').selectAll().execute();
    expect(rows.filter(({ realm_id }) => realm_id === 2)).toHaveLength(2);
  });
});
