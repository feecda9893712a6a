/** An export through the bridge: what Dovecot had, what went out through Postfix, and a draft. */
import { randomBytes } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMailSandbox, type MailSandbox } from '../../../fixtures/servers/mail-sandbox.js';
import { exportRoutes } from '../../../src/bridge/export/index.js';
import { includes, ItemFlag, ItemState, RpcFilter } from '../../../src/greyhound/index.js';
import { createLogger } from '../../../src/platform/log.js';
import { RunningArchive } from '../../archive/retrieval/running-archive.js';
import { waitFor } from '../../support/wait-for.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';
import { bytesOf, readZip } from './read-exports.js';

const SHOP = { address: 'shop@example.test', password: 'geheim' };
const received = Buffer.from(
  'From: k@example.test\r\nTo: shop@example.test\r\nSubject: Auftrag\r\n\r\nFrom here \xff\r\n',
  'latin1',
);
const large = Buffer.from(
  `From: k@example.test\r\nSubject: Plan\r\n\r\n${randomBytes(6_000_000)
    .toString('base64')
    .replace(/(.{76})/g, '$1\r\n')}\r\n`,
);

let sandbox: MailSandbox;
let archive: RunningArchive;
let bridge: BridgeHarness;
const log: string[] = [];
let sentId: number;

beforeAll(async () => {
  sandbox = await startMailSandbox({ users: [SHOP] });
  archive = await RunningArchive.open({ caCertificate: sandbox.caCertificate });
  const account = { Username: SHOP.address, Password: SHOP.password };
  await sandbox.deliver(SHOP.address, received);
  await sandbox.deliver(SHOP.address, large);
  await archive.fetchNow(await archive.addPop3({ ...account, Port: sandbox.pop3Port }));
  await archive.addSmtp({ ...account, Port: sandbox.submissionPort });
  const written = { from: SHOP.address, to: 'k@example.test', text: 'Gerne' };
  const { items } = archive.client;
  const create = (subject: string, state: number, flags?: number) =>
    items.New({
      Item: archive.draft({
        ...written,
        subject,
        state,
        ...(flags === undefined ? {} : { flags }),
      }),
      CreateLocked: false,
    });
  sentId = await create('Re: Auftrag', ItemState.isAnswer);
  await create('Entwurf', ItemState.isDraft, 0);
  await waitFor(async () => {
    const [sent] = await archive.list({ ItemRefs: [sentId] });
    return sent !== undefined && !includes(sent.Flags, ItemFlag.ifUnsent);
  });
  const logger = createLogger('debug', { write: (line) => log.push(line) });
  bridge = await startBridge({
    embedded: {
      url: `http://127.0.0.1:${archive.port}`,
      username: 'bridge',
      password: 'geheim',
    },
    routes: ({ archive: access }) => exportRoutes(access, logger),
  });
}, 60_000);
afterAll(async () => {
  await bridge.close();
  await archive.close();
  await sandbox.stop();
});

const open = (query: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${bridge.token}` };
    get(`${bridge.url}/api/v1/export?${query}`, { headers }, resolve).on('error', reject);
  });

const withSubject = (files: Map<string, Buffer>, subject: string) =>
  [...files].find(([name]) => name.slice('2026-03-02 000001 '.length) === `${subject}.eml`)?.[1];

describe('GET /api/v1/export', () => {
  it('gives every mail as a file with its exact bytes, sent mails as sent, drafts too', async () => {
    const response = await open('format=zip');
    expect(response.headers['content-disposition']).toContain('mails.zip');
    const files = await readZip(await bytesOf(response));
    expect(files.size).toBe(4);
    expect(withSubject(files, 'Auftrag')?.equals(received)).toBe(true);
    expect(withSubject(files, 'Plan')?.equals(large)).toBe(true);
    expect(withSubject(files, 'Re Auftrag')?.equals(await archive.original(sentId))).toBe(true);
    expect(withSubject(files, 'Entwurf')?.toString()).toContain('Subject: Entwurf');
    expect(response.trailers).toMatchObject({
      'mail-bridge-exported': '4',
      'mail-bridge-missing': '0',
    });
  });

  it('gives the mails of a filter as mbox, and says at the end how many they are', async () => {
    const id = await archive.client.filters.New({
      Filter: RpcFilter.make({ Name: 'Auftrag', SearchFor: 'Auftrag', SearchFields: 2 }),
    });
    const response = await open(`format=mbox&filterId=${id}`);
    const text = (await bytesOf(response)).toString('latin1');
    const separators = text.split('\n').filter((line) => line.startsWith('From '));
    expect(separators.map((line) => line.split(' ')[1])).toEqual([SHOP.address, 'k@example.test']);
    expect(text).toContain('\r\n\r\n>From here \xff\r\n\n');
    expect(response.trailers['mail-bridge-exported']).toBe('2');
  });

  it('writes down who took mails away, and nothing of the mails', async () => {
    const from = log.length;
    await bytesOf(await open('format=mbox'));
    await waitFor(() => log.slice(from).some((line) => line.includes('export of mails ended')));
    const entries = log.slice(from).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.map(({ msg }) => msg)).toEqual([
      'export of mails began',
      'export of mails ended',
    ]);
    expect(entries[1]).toMatchObject({ exported: 4, missing: 0, format: 'mbox', filterId: null });
    expect(entries[1]?.['tokenId']).toEqual(expect.any(String));
    expect(log.join('')).not.toMatch(/Auftrag|Gerne|k@example/);
  });

  it('ends when the caller goes away', async () => {
    const from = log.length;
    const response = await open('format=zip');
    await new Promise((resolve) => response.once('data', resolve));
    response.destroy();
    await waitFor(() => log.slice(from).some((line) => line.includes('was cut off')));
    expect(await bridge.request('/api/v1/messages').then(({ status }) => status)).toBe(200);
  });

  it('breaks the transfer when the archive goes away in the middle', async () => {
    const response = await open('format=mbox');
    await new Promise((resolve) => response.once('readable', resolve));
    await archive.stop();
    await expect(bytesOf(response)).rejects.toThrow('aborted');
    const refused = await open('format=mbox');
    expect(refused.statusCode).toBeGreaterThanOrEqual(500);
    refused.resume();
  });

  it('is for tokens with its scope', async () => {
    const token = await bridge.tokenWith('messages:read');
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await bridge.request('/api/v1/export?format=zip', { token: null, headers });
    expect(answer.status).toBe(403);
    expect((await bridge.request('/api/v1/export')).body['field']).toBe('format');
  });
});
