/** A message leaves with our mark, and the answer to it leads back: through the bridge, a real archive and both servers. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Kysely } from 'kysely';
import { TrackingMarks, type OutgoingMarks } from '../../../src/bridge/messages/tracking-marks.js';
import {
  trackingMigrations,
  type TrackingSchema,
} from '../../../src/bridge/messages/tracking-schema.js';
import { RpcGroup, SmtpAuthenticate, SmtpEncrypt } from '../../../src/greyhound/index.js';
import { systemClock } from '../../../src/platform/clock.js';
import { openSqlite } from '../../../src/platform/database.js';
import { createLogger } from '../../../src/platform/log.js';
import { Vault } from '../../../src/platform/vault.js';
import { RunningArchive } from '../../archive/retrieval/running-archive.js';
import { ScriptedPop3 } from '../../archive/retrieval/scripted-pop3.js';
import { StoppingSmtp } from '../../faults/stopping-smtp.js';
import { makeCertificate } from '../../mail/scripted-server.js';
import { waitFor } from '../../support/wait-for.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';

let smtp: StoppingSmtp;
let pop3: ScriptedPop3;
let archive: RunningArchive;
let bridge: BridgeHarness;
let database: Kysely<TrackingSchema>;
let marks: TrackingMarks;
let groupId: number;
let accountId: number;
/** The process ends before a mark is remembered. */
let endsEarly = false;
let isOn = true;

beforeAll(async () => {
  smtp = await StoppingSmtp.start(makeCertificate('IP:127.0.0.1'));
  pop3 = await ScriptedPop3.start([]);
  archive = await RunningArchive.open();
  await archive.addSmtp({
    Host: '127.0.0.1',
    Port: smtp.port,
    Encrypt: SmtpEncrypt.seNo,
    Authenticate: SmtpAuthenticate.saNone,
  });
  accountId = await archive.addPop3({ Username: 'shop', Password: 'geheim', Port: pop3.port });
  const Group = RpcGroup.make({ Name: 'Shop', Email: 'shop@example.test' });
  groupId = await archive.client.groups.New({ Group });
  database = await openSqlite<TrackingSchema>(':memory:', trackingMigrations);
  marks = new TrackingMarks({
    archiveId: () => Promise.resolve('embedded'),
    database,
    vault: new Vault([Vault.newKey()]),
    installationId: 'one',
    clock: systemClock,
    logger: createLogger('silent'),
    isOn: () => Promise.resolve(isOn),
  });
  const ending: OutgoingMarks = {
    next: (marker) => marks.next(marker),
    remember: (mark, messageId) =>
      endsEarly ? Promise.reject(new Error('ended')) : marks.remember(mark, messageId),
  };
  const embedded = {
    url: `http://127.0.0.1:${archive.port}`,
    username: 'bridge',
    password: 'geheim',
  };
  bridge = await startBridge({ embedded, marks: ending });
});
afterAll(async () => {
  await bridge.close();
  await archive.close();
  await database.destroy();
  await pop3.stop();
  smtp.close();
});
beforeEach(() => {
  [isOn, endsEarly] = [true, false];
});

const marked = /^<[0-9a-f]{32}\.[0-9a-f]{24}\.mb@example\.test>$/;

const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  bridge.request(`/api/v1/messages${path}`, { method: 'POST', body, headers });
const message = () => ({
  groupId,
  to: ['kunde@example.net'],
  subject: 'Angebot',
  text: 'Guten Tag',
});
/** Long ones are folded. */
const messageIdIn = (bytes: Buffer) =>
  /^Message-ID:\s+(\S+)\r$/im.exec(bytes.toString('latin1'))?.[1];

/** Sends, and waits for the mail at the server. @returns the archive's id, and the Message-ID that it left with */
async function sent(send: () => Promise<number>): Promise<{ id: number; messageId: string }> {
  const before = smtp.messages.length;
  const id = await send();
  await waitFor(() => Promise.resolve(smtp.messages.length > before));
  return { id, messageId: messageIdIn(smtp.messages[before]!) ?? '' };
}
const idOf = (answer: { body: Record<string, unknown> }) => Number(answer.body['id']);

/** The header of a mail that arrives in the archive, as the archive tells it. */
async function arrived(fields: readonly string[]): Promise<string> {
  const subject = `Antwort ${pop3.mails.length}`;
  const head = ['From: kunde@example.net', 'To: shop@example.test', `Subject: ${subject}`];
  const bytes = Buffer.from([...head, ...fields, '', 'Danke', ''].join('\r\n'));
  pop3.mails = [...pop3.mails, { uidl: subject, bytes }];
  await archive.fetchNow(accountId);
  const item = (await archive.list()).find(({ Subject }) => Subject === subject);
  const { Properties } = await archive.client.items.Get({ ID: item!.ID, MarkAsReading: false });
  return Properties.Email.Header;
}

const ways: readonly (readonly [string, () => Promise<number>])[] = [
  ['at once', async () => idOf(await post('', message()))],
  [
    'with an attachment',
    async () => {
      const attachments = [{ name: 'a.txt', contentBase64: Buffer.from('x').toString('base64') }];
      return idOf(await post('', { ...message(), attachments }));
    },
  ],
  [
    'as a draft, later',
    async () => {
      const id = idOf(await post('', { ...message(), draft: true }));
      await post(`/${id}/send`);
      return id;
    },
  ],
];

describe('a message that is sent', () => {
  it.each(ways)('%s carries the mark, and an answer leads back to it', async (_way, send) => {
    const { id, messageId } = await sent(send);
    expect(messageId).toMatch(marked);
    const item = await archive.client.items.Get({ ID: id, MarkAsReading: false });
    expect(item.Properties.Email.MessageID).toBe(messageId);
    const references = `References: <first@example.net>\r\n ${messageId.toUpperCase()}`;
    expect(await marks.markedMessages(await arrived([references]))).toEqual([id]);
    expect(await marks.markedMessages(await arrived(['In-Reply-To: <x@y.example>']))).toEqual([]);
  });

  it.each(ways)('%s carries none while the policy is off', async (_way, send) => {
    isOn = false;
    const before = await database.selectFrom('tracked_message').select('random').execute();
    const { messageId } = await sent(send);
    expect(messageId).toMatch(/^<[0-9a-f-]{36}@example\.test>$/);
    expect(await marks.markedMessages(await arrived([`References: ${messageId}`]))).toEqual([]);
    const after = await database.selectFrom('tracked_message').select('random').execute();
    expect(after).toHaveLength(before.length);
  });

  it('and whose mark was not remembered is made known by the repeated request', async () => {
    const headers = { 'Idempotency-Key': 'ended-early' };
    endsEarly = true;
    const before = smtp.messages.length;
    expect((await post('', message(), headers)).status).toBe(500);
    await waitFor(() => Promise.resolve(smtp.messages.length > before));
    const header = `References: ${messageIdIn(smtp.messages[before]!) ?? ''}`;
    expect(await marks.markedMessages(header)).toEqual([]);
    endsEarly = false;
    const id = idOf(await post('', message(), headers));
    expect(await marks.markedMessages(header)).toEqual([id]);
    expect(smtp.messages).toHaveLength(before + 1);
  });
});
