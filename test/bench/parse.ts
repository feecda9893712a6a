/**
 * Parsing beside fetching: mails of 10 KB from Dovecot, from the account's activation until text and attachments of
 * the last one are stored, and until it can be found by them.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { makeMessage } from '../../fixtures/messages/index.js';
import { startDovecot } from '../../fixtures/servers/dovecot.js';
import { archiveFile } from '../../src/archive/store/database.js';
import { ParseState } from '../../src/archive/store/mail-schema.js';
import { ARCHIVE_FOLDER } from '../../src/data-folder.js';
import { activate, createAccount } from './account.js';
import { startProduct, type Product } from './product.js';
import { median, type Figure } from './report.js';

const COUNT = 10_000;
const SIZE_BYTES = 10_000;
const ROUNDS = 3;
const user = { address: 'bench@example.test', password: 'bench-secret' };

export async function benchParse(): Promise<Figure[]> {
  const dovecot = await startDovecot({ users: [user] });
  try {
    for (let index = 0; index < COUNT; index += 1)
      await dovecot.deliver(user.address, makeMessage({ index, sizeBytes: SIZE_BYTES }));
    const rounds: { parsed: number; indexed: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const product = await startProduct(dovecot.caCertificate);
      rounds.push(await ratesOf(product, dovecot.pop3Port).finally(() => product.stop()));
    }
    return [
      {
        name: 'mails of 10 KB fetched and parsed',
        value: median(rounds.map(({ parsed }) => parsed)),
        unit: 'mails/s',
        limit: 1000,
      },
      {
        name: '… and indexed',
        value: median(rounds.map(({ indexed }) => indexed)),
        unit: 'mails/s',
        limit: null,
      },
    ];
  } finally {
    await dovecot.stop();
  }
}

async function ratesOf(
  product: Product,
  port: number,
): Promise<{ parsed: number; indexed: number }> {
  const id = await createAccount(product.archive, port, user);
  const database = new Database(archiveFile(join(product.dataDir, ARCHIVE_FOLDER)), {
    readonly: true,
  });
  // questions that cost nothing: the servers and the product share two cores with them
  const last = database.prepare<[], number | null>('select max(id) from items').pluck();
  const ask = (from: string) =>
    database.prepare<[], number>(`select exists (select 1 from ${from})`).pluck();
  const isUnparsed = ask(`items where parse_state = ${String(ParseState.open)}`);
  const isPending = ask('search_pending');
  try {
    const startedAt = performance.now();
    const rateNow = () => COUNT / ((performance.now() - startedAt) / 1000);
    await activate(product.archive, id);
    while (last.get() !== COUNT || isUnparsed.get() === 1) await sleep(20);
    const parsed = rateNow();
    while (isPending.get() === 1) await sleep(20);
    return { parsed, indexed: rateNow() };
  } finally {
    database.close();
  }
}
