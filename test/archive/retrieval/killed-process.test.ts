import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { startDovecot, type Dovecot } from '../../../fixtures/servers/dovecot.js';
import { projectFile } from '../../../fixtures/servers/project-file.js';
import { WorkerMailParser } from '../../../src/archive/items/mime/mail-parsers.js';
import { RawMailStore } from '../../../src/archive/store/raw-mail-store.js';
import {
  GreyhoundClient,
  OrderBy,
  Pop3Delete,
  RpcItemFilter,
  RpcPop3Account,
  type ListItem,
} from '../../../src/greyhound/index.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';
import { waitFor } from '../../support/wait-for.js';
import { compileSource, type CompiledSource } from './compiled-source.js';
import { pathToFileURL } from 'node:url';

const USER = { address: 'a@example.test', password: 'geheim' };
const COUNT = 1500;

let source: CompiledSource;
let directory: TemporaryDirectory;
beforeAll(async () => {
  source = await compileSource();
  directory = await makeTemporaryDirectory();
}, 60_000);
afterAll(async () => {
  await source.remove();
  await directory.remove();
});

describe('an archive that is killed', () => {
  const key = randomBytes(32).toString('hex');
  let dovecot: Dovecot;
  let child: ChildProcess;
  let client: GreyhoundClient;
  beforeAll(async () => {
    dovecot = await startDovecot({ users: [USER] });
    const body = `${'x'.repeat(70)}\r\n`.repeat(200);
    for (let number = 0; number < COUNT; number += 1) {
      const header = `From: k@example.test\r\nSubject: ${number}\r\nMessage-ID: <${number}@a.test>`;
      await dovecot.deliver(USER.address, Buffer.from(`${header}\r\n\r\n${body}`));
    }
  }, 60_000);
  afterAll(async () => {
    client.close();
    child.kill('SIGKILL');
    await dovecot.stop();
  });

  async function start(): Promise<void> {
    const script = projectFile('test', 'archive', 'retrieval', 'archive-process.mjs');
    const root = dirname(source.path('index.js'));
    child = fork(script, [root, directory.path, key], { execArgv: [] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    client = new GreyhoundClient({
      url: `http://127.0.0.1:${port}`,
      username: 'bridge',
      password: 'geheim',
      clientId: randomBytes(16).toString('hex'),
    });
  }

  async function list(): Promise<ListItem[]> {
    const items: ListItem[] = [];
    for (;;) {
      const page = await client.items.GetList({
        Filter: RpcItemFilter.empty(),
        OrderBy: OrderBy.iobID,
        OrderDirection: 0,
        Offset: items.length,
        ListValues: -1,
        UserFields: [],
        OrderUserFieldRef: 0,
        ListValuesEx: 0,
      });
      if (page.length === 0) return items;
      items.push(...page);
    }
  }

  /** Looks into the database itself: the process under test is too busy to tell in time. */
  async function firstCommit(): Promise<void> {
    const database = new Database(`${directory.path}/archive.db`, { readonly: true });
    const stored = database.prepare('select 1 from uidls limit 1');
    while (stored.get() === undefined) await setImmediate();
    database.close();
  }

  it('SAL-20 has every mail exactly once after kill -9 in the middle of a fetch', async () => {
    await start();
    const { pop3Accounts, mailBridge } = client;
    const account = RpcPop3Account.make({
      Name: 'A',
      Host: '127.0.0.1',
      Port: dovecot.pop3Port,
      Username: USER.address,
      Password: USER.password,
      Delete: Pop3Delete.pdYes,
      Interval: 100_000,
    });
    const ID = await pop3Accounts.New({ Pop3Account: account });
    await pop3Accounts.Lock({ ID });
    await mailBridge.PutOptions({
      Kind: 0,
      ID,
      Options: { AllowClearTextLogin: true, TlsFingerprint: '', TlsReason: '' },
    });
    await pop3Accounts.Put({ Pop3Account: { ...(await pop3Accounts.Get({ ID })), State: 1 } });
    await firstCommit();
    child.kill('SIGKILL');
    await once(child, 'exit');
    client.close();
    // the session had not come to its end: deletions take effect with QUIT
    expect(await dovecot.readMaildir(USER.address)).toHaveLength(COUNT);

    await start();
    await waitFor(async () => (await dovecot.readMaildir(USER.address)).length === 0, {
      timeoutMs: 30_000,
      what: 'an emptied mailbox',
    });
    const items = await waitFor(
      async () => {
        const found = await list();
        return found.every(({ ViewData }) => ViewData !== '') ? found : undefined;
      },
      { timeoutMs: 30_000, what: 'every mail parsed' },
    );
    const subjects = items.map(({ Subject }) => Number(Subject)).sort((a, b) => a - b);
    expect(subjects).toEqual(Array.from({ length: COUNT }, (_, number) => number));
  }, 90_000);
});

describe('the parser thread', () => {
  it('reads a stored mail', async () => {
    const file = `${directory.path}/raw-worker.db`;
    const raw = await RawMailStore.open(file);
    const writer = raw.writer();
    await writer.write(Buffer.from('Content-Type: text/html\r\n\r\n<p>Gr&uuml;&szlig;e</p>\r\n'));
    const staged = await writer.finish();
    await raw.commit([staged]);
    const script = pathToFileURL(source.path('archive/items/mime/parser-worker.js'));
    const parser = new WorkerMailParser(file, script);
    try {
      const mail = await parser.parse(staged.hash);
      expect(mail).toMatchObject({ text: 'Grüße', preview: 'Grüße', attachments: [] });
      expect(mail.html).toContain('<p>');
    } finally {
      await parser.close();
      await raw.close();
    }
  });
});
