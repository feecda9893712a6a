import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Kysely } from 'kysely';
import { messageIdOf } from '../../../src/bridge/messages/tracking-mark.js';
import { TrackingMarks } from '../../../src/bridge/messages/tracking-marks.js';
import {
  trackingMigrations,
  type TrackingSchema,
} from '../../../src/bridge/messages/tracking-schema.js';
import { systemClock } from '../../../src/platform/clock.js';
import { openSqlite } from '../../../src/platform/database.js';
import { createLogger } from '../../../src/platform/log.js';
import { Vault } from '../../../src/platform/vault.js';

let database: Kysely<TrackingSchema>;
let isOn: boolean;
let log: string[];
const vault = new Vault([Vault.newKey()]);
beforeEach(async () => {
  [isOn, log] = [true, []];
  database = await openSqlite<TrackingSchema>(':memory:', trackingMigrations);
});
afterEach(() => database.destroy());

const marksOf = (installationId = 'one') =>
  new TrackingMarks({
    archiveId: () => Promise.resolve('embedded'),
    database,
    vault,
    installationId,
    clock: systemClock,
    logger: createLogger('trace', { write: (line) => void log.push(line) }),
    isOn: () => Promise.resolve(isOn),
  });
async function sent(marks: TrackingMarks, messageId: number, marker?: string): Promise<string> {
  const mark = (await marks.next(marker))!;
  await marks.remember(mark, messageId);
  return messageIdOf(mark, 'shop@example.test');
}

describe('marked messages', () => {
  it('are found by the marks of an answer, latest first, each once', async () => {
    const marks = marksOf();
    const [first, second] = [await sent(marks, 11), await sent(marks, 12)];
    const header = `References: ${first} <foreign@example.net>\r\n ${second}\r\nIn-Reply-To: ${second}`;
    expect(await marks.markedMessages(header)).toEqual([12, 11]);
    expect(await marks.markedMessages(`References: ${first}`)).toEqual([11]);
  });

  it('are none for marks that are forged, or were never remembered', async () => {
    const marks = marksOf();
    const known = await sent(marks, 11);
    const forged = known.replace(/\.[0-9a-f]{24}\./, `.${'0'.repeat(24)}.`);
    const forgotten = messageIdOf((await marks.next(undefined))!, 'shop@example.test');
    expect(await marks.markedMessages(`References: ${forged} ${forgotten}`)).toEqual([]);
    expect(await marks.markedMessages('')).toEqual([]);
  });

  it('are those of the own installation', async () => {
    const theirs = await sent(marksOf('two'), 12);
    const mine = await sent(marksOf(), 11);
    const header = `References: ${mine} ${theirs}`;
    expect(await marksOf().markedMessages(header)).toEqual([11]);
    expect(await marksOf('two').markedMessages(header)).toEqual([12]);
    expect(await marksOf('three').markedMessages(header)).toEqual([]);
  });

  it('are still found after a restart, and when the policy was switched off', async () => {
    const known = await sent(marksOf(), 11);
    isOn = false;
    expect(await marksOf().markedMessages(`In-Reply-To: ${known}`)).toEqual([11]);
  });
});

describe('the mark of the next message', () => {
  it('is none while the policy is off, and then no key is made', async () => {
    isOn = false;
    expect(await marksOf().next('request')).toBeNull();
    expect(await database.selectFrom('tracking_key').selectAll().execute()).toEqual([]);
  });

  it('is signed with one key, also when several are sent first', async () => {
    const ids = await Promise.all([11, 12, 13].map((messageId) => sent(marksOf(), messageId)));
    expect(await marksOf().markedMessages(`References: ${ids.join(' ')}`)).toEqual([13, 12, 11]);
  });

  it('is the same for a repeated request, and stands for its latest message', async () => {
    const first = await sent(marksOf(), 11, 'request');
    expect(await sent(marksOf(), 11, 'request')).toBe(first);
    expect(await sent(marksOf(), 14, 'request')).toBe(first);
    expect(await marksOf().markedMessages(`References: ${first}`)).toEqual([14]);
  });

  it('is made with a key that is sealed', async () => {
    await sent(marksOf(), 11);
    const [row] = await database.selectFrom('tracking_key').selectAll().execute();
    expect(row!.sealed).toMatch(/^v1\./);
    const stranger = new Vault([Vault.newKey()]);
    const place = { owner: 'one', record: 'tracking_key', field: 'key' };
    expect(() => stranger.open(row!.sealed, place)).toThrow();
    expect(Buffer.from(vault.open(row!.sealed, place), 'base64')).toHaveLength(32);
  });

  it('that cannot be kept fails no sending, but is logged', async () => {
    const marks = marksOf();
    const mark = (await marks.next(undefined))!;
    await database.schema.dropTable('tracked_message').execute();
    await marks.remember(mark, 11);
    expect(log.join('')).toContain('"messageId":11');
    expect(log.join('')).not.toContain(mark.signature);
    await database.schema.createTable('tracked_message').addColumn('x', 'text').execute();
  });
});
