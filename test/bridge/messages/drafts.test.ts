/** Writing on at drafts, attachments as streams, images in HTML, the outbox, sending later. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Archive } from '../../../src/archive/index.js';
import { withoutDataImages } from '../../../src/bridge/messages/inline-images.js';
import { signatureHtml, signatureText } from '../../../src/bridge/messages/signature-variables.js';
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

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const IMAGE = `<img alt="x" src="data:image/png;base64,${PNG.toString('base64')}">`;
const HOUR_MS = 3_600_000;

let directory: TemporaryDirectory;
let archive: Archive;
let bridge: BridgeHarness;
let groupId: number;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  const realm = { username: 'bridge', password: 'archive-password' };
  archive = await openEmbeddedArchive({
    dataDir: directory.path,
    realm,
    connect: { egress: EgressPolicy.parse('127.0.0.0/8'), trust: {} },
  });
  bridge = await startBridge({
    embedded: { url: `http://127.0.0.1:${String(archive.port)}`, ...realm },
  });
  const client = await bridge.archive.client();
  groupId = await client.groups.New({
    Group: RpcGroup.make({
      Name: 'Verkauf & Co',
      Email: 'verkauf@example.com',
      Phone: '0221 / 12 34',
    }),
  });
  await client.signatures.New({
    Signature: RpcSignature.make({
      Name: 'Verkauf',
      TextData: '{{GroupName}}\nTel. {{ GroupPhone }} {{UserName}}{{Unbekannt}}',
      HtmlData: `<b>{{GroupName}}</b> ${IMAGE}`,
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
      // nothing listens here: what is released stays in the outbox
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

const to = ['kunde@example.net'];
const call = (method: string, path: string, body?: Record<string, unknown>): Promise<Answer> =>
  bridge.request(`/api/v1${path}`, { method, ...(body !== undefined && { body }) });
const send = async (body: Record<string, unknown>): Promise<number> => {
  const answer = await call('POST', '/messages', { groupId, to, ...body });
  expect(answer.status).toBe(202);
  return answer.body['id'] as number;
};
const draft = (body: Record<string, unknown> = {}) => send({ draft: true, ...body });
const read = async (id: number) => (await call('GET', `/messages/${id}`)).body;
const attachmentsOf = async (id: number) =>
  (await read(id))['attachments'] as { id: number; name: string; sizeBytes: number }[];
const upload = (id: number, name: string, body: Buffer | string) =>
  fetch(`${bridge.url}/api/v1/messages/${id}/attachments?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${bridge.token}`,
      'Content-Type': 'application/octet-stream',
    },
    body,
    duplex: 'half',
  });
const outbox = async () =>
  (await call('GET', '/outbox')).body['items'] as Record<string, unknown>[];
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

describe('a draft', () => {
  it('is written on: what is left out stays, and no second signature comes', async () => {
    const id = await draft({ subject: 'Angebot', text: 'Guten Tag' });
    const { status, body } = await call('PUT', `/messages/${id}`, {
      subject: 'Angebot 2',
      to: ['a@example.net', { name: 'B', address: 'b@example.net' }],
      requestDeliveryReport: true,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      subject: 'Angebot 2',
      to: ['a@example.net', 'B <b@example.net>'],
      delivery: { state: 'draft' },
    });
    expect(body['text']).toBe('Guten Tag\n\nVerkauf & Co\nTel. 0221 / 12 34 ');
    const html = await call('PUT', `/messages/${id}`, { html: '<p>Neu</p>' });
    expect(html.body).toMatchObject({ subject: 'Angebot 2', html: '<p>Neu</p>' });
    const plain = await call('PUT', `/messages/${id}`, { text: 'Doch einfach' });
    expect(plain.body).toMatchObject({ text: 'Doch einfach', html: null });
  });

  it('takes files as they come in, and gives them back', async () => {
    const id = await draft({ text: 'mit Anlage' });
    const content = Buffer.alloc(30_000_000, 'abcdefg');
    const answer = await upload(id, 'Größe.bin', content);
    expect(answer.status).toBe(201);
    const added = (await answer.json()) as { id: number };
    expect(added).toMatchObject({ name: 'Größe.bin', sizeBytes: content.length });
    const back = await fetch(`${bridge.url}/api/v1/messages/${id}/attachments/${added.id}`, {
      headers: { Authorization: `Bearer ${bridge.token}` },
    });
    expect(Buffer.from(await back.arrayBuffer()).equals(content)).toBe(true);
    expect((await call('DELETE', `/messages/${id}/attachments/${added.id}`)).status).toBe(204);
    expect(await attachmentsOf(id)).toEqual([]);
    expect((await call('DELETE', `/messages/${id}/attachments/${added.id}`)).status).toBe(404);
  });

  it('has nothing of a file that broke off, and goes on', async () => {
    const id = await draft({ text: 'mit Anlage' });
    const abort = new AbortController();
    const endless = new ReadableStream({
      async pull(controller) {
        await sleep(5);
        if (abort.signal.aborted) controller.close();
        else controller.enqueue(Buffer.alloc(65_536));
      },
    });
    const broken = fetch(`${bridge.url}/api/v1/messages/${id}/attachments?name=x.bin`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${bridge.token}` },
      body: endless,
      duplex: 'half',
      signal: abort.signal,
    }).catch(() => 'broken');
    setTimeout(() => abort.abort(), 300);
    expect(await broken).toBe('broken');
    await waitFor(async () => (await upload(id, 'gut.txt', 'gut')).status === 201);
    expect((await attachmentsOf(id)).map(({ name }) => name)).toEqual(['gut.txt']);
  });

  it('cannot be what was sent already', async () => {
    const id = await send({ text: 'unterwegs' });
    const answers = [
      await call('PUT', `/messages/${id}`, { subject: 'zu spät' }),
      await call('DELETE', `/messages/${id}/attachments/1`),
    ];
    for (const { status, body } of answers)
      expect([status, body['code']]).toEqual([409, 'notADraft']);
    const late = await upload(id, 'x.txt', 'x');
    expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([
      409,
      'notADraft',
    ]);
  });
});

describe('a forward', () => {
  it('takes the files along, and the subject once', async () => {
    const original = await draft({ subject: 'AW: Re[2]: Antwort: Zeichnung', html: IMAGE });
    await upload(original, 'zeichnung.dxf', 'LINE 0 0');
    const image = (await attachmentsOf(original)).find(({ name }) => name.startsWith('image-'))!;

    const whole = await draft({ forwardOfId: original, text: 'Zur Kenntnis' });
    expect((await read(whole))['subject']).toBe('Fwd: Zeichnung');
    const copied = await attachmentsOf(whole);
    expect(copied.map(({ name }) => name).sort()).toEqual([image.name, 'zeichnung.dxf'].sort());
    const file = copied.find(({ name }) => name === 'zeichnung.dxf')!;
    const path = `${bridge.url}/api/v1/messages/${whole}/attachments/${file.id}`;
    const bytes = await fetch(path, { headers: { Authorization: `Bearer ${bridge.token}` } });
    expect(await bytes.text()).toBe('LINE 0 0');
    expect((await attachmentsOf(original)).length).toBe(2);
  });

  it('leaves them where it is told to', async () => {
    const original = await draft({ subject: 'Zeichnung' });
    await upload(original, 'zeichnung.dxf', 'LINE 0 0');
    const bare = await draft({ forwardOfId: original, forwardAttachments: false });
    expect(await attachmentsOf(bare)).toEqual([]);
  });

  it('has one of each name and size, also its own', async () => {
    const original = await draft({ subject: 'Liste' });
    await upload(original, 'liste.csv', 'a;b');
    const own = { name: 'liste.csv', contentBase64: Buffer.from('c;d;e').toString('base64') };
    const both = await draft({ forwardOfId: original, attachments: [own] });
    expect((await attachmentsOf(both)).map(({ sizeBytes }) => sizeBytes).sort()).toEqual([3, 5]);
  });
});

describe('images in HTML', () => {
  it('are attached, once, and shown in their place, those of the signature too', async () => {
    const id = await draft({ html: `<p>Logo: ${IMAGE}</p>` });
    const attachments = await attachmentsOf(id);
    expect(attachments).toHaveLength(1);
    const [{ name, sizeBytes } = { name: '', sizeBytes: 0 }] = attachments;
    expect(sizeBytes).toBe(PNG.length);
    const stored = await (
      await bridge.archive.client()
    ).items.Get({
      ID: id,
      MarkAsReading: false,
    });
    const html = stored.Properties.Email.ViewData.toString();
    expect(html.split(`src="cid:${name}"`)).toHaveLength(3);
    expect(html).toContain('<b>Verkauf &amp; Co</b>');
    await call('PUT', `/messages/${id}`, { html: `<p>noch einmal ${IMAGE}</p>` });
    expect(await attachmentsOf(id)).toHaveLength(1);
  });

  it('stay what they are when they are no images, or none of ours', () => {
    for (const html of [
      '<a href="data:image/png;base64,AAAA">x</a>',
      '<img src="data:image/svg+xml;base64,AAAA">',
      '<img src="data:text/html;base64,AAAA">',
      '<img src="https://example.test/a.png">',
    ])
      expect(withoutDataImages(html)).toEqual({ html, images: [] });
  });
});

describe('variables of a signature', () => {
  const group = {
    Name: 'A <b>',
    Email: 'a@example.com',
    Phone: '1',
    Mobile: '',
    Fax: '',
    PostalAddress: 'Weg 1\nOrt',
  };

  it('stand for group and user; what is missing or unknown is empty', () => {
    const sender = { group, user: { name: 'Eva "E" Roth', emails: ['eva@example.com'] } };
    expect(signatureText('{{username}} {{UserEmail}} {{GroupMobile}}{{Nix}} {x}', sender)).toBe(
      'Eva "E" Roth eva@example.com  {x}',
    );
    expect(signatureHtml('{{UserName}}<br>{{GroupName}} {{GroupPostalAddress}}', sender)).toBe(
      'Eva &quot;E&quot; Roth<br>A &lt;b&gt; Weg 1<br>Ort',
    );
    expect(signatureText('-{{UserName}}-', { group, user: null })).toBe('--');
  });
});

describe('the outbox', () => {
  it('tells what waits, and gives it back as a draft', async () => {
    const id = await send({ subject: 'Rückholbar', text: 'x', sendAt: inHours(2) });
    const mine = (await outbox()).find((one) => one['id'] === id);
    expect(mine).toMatchObject({ subject: 'Rückholbar', attempts: 0, sending: false });
    expect(Date.parse(mine?.['sendAt'] as string)).toBeGreaterThan(Date.now() + HOUR_MS);
    expect((await call('DELETE', `/outbox/${id}`)).status).toBe(204);
    expect((await outbox()).some((one) => one['id'] === id)).toBe(false);
    expect(await read(id)).toMatchObject({ state: 'draft', delivery: { state: 'draft' } });
    const again = await call('DELETE', `/outbox/${id}`);
    expect([again.status, again.body['code']]).toEqual([409, 'messageNotQueued']);
    const later = await call('POST', `/messages/${id}/send`, { sendAt: inHours(1) });
    expect(later.status).toBe(202);
    expect((await outbox()).some((one) => one['id'] === id)).toBe(true);
    expect((await call('DELETE', '/outbox/999999')).status).toBe(404);
  });

  it('holds a mail with attachments until its time', async () => {
    const id = await send({
      text: 'x',
      sendAt: inHours(5),
      attachments: [{ name: 'a.txt', contentBase64: 'YQ==' }],
    });
    expect((await attachmentsOf(id)).map(({ name }) => name)).toEqual(['a.txt']);
    expect((await outbox()).find((one) => one['id'] === id)?.['sendAt']).not.toBeNull();
  });

  it.each([
    ['a moment that is over', { sendAt: '2020-01-01T00:00:00Z' }, 'sendAt'],
    ['a moment in years', { sendAt: inHours(24 * 800) }, 'sendAt'],
    ['a moment without a zone', { sendAt: '2030-01-01T00:00:00' }, 'sendAt'],
    ['a draft that is to leave', { sendAt: inHours(1), draft: true }, 'sendAt'],
  ])('does not take %s', async (_what, given, field) => {
    const answer = await call('POST', '/messages', { groupId, to, text: 'x', ...given });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(field);
  });
});
