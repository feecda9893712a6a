import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Archive } from '../../../src/archive/index.js';
import {
  asSet,
  RpcGroup,
  RpcSignature,
  RpcSignatureGroup,
  RpcSmtpAccount,
  SignatureKind,
  SmtpState,
} from '../../../src/greyhound/index.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import { openEmbeddedArchive } from '../../support/embedded-archive.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';
import { waitFor } from '../../support/wait-for.js';
import { startBridge, type Answer, type BridgeHarness } from '../http/bridge-harness.js';

let directory: TemporaryDirectory;
let archive: Archive;
let bridge: BridgeHarness;
let groupId: number;
let unservedGroupId: number;

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  const realm = { username: 'bridge', password: 'archive-password' };
  archive = await openEmbeddedArchive({
    dataDir: directory.path,
    realm,
    connect: { egress: EgressPolicy.parse('127.0.0.0/8'), trust: {} },
  });
  const url = `http://127.0.0.1:${String(archive.port)}`;
  bridge = await startBridge({ embedded: { url, ...realm } });
  const client = await bridge.archive.client();
  const group = (Name: string, Email: string) =>
    client.groups.New({ Group: RpcGroup.make({ Name, Email }) });
  groupId = await group('Verkauf', 'verkauf@example.com');
  unservedGroupId = await group('Niemand', 'niemand@example.com');
  await client.signatures.New({
    Signature: RpcSignature.make({
      Name: 'Verkauf',
      TextData: 'Ihr Verkauf',
      HtmlData: '<b>Ihr Verkauf</b>',
      Groups: [
        RpcSignatureGroup.make({ GroupRef: groupId, DefaultKinds: asSet(SignatureKind.skEmail) }),
      ],
    }),
  });
  await client.smtpAccounts.New({
    SmtpAccount: RpcSmtpAccount.make({
      Name: 'Verkauf',
      State: SmtpState.ssActive,
      Host: '127.0.0.1',
      // Nothing listens here: what is handed over stays in the outbox.
      Port: 1,
      Timeout: 1,
      Filter: 'verkauf@example.com',
    }),
  });
});
afterAll(async () => {
  await bridge.close();
  await archive.close();
  await directory.remove();
});

const send = (body: Record<string, unknown>): Promise<Answer> =>
  bridge.request('/api/v1/messages', { method: 'POST', body });
const read = (id: unknown): Promise<Answer> => bridge.request(`/api/v1/messages/${String(id)}`);
const to = ['kunde@example.net'];

describe('sending', () => {
  it('puts a message into the outbox and says where to follow it', async () => {
    const answer = await send({ groupId, to, subject: 'Angebot', text: 'Guten Tag' });
    expect(answer.status).toBe(202);
    const { id, links } = answer.body as { id: number; links: { self: string } };
    expect(answer.headers.get('location')).toBe(links.self);
    const stored = await bridge.request(links.self);
    expect(stored.body).toMatchObject({ id, subject: 'Angebot', state: 'new', groupId });
    expect(stored.body['from']).toContain('verkauf@example.com');
    expect(stored.body['to']).toEqual(to);
    expect(['queued', 'failed']).toContain((stored.body['delivery'] as { state: string }).state);
  });

  it("takes the group's address as sender and appends its default signature", async () => {
    const { body } = await send({
      from: 'Verkauf@Example.com',
      to,
      text: 'Guten Tag',
      draft: true,
    });
    const text = (await read(body['id'])).body;
    expect(text['text']).toMatch(/^Guten Tag\s+Ihr Verkauf$/);
    expect(text['delivery']).toMatchObject({ state: 'draft' });
    const html = await send({ groupId, to, html: '<p>Hallo</p>', draft: true });
    expect((await read(html.body['id'])).body['html']).toContain('<b>Ihr Verkauf</b>');
    const bare = await send({ groupId, to, text: 'ohne', signatureId: null, draft: true });
    expect((await read(bare.body['id'])).body['text']).toBe('ohne');
  });

  it('uploads attachments, and gives them back byte by byte', async () => {
    const content = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
    const name = 'Größe „A“; x=1.pdf';
    const attachments = [
      { name, contentType: 'application/pdf', contentBase64: content.toString('base64') },
    ];
    const { body, status } = await send({
      groupId,
      to,
      subject: 'Anhang',
      attachments,
      draft: true,
    });
    expect(status).toBe(202);
    const detail = (await read(body['id'])).body;
    const [attachment] = detail['attachments'] as { id: number; name: string; sizeBytes: number }[];
    expect(attachment).toMatchObject({ name, sizeBytes: content.length });
    const address = `${bridge.url}/api/v1/messages/${String(body['id'])}/attachments`;
    const headers = { Authorization: `Bearer ${bridge.token}` };
    const download = await fetch(`${address}/${String(attachment!.id)}`, { headers });
    expect(Buffer.from(await download.arrayBuffer()).equals(content)).toBe(true);
    expect(download.headers.get('x-content-type-options')).toBe('nosniff');
    expect(download.headers.get('content-disposition')).toMatch(
      /^attachment; filename=".*"; filename\*=UTF-8''Gr%C3%B6%C3%9Fe/,
    );
    const other = await bridge.request(`/api/v1/messages/${String(body['id'])}/attachments/999999`);
    expect(other.status).toBe(404);
  });

  it('sends a draft later', async () => {
    const { body } = await send({ groupId, to, subject: 'später', text: 'x', draft: true });
    const sent = await bridge.request(`/api/v1/messages/${String(body['id'])}/send`, {
      method: 'POST',
    });
    expect(sent.body).toMatchObject({ id: body['id'], state: 'queued' });
    const again = await bridge.request(`/api/v1/messages/${String(body['id'])}/send`, {
      method: 'POST',
    });
    expect(again.body['code']).toBe('messageNotSendable');
  });

  it('answers within the thread: state, subject once, reference', async () => {
    const first = await send({ groupId, to, subject: 'AW: Re: Frage', text: 'x', draft: true });
    const answer = await send({ replyToId: first.body['id'], to, text: 'Antwort', draft: true });
    const stored = (await read(answer.body['id'])).body;
    expect(stored).toMatchObject({ subject: 'Re: Frage', refersTo: first.body['id'], groupId });
  });

  it('SAL-117 refuses a sender that no SMTP account serves, naming it', async () => {
    for (const message of [
      { groupId: unservedGroupId },
      { from: 'niemand@example.com' },
      { from: 'unknown@example.com' },
    ]) {
      const answer = await send({ ...message, to, subject: 'x', text: 'y' });
      expect(answer.body).toMatchObject({ status: 422, code: 'senderNotServed', field: 'from' });
      expect(answer.body['detail']).toMatch(/niemand@example\.com|unknown@example\.com/);
    }
    const { body } = await bridge.request(`/api/v1/messages?groupId=${String(unservedGroupId)}`);
    expect(body['messages']).toEqual([]);
  });

  const lineBreak = 'x\r\nBcc: evil@example.org';
  it.each<[string, Record<string, unknown>, string]>([
    ['a line break in the subject', { subject: lineBreak }, 'subject'],
    ['a line break in a name', { to: [{ name: lineBreak, address: 'a@b.example' }] }, 'to.0.name'],
    ['a line break in an address', { cc: ['a@b.example\r\nRCPT TO:<evil@example.org>'] }, 'cc.0'],
    ['two addresses in one', { to: ['a@b.example, c@d.example'] }, 'to.0'],
    ['a group as an address', { bcc: ['x: evil@example.org;'] }, 'bcc.0'],
    [
      'a line break in a file name',
      { attachments: [{ name: lineBreak, contentBase64: '' }] },
      'attachments.0.name',
    ],
    [
      'a line break in a content type',
      { attachments: [{ name: 'x', contentType: 'text/plain\r\nX: y', contentBase64: '' }] },
      'attachments.0.contentType',
    ],
    [
      'broken base64',
      { attachments: [{ name: 'x', contentBase64: 'a*b=' }] },
      'attachments.0.contentBase64',
    ],
    ['no recipient', { to: [] }, 'to'],
    ['sender and group', { from: 'verkauf@example.com' }, 'from'],
    ['an unknown member', { reciepients: [] }, 'reciepients'],
  ])('refuses %s, naming the field', async (_name, change, field) => {
    const answer = await send({ groupId, to, subject: 's', text: 't', ...change });
    expect(answer.status).toBe(400);
    const errors = answer.body['errors'] as { field: string }[];
    expect(errors.map((error) => error.field)).toContain(field);
    expect(answer.text).not.toContain('evil');
  });
});

describe('filing', () => {
  const patch = (id: unknown, body: unknown) =>
    bridge.request(`/api/v1/messages/${String(id)}`, { method: 'PATCH', body });
  const subjects = async (query: string): Promise<unknown[]> => {
    const { body } = await bridge.request(`/api/v1/messages?${query}`);
    return (body['messages'] as { subject: string }[]).map(({ subject }) => subject);
  };

  it('marks as read, spam, deleted and back, and changes the group', async () => {
    const { body } = await send({ groupId, to, subject: 'ablegen', text: 'x', draft: true });
    expect((await patch(body['id'], { read: true, spam: true })).body).toMatchObject({
      read: true,
      spam: true,
    });
    expect((await patch(body['id'], { spam: false, groupId: unservedGroupId })).body).toMatchObject(
      { spam: false, groupId: unservedGroupId },
    );
    expect((await patch(body['id'], { state: 'sent' })).body).toMatchObject({
      status: 400,
      field: 'state',
    });
  });

  it('SAL-54 only marks a deleted message; it can be found again', async () => {
    const { body } = await send({ groupId, to, subject: 'gelöscht', text: 'x', draft: true });
    const path = `/api/v1/messages/${String(body['id'])}`;
    expect((await bridge.request(path, { method: 'DELETE' })).status).toBe(204);
    expect((await bridge.request(path)).body).toMatchObject({ deleted: true });
    expect(await subjects('search=gel%C3%B6scht')).toEqual([]);
    expect(await subjects('deleted=true')).toContain('gelöscht');
    expect((await patch(body['id'], { deleted: false })).body).toMatchObject({ deleted: false });
  });

  it('lists by criteria, pages, and refuses what it does not know', async () => {
    for (const subject of ['eins', 'zwei', 'drei'])
      await send({ groupId, to, subject: `Seite ${subject}`, text: 'x', draft: true });
    expect(await subjects('search=Seite&state=draft')).toEqual([
      'Seite drei',
      'Seite zwei',
      'Seite eins',
    ]);
    const first = await bridge.request('/api/v1/messages?search=Seite&limit=2');
    expect(first.body['messages']).toHaveLength(2);
    const cursor = String(first.body['nextCursor']);
    const second = await bridge.request(`/api/v1/messages?search=Seite&limit=2&cursor=${cursor}`);
    expect(second.body).toMatchObject({ messages: [{ subject: 'Seite eins' }], nextCursor: null });
    const unknown = await bridge.request('/api/v1/messages?folder=x');
    expect(unknown.body).toMatchObject({ code: 'unknownField', field: 'folder' });
  });

  it('searches text and attachments, phrases and spellings, and refuses what is no search', async () => {
    const attachment = {
      name: 'Zählerstände.csv',
      contentType: 'text/csv',
      contentBase64: Buffer.from('Wärmepumpe;4711').toString('base64'),
    };
    const text = 'Die Rechnungsnummer ist RE-2024/77, bitte prüfen.';
    const draft = { groupId, to, subject: 'Suche', text, draft: true };
    await send({ ...draft, attachments: [attachment] });
    const search = (words: string) => subjects(`search=${encodeURIComponent(words)}`);
    for (const words of [
      'nummer RE-2024/77',
      '"bitte pruefen"',
      'zaehlerstaende',
      'RECHNUNG',
      'pumpe 4711',
    ])
      // what was just written is in the index a moment later
      await waitFor(async () => (await search(words)).join() === 'Suche', { what: words });
    for (const words of ['"prüfen bitte"', 'nummer NOT RE-2024/77', 'rechnung*nummer'])
      expect(await search(words)).toEqual([]);
    for (const words of ['', '%20%20', '%22*%22', 'a'.repeat(201)]) {
      const { body } = await bridge.request(`/api/v1/messages?search=${words}`);
      expect(body).toMatchObject({ status: 400, field: 'search' });
    }
  });

  it('answers 404 to an id that is not there', async () => {
    for (const path of ['999999', '999999/raw', '999999/attachments/1'])
      expect((await bridge.request(`/api/v1/messages/${path}`)).status).toBe(404);
    expect((await patch(999999, { read: true })).status).toBe(404);
    expect((await read('12x')).body).toMatchObject({ status: 400, field: 'id' });
  });
});
