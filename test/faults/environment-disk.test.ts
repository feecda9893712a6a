/** The disk is full while the product runs: nothing is lost, nothing half done, and it goes on by itself. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startDovecot, type Dovecot } from '../../fixtures/servers/dovecot.js';
import { GreyhoundClient, newClientId } from '../../src/greyhound/index.js';
import { compileSource, type CompiledSource } from '../support/compiled-source.js';
import { productArchive, ProductProcess } from '../support/product-process.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.js';
import { waitFor } from '../support/wait-for.js';
import { extent, report } from './extent.js';

const USER = { address: 'voll@example.test', password: 'geheim' };
const COUNT = extent({ short: 60, full: 1000 });
/** No room for a single page of SQLite's log: every commit fails. */
const FILE_LIMIT_BYTES = 4096;

let source: CompiledSource;
let dovecot: Dovecot;
let directory: TemporaryDirectory;
let product: ProductProcess;
let client: GreyhoundClient;

beforeAll(async () => {
  source = await compileSource();
  dovecot = await startDovecot({ users: [USER] });
  directory = await makeTemporaryDirectory();
  const authority = join(directory.path, 'authority.pem');
  await writeFile(authority, dovecot.caCertificate);
  product = await ProductProcess.open(source, { environment: { MB_TLS_CA_FILE: authority } });
  const url = product.archiveUrl;
  client = new GreyhoundClient({ url, ...productArchive, clientId: newClientId() });
}, 120_000);
afterAll(async () => {
  client.close();
  await product.close();
  await dovecot.stop();
  await directory.remove();
  await source.remove();
});

/** Every write beyond this size fails in the running process, as on a full disk (setrlimit(2), RLIMIT_FSIZE). */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(product.pid), `--fsize=${String(bytes)}:`]);
}

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly hint: string;
}

async function problemOf(response: Response): Promise<{ status: number; problem: Problem }> {
  return { status: response.status, problem: (await response.json()) as Problem };
}

/** Subjects of everything in the archive, sorted. */
async function storedSubjects(): Promise<string[]> {
  const subjects: string[] = [];
  let cursor = '';
  do {
    const path = `/api/v1/messages?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page = (await (await product.request('GET', path)).json()) as {
      readonly messages: readonly { readonly subject: string }[];
      readonly nextCursor: string | null;
    };
    subjects.push(...page.messages.map(({ subject }) => subject));
    cursor = page.nextCursor ?? '';
  } while (cursor !== '');
  return subjects.sort();
}

const onServer = async (): Promise<number> => (await dovecot.readMaildir(USER.address)).length;

async function receive(): Promise<void> {
  await client.info.SendAndReceiveNow();
}

describe('the disk is full', () => {
  it('nothing is deleted or lost, everything is told, and afterwards it goes on', async () => {
    const created = await product.request('POST', '/api/v1/incoming-accounts', {
      name: 'Voll',
      host: 'localhost',
      port: dovecot.pop3sPort,
      security: 'tls',
      username: USER.address,
      password: USER.password,
      deletion: { policy: 'immediately' },
      active: true,
      smtp: { host: '127.0.0.1', port: 9, security: 'tls' },
    });
    const { account } = (await created.json()) as { account: { id: number } };
    expect(created.status).toBe(201);
    const subjects = Array.from({ length: COUNT }, (_, number) => `Mail ${number}`).sort();
    await receive();
    limitFiles(FILE_LIMIT_BYTES);
    const body = `${'x'.repeat(70)}\r\n`.repeat(200);
    for (const subject of subjects) {
      const header = `From: k@example.test\r\nTo: ${USER.address}\r\nSubject: ${subject}`;
      const id = `Message-ID: <${subject.replace(' ', '')}@a.test>`;
      await dovecot.deliver(USER.address, Buffer.from(`${header}\r\n${id}\r\n\r\n${body}`));
    }

    await receive();
    const flow = await waitFor(
      async () => {
        const now = await client.mailBridge.GetMailFlow();
        return now.StorageFault === '' ? null : now;
      },
      { timeoutMs: 30_000, what: 'the storage fault' },
    );
    expect(flow.StorageFault).toBe('diskFull');
    expect(await onServer()).toBe(COUNT);

    const sent = await problemOf(
      await product.request('POST', '/api/v1/messages', {
        groupId: 1,
        to: ['kunde@example.com'],
        subject: 'Während der Störung',
        text: 'Inhalt',
      }),
    );
    expect(sent).toMatchObject({ status: 503, problem: { code: 'storageUnavailable' } });
    expect(sent.problem.hint).toContain('Free space');
    const before = await client.pop3Accounts.GetList();
    const path = '/api/v1/incoming-accounts';
    const refused = await product.request('POST', path, {
      name: 'Zweites',
      host: 'pop3.example.com',
      username: 'zweites@example.com',
      password: 'geheim',
    });
    expect(refused.status).toBeGreaterThanOrEqual(500);
    const { code } = (await refused.json()) as { code: string };
    expect(['storageUnavailable', 'provisioningFailed', 'operationUnfinished']).toContain(code);
    expect(await client.pop3Accounts.GetList()).toHaveLength(before.length);
    const health = (await (await product.request('GET', '/api/v1/health')).json()) as {
      readonly mailFlows: boolean;
    };
    expect(health.mailFlows).toBe(false);
    expect((await product.request('GET', '/healthz')).status).toBe(200);

    limitFiles('unlimited');
    await receive();
    await waitFor(async () => (await onServer()) === 0, {
      timeoutMs: 120_000,
      what: 'the deletion of every mail on the server',
    });
    expect(await storedSubjects()).toEqual(subjects);
    await waitFor(async () => (await client.mailBridge.GetMailFlow()).StorageFault === '', {
      what: 'the end of the storage fault',
    });
    expect((await client.mailBridge.GetMailFlow()).Outbox).toBe(0);
    const again = await product.request('GET', `/api/v1/incoming-accounts/${account.id}`);
    expect(again.status).toBe(200);
    report('environment-disk', { mails: COUNT, lost: 0, doubled: 0 });
  }, 600_000);
});
