/**
 * 2,000 mails of 10 KB from Dovecot, against mpop writing a Maildir from the same mailbox in the same run, on
 * loopback and at a round trip of 10 ms.
 * stored: from the account's activation until the fetch has ended well (committed, synced, session closed).
 * listed: until the last of them stands in the list.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { makeMessage } from '../../fixtures/messages/index.js';
import { startDelayProxy } from '../../fixtures/servers/delay-proxy.js';
import { startDovecot, type Dovecot } from '../../fixtures/servers/dovecot.js';
import {
  asSet,
  AccountKind,
  ListValue,
  OrderBy,
  OrderDirection,
  RpcItemFilter,
} from '../../src/greyhound/index.js';
import { activate, createAccount } from './account.js';
import { startProduct, type Product } from './product.js';
import { median, type Figure } from './report.js';

const COUNT = 2000;
const SIZE_BYTES = 10_000;
const ROUNDS = 3;
const user = { address: 'bench@example.test', password: 'bench-secret' };

export async function benchFetch(): Promise<Figure[]> {
  const dovecot = await startDovecot({ users: [user] });
  try {
    for (let index = 0; index < COUNT; index += 1) {
      await dovecot.deliver(user.address, makeMessage({ index, sizeBytes: SIZE_BYTES }));
    }
    // one round uncounted, so that both find the files in the page cache and renamed
    await mpopSeconds(dovecot.pop3Port);
    const direct = await compare(dovecot, dovecot.pop3Port, 'loopback');
    const proxy = await startDelayProxy({ targetPort: dovecot.pop3Port, delayMs: 5 });
    const distant = await compare(dovecot, proxy.port, '10 ms round trip').finally(() =>
      proxy.stop(),
    );
    return [...direct, ...distant];
  } finally {
    await dovecot.stop();
  }
}

async function compare(dovecot: Dovecot, port: number, name: string): Promise<Figure[]> {
  const baseline: number[] = [];
  const stored: number[] = [];
  const listed: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    baseline.push(await mpopSeconds(port));
    const product = await startProduct(dovecot.caCertificate);
    const seconds = await fetchSeconds(product, port).finally(() => product.stop());
    stored.push(seconds.stored);
    listed.push(seconds.listed);
  }
  const mpop = median(baseline);
  return [
    { name: `fetch, ${name}: mpop into a maildir`, value: mpop, unit: 's', limit: null },
    { name: `fetch, ${name}: stored and durable`, value: median(stored), unit: 's', limit: null },
    { name: `fetch, ${name}: listed`, value: median(listed), unit: 's', limit: null },
    {
      name: `fetch, ${name}: stored, of mpop's time`,
      value: median(stored) / mpop,
      unit: 'x',
      limit: 0.5,
    },
    {
      name: `fetch, ${name}: listed, of mpop's time`,
      value: median(listed) / mpop,
      unit: 'x',
      limit: 1,
    },
  ];
}

/** pipelining on, no TLS, everything kept on the server */
async function mpopSeconds(port: number): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'mpop-bench-'));
  try {
    const maildir = join(directory, 'Maildir');
    for (const folder of ['cur', 'new', 'tmp'])
      await mkdir(join(maildir, folder), { recursive: true });
    const configuration = [
      'account default',
      'host 127.0.0.1',
      `port ${port}`,
      'tls off',
      'auth user',
      `user ${user.address}`,
      `password ${user.password}`,
      'keep on',
      'pipelining on',
      `uidls_file ${join(directory, 'uidls')}`,
      `delivery maildir ${maildir}`,
    ];
    const file = join(directory, 'mpoprc');
    await writeFile(file, configuration.join('\n'), { mode: 0o600 });
    const startedAt = performance.now();
    await promisify(execFile)('mpop', ['-q', `--file=${file}`]);
    return (performance.now() - startedAt) / 1000;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function fetchSeconds(
  product: Product,
  port: number,
): Promise<{ stored: number; listed: number }> {
  const id = await createAccount(product.archive, port, user);
  const startedAt = performance.now();
  const elapsed = (): number => (performance.now() - startedAt) / 1000;
  await activate(product.archive, id);
  while (!(await hasSucceeded(product, id))) await sleep(10);
  const stored = elapsed();
  while (!(await isListed(product))) await sleep(10);
  return { stored, listed: elapsed() };
}

async function hasSucceeded(product: Product, id: number): Promise<boolean> {
  const statuses = await product.archive.mailBridge.GetStatusList();
  const status = statuses.find(
    (entry) => entry.Kind === AccountKind.akPop3 && entry.AccountRef === id,
  );
  return status?.LastSuccess != null;
}

async function isListed(product: Product): Promise<boolean> {
  const last = await product.archive.items.GetList({
    Filter: RpcItemFilter.empty(),
    OrderBy: OrderBy.iobID,
    OrderDirection: OrderDirection.iodAscending,
    Offset: COUNT - 1,
    ListValues: asSet(ListValue.lvSubject),
    UserFields: [],
    OrderUserFieldRef: 0,
    ListValuesEx: 0,
  });
  return last.length > 0;
}
