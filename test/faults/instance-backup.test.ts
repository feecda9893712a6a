/**
 * A backup that is taken while mails come and wait to leave is complete, and does nothing that cannot be taken back
 * until somebody confirms; a copied or set-back data folder likewise. Real processes, a real Dovecot.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { startDovecot, type Dovecot } from '../../fixtures/servers/dovecot.js';
import { makeCertificate } from '../mail/scripted-server.js';
import { compileSource, type CompiledSource } from '../support/compiled-source.js';
import { ProductProcess } from '../support/product-process.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.js';
import { waitFor } from '../support/wait-for.js';
import { extent, report } from './extent.js';
import { StoppingSmtp } from './stopping-smtp.js';

const MAILS = extent({ short: 1200, full: 10_000 });
const OUTGOING = 3;
const address = 'laden@example.test';
const password = 'Geheim!42';

let source: CompiledSource;
let dovecot: Dovecot;
let smtp: StoppingSmtp;
let directory: TemporaryDirectory;
let product: ProductProcess;
const started: ProductProcess[] = [];

beforeAll(async () => {
  source = await compileSource();
  dovecot = await startDovecot({ users: [{ address, password }] });
  smtp = await StoppingSmtp.start(makeCertificate('IP:127.0.0.1'));
  directory = await makeTemporaryDirectory();
  product = await open();
}, 120_000);
afterAll(async () => {
  for (const process of started) await process.close();
  smtp.close();
  await dovecot.stop();
  await directory.remove();
  await source.remove();
}, 30_000);

async function open(environment: Record<string, string> = {}): Promise<ProductProcess> {
  const opened = await ProductProcess.open(source, { environment });
  started.push(opened);
  return opened;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A command of the program, on the data folder of a product that may be running. */
async function command(of: ProductProcess, args: string[], more = {}): Promise<Ended> {
  const child = spawn(process.execPath, [source.path('main.js'), ...args], {
    env: { ...of.environment, ...more },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

const created = async (of: ProductProcess, path: string, body: unknown) => {
  const response = await of.request('POST', path, body);
  const answer: unknown = await response.json();
  expect(response.ok || answer).toBe(true);
};

const mail = (number: number): Buffer =>
  Buffer.from(
    `From: kunde@example.net\r\nTo: ${address}\r\nSubject: Nr. ${String(number)}\r\n` +
      `Message-ID: <${String(number)}@example.net>\r\n\r\nGuten Tag\r\n${'x'.repeat(number % 997)}\r\n`,
  );
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Hashes of the fetched mails that are committed now. */
function storedIn(dataDir: string): string[] {
  const database = new Database(join(dataDir, 'archive', 'archive.db'), { readonly: true });
  try {
    const rows = database.prepare('select raw_hash from items where pop3_ref > 0').pluck().all();
    return rows as string[];
  } finally {
    database.close();
  }
}

/** Hash of the bytes themselves, by the hash under which they are stored. */
function bytesIn(dataDir: string): Map<string, string> {
  const database = new Database(join(dataDir, 'archive', 'raw.db'), { readonly: true });
  try {
    const mails = database.prepare<[], { id: number; hash: string }>(
      'select id, hash from raw_mails where hash is not null',
    );
    const chunks = database
      .prepare<[number], Buffer>('select bytes from raw_chunks where mail_id = ? order by number')
      .pluck();
    return new Map(
      mails.all().map(({ id, hash }) => [hash, sha256(Buffer.concat(chunks.all(id)))]),
    );
  } finally {
    database.close();
  }
}

const arming = async (of: ProductProcess) =>
  (await (await of.request('GET', '/api/v1/arming')).json()) as {
    armed: boolean;
    reason: string | null;
    finding: { message: string; hint: string } | null;
  };

/** An account that deletes at once, and mails that wait for an SMTP server that does not greet. */
async function fill(): Promise<void> {
  for (let number = 0; number < MAILS; number += 1) await dovecot.deliver(address, mail(number));
  smtp.stopAt = 'greeting';
  await created(product, '/api/v1/incoming-accounts', {
    ...{ name: 'Laden', host: '127.0.0.1', port: dovecot.pop3Port, security: 'none' },
    ...{ username: address, password, allowClearTextLogin: true, active: false },
    ...{ deletion: { policy: 'immediately' }, pollIntervalMinutes: 1 },
    smtp: { host: '127.0.0.1', port: smtp.port, security: 'none', authentication: 'none' },
  });
  await activate('smtp-accounts');
  for (let number = 0; number < OUTGOING; number += 1)
    await created(product, '/api/v1/messages', {
      ...{ from: address, to: ['kunde@example.net'], subject: `Antwort ${String(number)}` },
    });
  await activate('incoming-accounts');
}

/** The only account of its kind. */
async function activate(kind: string): Promise<void> {
  const list = await product.request('GET', `/api/v1/${kind}`);
  const { items } = (await list.json()) as { items: { id: number }[] };
  const path = `/api/v1/${kind}/${String(items[0]?.id)}`;
  const etag = (await product.request('GET', path)).headers.get('etag') ?? '';
  const changed = await product.request('PUT', path, { active: true }, { 'If-Match': etag });
  const answer: unknown = await changed.json();
  expect(changed.ok || answer).toBe(true);
}

describe('a backup taken while mail comes and goes', () => {
  it('is complete, and deletes and sends nothing until somebody confirms', async () => {
    await fill();
    await waitFor(() => storedIn(product.dataDir).length >= 100, {
      timeoutMs: 30_000,
      what: 'a fetch under way',
    });
    const before = storedIn(product.dataDir);
    const target = join(directory.path, 'backup');
    const begun = Date.now();
    const backup = await command(product, ['backup', target]);
    const tookMs = Date.now() - begun;
    expect(backup).toEqual({ code: 0, output: expect.stringContaining(`${product.dataDir}.key`) });
    expect(storedIn(product.dataDir).length).toBeGreaterThan(before.length);
    expect((await stat(target)).mode & 0o777).toBe(0o700);
    expect(await readdir(directory.path)).not.toContain('backup.partial');
    const again = await command(product, ['backup', target]);
    expect(again).toEqual({ code: 1, output: expect.stringContaining('is not empty') });

    const delivered = new Set(Array.from({ length: MAILS }, (_, number) => sha256(mail(number))));
    const bytes = bytesIn(target);
    const stored = new Set(storedIn(target));
    expect(before.filter((hash) => !stored.has(hash))).toEqual([]);
    const wrong = [...stored].filter((hash) => !delivered.has(hash) || bytes.get(hash) !== hash);
    expect(wrong).toEqual([]);

    await product.kill();
    smtp.stopAt = null;
    const left = (await dovecot.readMaildir(address)).length;
    for (let number = 0; number < 5; number += 1)
      await dovecot.deliver(address, mail(MAILS + number));

    const keyless = await command(product, [], { MB_DATA_DIR: target });
    expect(keyless).toEqual({ code: 78, output: expect.stringContaining(`${target}.key`) });
    await copyFile(`${product.dataDir}.key`, `${target}.key`);
    const restored = await open({ MB_DATA_DIR: target });
    expect(await arming(restored)).toMatchObject({ armed: false, reason: 'restored' });
    await waitFor(() => storedIn(target).length >= MAILS + 5 - deletedBefore(left), {
      timeoutMs: 60_000,
      what: 'the fetch of the restored backup',
    });
    await sleep(1500);
    expect([(await dovecot.readMaildir(address)).length, smtp.taken.size]).toEqual([left + 5, 0]);
    const sent = await restored.request('POST', '/api/v1/messages', {
      ...{ from: address, to: ['kunde@example.net'], subject: 'Jetzt' },
    });
    expect([sent.status, await sent.json()]).toMatchObject([409, { code: 'notArmed' }]);
    const draft = { from: address, to: ['kunde@example.net'], subject: 'Später', draft: true };
    expect((await restored.request('POST', '/api/v1/messages', draft)).status).toBe(202);

    const confirmed = await restored.request('POST', '/api/v1/arming/confirm');
    expect(await confirmed.json()).toEqual({ armed: true, reason: null, finding: null });
    await restored.request('POST', '/api/v1/receive');
    await waitFor(() => smtp.taken.size === OUTGOING, { timeoutMs: 30_000, what: 'the outbox' });
    await waitFor(async () => (await dovecot.readMaildir(address)).length === 0, {
      timeoutMs: 60_000,
      what: 'the deletion on the server',
    });
    expect([...smtp.taken.values()]).toEqual(Array(OUTGOING).fill(1));
    await restored.stop();
    await restored.start();
    expect(await arming(restored)).toMatchObject({ armed: true });
    report('instance-backup', {
      mails: MAILS,
      committedWhenBegun: before.length,
      inBackup: stored.size,
      missing: 0,
      tookMs,
    });
    await restored.stop();
  }, 180_000);

  /** What the original had already deleted on the server is in the backup or not; the restored one cannot fetch it. */
  const deletedBefore = (left: number): number => MAILS - left;
});

describe('a data folder', () => {
  it('that is in use is refused with one message, while commands work on it', async () => {
    const original = await open();
    const second = await command(original, [], { MB_PORT: '0', MB_ARCHIVE_PORT: '0' });
    expect(second.code).toBe(1);
    expect(second.output.trim().split('\n')).toHaveLength(1);
    expect(second.output).toContain(`${original.dataDir} is in use by another process`);
    const token = await command(original, [
      'token',
      'create',
      '--name',
      'x',
      '--scope',
      'rules:read',
    ]);
    expect(token).toEqual({ code: 0, output: expect.stringMatching(/^mbt_/) });
    expect((await original.request('GET', '/readyz')).status).toBe(200);
    await original.kill();
    await original.start();
    expect(await arming(original)).toMatchObject({ armed: true });
  }, 60_000);

  it('that was copied or set back is told from the original', async () => {
    const original = await open();
    expect(await original.stop()).toBe(0);
    const place = join(directory.path, 'copy');
    const kept = join(directory.path, 'kept');
    await cp(original.dataDir, place, { recursive: true });
    await cp(original.dataDir, kept, { recursive: true });
    await copyFile(`${original.dataDir}.key`, `${place}.key`);
    const copied = await open({ MB_DATA_DIR: place });
    const found = await arming(copied);
    expect(found).toMatchObject({ armed: false, reason: 'copied' });
    expect(found.finding?.hint).toContain('/api/v1/arming/confirm');
    await original.start();
    expect(await arming(original)).toMatchObject({ armed: true });
    await original.kill();
    await rm(original.dataDir, { recursive: true });
    await cp(kept, original.dataDir, { recursive: true });
    await original.start();
    expect(await arming(original)).toMatchObject({ armed: false, reason: 'restored' });
    await original.stop();
    await original.start();
    expect(await arming(original)).toMatchObject({ armed: false, reason: 'restored' });
  }, 60_000);

  it('that starts in vain leaves nothing behind that runs, and the folder free', async () => {
    const original = await open();
    expect(await original.stop()).toBe(0);
    const blocker = await open();
    const port = new URL(blocker.archiveUrl).port;
    const taken = await command(original, [], { MB_ARCHIVE_PORT: port });
    expect(taken).toEqual({ code: 1, output: expect.stringContaining('EADDRINUSE') });
    const bridgePort = new URL(blocker.baseUrl).port;
    const late = await command(original, [], { MB_PORT: bridgePort });
    expect(late).toEqual({ code: 1, output: expect.stringContaining('EADDRINUSE') });
    await original.start();
    expect(await arming(original)).toMatchObject({ armed: true });
  }, 60_000);

  it('without anything in it cannot be backed up, nor into itself', async () => {
    const original = await open();
    const empty = join(directory.path, 'empty');
    await mkdir(empty);
    const target = join(directory.path, 'never');
    const nothing = await command(original, ['backup', target], { MB_DATA_DIR: empty });
    expect(nothing).toEqual({ code: 1, output: expect.stringContaining('holds no data') });
    const inside = await command(original, ['backup', join(original.dataDir, 'backup')]);
    expect(inside).toEqual({ code: 1, output: expect.stringContaining('in the data folder') });
    await writeFile(join(empty, 'x'), '');
    expect((await command(original, ['backup', empty])).code).toBe(1);
    expect(await readdir(empty)).toEqual(['x']);
    expect((await command(original, ['backup'])).code).toBe(2);
  }, 60_000);
});
