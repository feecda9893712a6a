/**
 * Parsing beside fetching: mails of 10 KB from Dovecot, from the account's activation until text and attachments of
 * the last one are stored and searchable.
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

const COUNT = 5000;
const SIZE_BYTES = 10_000;
const ROUNDS = 3;
const user = { address: 'bench@example.test', password: 'bench-secret' };

export async function benchParse(): Promise<Figure[]> {
  const dovecot = await startDovecot({ users: [user] });
  try {
    for (let index = 0; index < COUNT; index += 1)
      await dovecot.deliver(user.address, makeMessage({ index, sizeBytes: SIZE_BYTES }));
    const rates: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const product = await startProduct(dovecot.caCertificate);
      const seconds = await parseSeconds(product, dovecot.pop3Port).finally(() => product.stop());
      rates.push(COUNT / seconds);
    }
    return [
      {
        name: 'mails of 10 KB fetched, parsed and indexed',
        value: median(rates),
        unit: 'mails/s',
        limit: 1000,
      },
    ];
  } finally {
    await dovecot.stop();
  }
}

async function parseSeconds(product: Product, port: number): Promise<number> {
  const id = await createAccount(product.archive, port, user);
  const database = new Database(archiveFile(join(product.dataDir, ARCHIVE_FOLDER)), {
    readonly: true,
  });
  const parsed = database
    .prepare<[number], number>('select count(*) from items where parse_state = ?')
    .pluck();
  try {
    const startedAt = performance.now();
    await activate(product.archive, id);
    while (parsed.get(ParseState.complete) !== COUNT) await sleep(50);
    return (performance.now() - startedAt) / 1000;
  } finally {
    database.close();
  }
}
