import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { Pop3Delete } from '../../../src/greyhound/index.js';
import type { Arming } from '../../../src/platform/arming.js';
import { SettableArming } from '../../support/settable-arming.js';
import { waitFor } from '../../support/wait-for.js';
import { RunningArchive } from './running-archive.js';
import { ScriptedPop3 } from './scripted-pop3.js';

const mail = (name: string, body = `Text of ${name}\r\n`) => ({
  uidl: `u-${name}`,
  bytes: Buffer.from(`From: k@example.test\r\nSubject: ${name}\r\n\r\n${body}`),
});
const LONG = 'a line of a long mail\r\n'.repeat(130_000);

let server: ScriptedPop3;
let archive: RunningArchive;
beforeEach(async () => {
  server = await ScriptedPop3.start([mail('first'), mail('second'), mail('long', LONG)]);
});
afterEach(async () => {
  await archive.close();
  await server.stop();
});

async function fetchedWithoutDeletion(arming?: Arming): Promise<number> {
  archive = await RunningArchive.open(arming === undefined ? {} : { arming });
  const id = await archive.addPop3({ Username: 'u', Password: 'p', Port: server.port });
  await archive.waitForItems(3);
  await archive.fetchNow(id);
  return id;
}

/** What happens to the stored bytes behind the archive's back. */
function damage(statement: string): void {
  const database = new Database(`${archive.dataDir}/raw.db`);
  database.pragma('foreign_keys = ON');
  expect(database.prepare(statement).run().changes).toBe(1);
  database.close();
}

const FLIPPED_SHORT = `update raw_chunks set bytes = cast(replace(bytes, 'first', 'fir5t') as blob)
  where instr(bytes, 'Subject: first') > 0`;
const FLIPPED_LONG = `update raw_chunks set bytes = cast(replace(bytes, 'long', 'lOng') as blob)
  where number = 2`;
const GONE = `delete from raw_mails where id =
  (select mail_id from raw_chunks where instr(bytes, 'Subject: second') > 0)`;

describe('deletion on the server', () => {
  it.each([
    ['a byte of a short mail was flipped', FLIPPED_SHORT],
    ['a byte in the third MiB of a long mail was flipped', FLIPPED_LONG],
    ['the bytes of a mail are gone', GONE],
  ])('puts the bytes right from the server before it deletes: %s', async (_what, statement) => {
    const id = await fetchedWithoutDeletion();
    damage(statement);
    const originals = server.mails.map(({ bytes }) => bytes);
    const asked = server.retrievals;
    await archive.changePop3(id, { Delete: Pop3Delete.pdYes });
    await waitFor(() => server.mails.length === 0);
    expect(server.retrievals).toBe(asked + 1);
    const items = await archive.list();
    expect(items).toHaveLength(3);
    for (const [at, { ID }] of items.entries())
      expect((await archive.original(ID)).equals(originals[at] ?? Buffer.alloc(0))).toBe(true);
  });

  it('leaves a mail there whose stored bytes are damaged and cannot be had again, and says so', async () => {
    const id = await fetchedWithoutDeletion();
    damage(FLIPPED_SHORT);
    server.mails = server.mails.map((one) =>
      one.uidl === 'u-first' ? { ...mail('other'), uidl: one.uidl } : one,
    );
    await archive.changePop3(id, { Delete: Pop3Delete.pdYes });
    await waitFor(() => server.mails.length === 1);
    await archive.fetchNow(id);
    expect(server.mails.map(({ uidl }) => uidl)).toEqual(['u-first']);
    const [completeness] = await archive.client.mailBridge.GetCompletenessList();
    expect(completeness).toMatchObject({ AccountRef: id, OnServer: 1, Damaged: 1 });
  });

  it('deletes nothing while the archive is disarmed, and goes on fetching', async () => {
    const arming = new SettableArming('restored');
    const id = await fetchedWithoutDeletion(arming);
    await archive.changePop3(id, { Delete: Pop3Delete.pdYes });
    server.mails = [...server.mails, mail('later')];
    await archive.fetchNow(id);
    await archive.waitForItems(4);
    expect(server.mails).toHaveLength(4);
    await arming.arm();
    await archive.fetchNow(id);
    expect(server.mails).toHaveLength(0);
  });
});
