import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { ImapFlow } from 'imapflow';
import { join } from 'node:path';
import { startMailSandbox, type MailSandbox } from '../../../fixtures/servers/mail-sandbox.js';
import {
  Pop3Encrypt,
  Pop3Protocol,
  RpcAccountOptions,
  SentCopy,
  withLock,
  type AccountOptions,
} from '../../../src/greyhound/index.js';
import { waitFor } from '../../support/wait-for.js';
import { RunningArchive } from '../retrieval/running-archive.js';

const users = Array.from({ length: 12 }, (_, at) => ({
  address: `sent-${at}@example.test`,
  password: 'geheim',
}));

let sandbox: MailSandbox;
let archive: RunningArchive;
let user: (typeof users)[number];
let serial = 0;
beforeAll(async () => {
  sandbox = await startMailSandbox({ users });
}, 60_000);
afterAll(() => sandbox.stop());
beforeEach(async () => {
  user = users[(serial += 1)]!;
  archive = await RunningArchive.open({ caCertificate: sandbox.caCertificate });
});
afterEach(() => archive.close());

async function accounts(
  options: Partial<AccountOptions> = {},
  given: { readonly name?: string; readonly protocol?: number } = {},
): Promise<number> {
  const { name = 'Verkauf', protocol = Pop3Protocol.ppImap4 } = given;
  await archive.addSmtp({
    Name: 'VERKAUF',
    Port: sandbox.submissionPort,
    Username: user.address,
    Password: user.password,
    Filter: user.address,
  });
  const isImap = protocol === Pop3Protocol.ppImap4;
  const id = await archive.addPop3({
    Name: name,
    Protocol: protocol,
    Host: 'localhost',
    Port: isImap ? sandbox.imapsPort : sandbox.pop3sPort,
    Encrypt: Pop3Encrypt.peSSL,
    Username: user.address,
    Password: user.password,
  });
  await withLock(archive.client.pop3Accounts, id, () =>
    archive.client.mailBridge.PutOptions({
      Kind: 0,
      ID: id,
      Options: RpcAccountOptions.make(options),
    }),
  );
  return id;
}

async function asOtherClient<T>(work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: sandbox.imapPort,
    tls: { ca: sandbox.caCertificate, servername: 'localhost' },
    auth: { user: user.address, pass: user.password },
    logger: false,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.logout();
  }
}
const makeFolder = (path: string) => asOtherClient((client) => client.mailboxCreate(path));
const inFolder = (path: string) =>
  asOtherClient(async (client) => {
    const { exists } = await client.mailboxOpen(path);
    return exists === 0 ? [] : client.fetchAll('1:*', { flags: true, source: true });
  });

const send = (text = 'Guten Tag') =>
  archive.client.items.New({
    Item: archive.draft({ from: user.address, to: 'kunde@example.test', text }),
    CreateLocked: false,
  });
const isSent = (ID: number) =>
  waitFor(async () => {
    const { Flags } = await archive.client.items.Get({ ID, MarkAsReading: false });
    return (Flags & (2 ** 6)) === 0;
  });
/** Reads or changes rows past the archive. */
function inDatabase<T>(work: (database: Database.Database) => T): T {
  const database = new Database(join(archive.dataDir, 'archive.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}
const nothingWaits = () =>
  waitFor(() =>
    inDatabase(
      (database) => database.prepare('select count(*) from sent_copies').pluck().get() === 0,
    ),
  );
const said = (what: string) => archive.log.filter((line) => line.includes(what));
const filed = (path: string, count: number) =>
  waitFor(async () => {
    const mails = await inFolder(path);
    return mails.length === count ? mails : undefined;
  });

describe('a copy of a sent mail', () => {
  it('lies in the folder for sent mails as it was sent, and counts as read', async () => {
    await makeFolder('Gesendete Objekte');
    await accounts();
    const id = await send('Grüße aus Köln');
    const [copy] = await filed('Gesendete Objekte', 1);
    expect(copy!.flags?.has('\\Seen')).toBe(true);
    expect(copy!.source).toEqual(await archive.original(id));
  });

  it('is put where the account says', async () => {
    await makeFolder('Sent');
    await makeFolder('Ablage');
    await accounts({ SentFolder: 'Ablage' });
    await send();
    await filed('Ablage', 1);
    expect(await inFolder('Sent')).toHaveLength(0);
  });

  it('is made once, although the server may have put it there itself or lost its answer', async () => {
    await makeFolder('Sent');
    await accounts();
    const first = await send('erste');
    await filed('Sent', 1);
    // as after a crash between the copy and the note of it
    inDatabase((database) =>
      database
        .prepare(
          `insert into sent_copies (item_id, realm_id, smtp_id, attempts, next_try_at, created)
           select id, realm_id, (select min(id) from accounts where kind = 'smtp'), 0, '', created
           from items where id = ?`,
        )
        .run(first),
    );
    await send('zweite');
    expect(await filed('Sent', 2)).toHaveLength(2);
    await nothingWaits();
    expect(await inFolder('Sent')).toHaveLength(2);
  });

  it.each([
    ['the account wants none', { options: { SentCopy: SentCopy.scNone } }],
    ['no IMAP account has the name of the SMTP account', { name: 'Service' }],
    ['the account of that name is fetched by POP3', { protocol: Pop3Protocol.ppPop3 }],
  ] as readonly (readonly [
    string,
    { options?: Partial<AccountOptions>; name?: string; protocol?: number },
  ])[])('is not made when %s', async (_why, { options = {}, ...rest }) => {
    await makeFolder('Sent');
    await accounts(options, rest);
    await isSent(await send());
    await nothingWaits();
    expect(await inFolder('Sent')).toHaveLength(0);
  });

  it('is tried again while there is no folder for it; the mail is sent all the same', async () => {
    await accounts();
    await isSent(await send());
    await waitFor(() => said('sent mails not copied').length > 0);
    await makeFolder('Sent');
    archive.clock.advance(61_000);
    await isSent(await send());
    await filed('Sent', 2);
  });

  it('is given up after a week, and the mail says so', async () => {
    await accounts();
    const id = await send();
    await waitFor(() => said('sent mails not copied').length > 0);
    archive.clock.advance(8 * 86_400_000);
    await isSent(await send());
    const line = await waitFor(async () => {
      const { Protocol } = await archive.client.items.Get({ ID: id, MarkAsReading: false });
      return Protocol.find(({ Text }) => Text.startsWith('No copy'));
    });
    expect(line.Text).toBe(
      'No copy in the folder for sent mails: The folder does not exist (Sent)',
    );
  });
});
