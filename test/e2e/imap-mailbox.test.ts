/** An IMAP mailbox through the product's own API, with Dovecot and Postfix: connected, watched, answered from. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ImapFlow } from 'imapflow';
import { makeMessage } from '../../fixtures/messages/index.js';
import { fillMaildir } from '../../fixtures/servers/maildir.js';
import { startMailSandbox, type MailSandbox } from '../../fixtures/servers/mail-sandbox.js';
import { startProduct, type Product } from '../support/product.js';
import { waitFor } from '../support/wait-for.js';

const SALES = { address: 'verkauf@example.test', password: 'Geheim!42' };

let sandbox: MailSandbox;
let product: Product;
beforeAll(async () => {
  sandbox = await startMailSandbox({ users: [SALES] });
  product = await startProduct([sandbox.caCertificate]);
}, 60_000);
afterAll(async () => {
  await product.close();
  await sandbox.stop();
}, 30_000);

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${product.url}/api/v1${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${product.token}`,
      'Content-Type': 'application/json',
      'Accept-Language': 'de',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, answer };
}

const itemsOf = ({ answer }: Awaited<ReturnType<typeof call>>) =>
  (answer['items'] ?? answer['messages']) as readonly Record<string, unknown>[];

async function asOtherClient<T>(work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const client = new ImapFlow({
    host: 'localhost',
    port: sandbox.imapsPort,
    secure: true,
    tls: { ca: sandbox.caCertificate },
    auth: { user: SALES.address, pass: SALES.password },
    logger: false,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.logout();
  }
}

const account = (more: Record<string, unknown> = {}) => ({
  name: 'Verkauf',
  protocol: 'imap',
  host: 'localhost',
  port: sandbox.imapsPort,
  username: SALES.address,
  password: SALES.password,
  ...more,
});

describe('an IMAP mailbox', () => {
  it('is checked in its folder before it is saved', async () => {
    const good = await call('POST', '/incoming-accounts/check', account());
    expect(good.answer).toMatchObject({ ok: true });
    const bad = await call(
      'POST',
      '/incoming-accounts/check',
      account({ mailbox: 'Gibt es nicht' }),
    );
    expect(bad.answer).toMatchObject({
      ok: false,
      findings: [{ code: 'folderMissing', field: 'mailbox' }],
    });
    expect(JSON.stringify(bad.answer)).toContain('keinen Ordner dieses Namens');
  });

  it('is connected without the mail that lies there, and then has new mail at once', async () => {
    await asOtherClient((client) => client.mailboxCreate('Gesendete Objekte'));
    await fillMaildir(sandbox.maildirOf(SALES.address), [
      makeMessage({ index: 1, sizeBytes: 2000 }),
    ]);
    const created = await call(
      'POST',
      '/incoming-accounts',
      account({
        active: true,
        initialImport: { mode: 'onlyNew' },
        smtp: { host: 'localhost', port: sandbox.submissionPort },
      }),
    );
    expect(created).toMatchObject({
      status: 201,
      answer: { account: { protocol: 'imap', copySent: true, sentFolder: '', active: true } },
    });
    const passedOver = async () => {
      const { answer } = await call('GET', '/incoming-accounts/1/completeness');
      return answer['passedOver'] === 1 ? answer : undefined;
    };
    expect(await waitFor(passedOver)).toMatchObject({ onServer: 1, stored: 0, complete: true });
    expect(itemsOf(await call('GET', '/messages'))).toHaveLength(0);
    await fillMaildir(sandbox.maildirOf(SALES.address), [
      makeMessage({ index: 2, sizeBytes: 2000 }),
    ]);
    // long before the interval of five minutes
    await waitFor(async () => itemsOf(await call('GET', '/messages')).length === 1, {
      timeoutMs: 30_000,
    });
  }, 60_000);

  it('tells its folders, with names in the caller’s language', async () => {
    const items = itemsOf(await call('GET', '/incoming-accounts/1/folders'));
    expect(items).toContainEqual({
      path: 'Gesendete Objekte',
      name: 'Gesendete Objekte',
      label: 'Gesendete Elemente',
      role: 'sent',
      selectable: true,
    });
    expect(items).toContainEqual(expect.objectContaining({ path: 'INBOX', role: 'inbox' }));
  });

  it('has a copy of what was sent', async () => {
    const sent = await call('POST', '/messages', {
      from: SALES.address,
      to: ['kunde@example.test'],
      subject: 'Angebot',
      text: 'Guten Tag',
    });
    expect(sent.status).toBe(202);
    const copies = await waitFor(async () => {
      const found = await asOtherClient(async (client) => {
        const { exists } = await client.mailboxOpen('Gesendete Objekte');
        return exists === 0 ? [] : client.fetchAll('1:*', { envelope: true });
      });
      return found.length > 0 ? found : undefined;
    });
    expect(copies.map(({ envelope }) => envelope?.subject)).toEqual(['Angebot']);
  });
});
