/**
 * People who link mailboxes: the whole product through main.ts, a real authorization server, real mail servers, and a
 * real browser, in which they consent, deny, pick the wrong account, close the window, or come too late.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { decideOn, signInOn } from '../../fixtures/authorization-server/person.js';
import {
  startAuthorizationServer,
  type AuthorizationServer,
} from '../../fixtures/authorization-server/server.js';
import { openBrowser, type TestBrowser } from '../../fixtures/browser.js';
import { startMailSandbox, type MailSandbox } from '../../fixtures/servers/mail-sandbox.js';
import { startProduct, type Product } from '../support/product.js';
import { waitFor } from '../support/wait-for.js';

const sales = { address: 'verkauf@example.test', password: 'Geheim!42' };
const clerk = { address: 'meier@example.test', password: 'Meier!1' };
const administrator = {
  address: 'admin@example.test',
  password: 'Admin!1',
  isAdministrator: true,
};
const people = [sales, clerk, administrator];

interface Link {
  readonly linkId: string;
  readonly state: string;
  readonly url: string | null;
  readonly userCode: string | null;
  readonly verificationUrl: string | null;
  readonly signedInAs: string | null;
  readonly failure: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
  } | null;
}

let browser: TestBrowser;
beforeAll(async () => {
  browser = await openBrowser();
}, 30_000);
afterAll(() => browser.close());

let provider: AuthorizationServer;
let sandbox: MailSandbox;
let product: Product;
let session: BrowserContext;
let page: Page;

async function open(kind: 'openid' | 'microsoft', options: object = {}): Promise<void> {
  provider = await startAuthorizationServer({ accounts: people, style: kind, ...options });
  sandbox = await startMailSandbox({ users: people, oauth: provider.introspection });
  product = await startProduct([sandbox.caCertificate, provider.caCertificate]);
  const own = { id: 'firma', kind, issuer: provider.issuer, clientId: provider.clientId };
  const body = {
    providers: [
      {
        ...own,
        clientSecret: provider.clientSecret,
        hosts: ['localhost'],
        ...(kind === 'openid'
          ? { scopes: ['openid', 'email', 'profile', 'offline_access', 'mail'] }
          : {}),
      },
    ],
  };
  const { providers } = (await api('PUT', '/api/v1/oauth/providers', body)) as {
    providers: { redirectUrl: string }[];
  };
  provider.registerRedirectUri(providers[0]!.redirectUrl);
}

beforeEach(async () => {
  session = await browser.newSession();
  page = await session.newPage();
});
afterEach(async () => {
  await session.close();
  await product.close();
  await sandbox.stop();
  await provider.stop();
}, 30_000);

async function api(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(product.url + path, {
    method,
    headers: {
      Authorization: `Bearer ${product.token}`,
      'Accept-Language': 'de',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer: unknown = text === '' ? null : JSON.parse(text);
  if (response.status >= 400) throw new Error(`${response.status} ${text}`);
  return answer;
}

const begin = (given: object = {}) =>
  api('POST', '/api/v1/oauth/links', {
    host: 'localhost',
    emailAddress: sales.address,
    ...given,
  }) as Promise<Link>;

const look = (link: Link) => api('GET', `/api/v1/oauth/links/${link.linkId}`) as Promise<Link>;

const save = (given: object) =>
  api('POST', '/api/v1/incoming-accounts', {
    name: 'Verkauf',
    host: 'localhost',
    port: sandbox.pop3sPort,
    security: 'tls',
    authentication: 'oauth2',
    username: sales.address,
    smtp: { host: 'localhost', port: sandbox.submissionPort, security: 'starttls' },
    ...given,
  }) as Promise<{ account: { id: number; oauth: { state: string } } }>;

const standing = (id: number) =>
  api('GET', `/api/v1/incoming-accounts/${String(id)}/oauth`) as Promise<{
    state: string;
    signedInAs: string | null;
    expiresBecause: string | null;
  }>;

const text = () => page.locator('main, body').first().innerText();

describe('somebody who consents', () => {
  it('SAL-89 SAL-90 SAL-92 SAL-93 is led to the provider and back to the form, and mail flows both ways', async () => {
    await open('openid');
    // the form of the ERP, as far as it matters here
    await page.route('https://erp.example.test/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<h1>Das Formular</h1>' }),
    );
    const link = await begin({ returnUrl: 'https://erp.example.test/pop3/neu?schritt=2' });
    await page.goto(link.url!);
    await signInOn(page, sales);
    await decideOn(page, 'Allow');
    await page.getByText('Das Formular').waitFor();
    const back = new URL(page.url());
    expect(Object.fromEntries(back.searchParams)).toEqual({
      schritt: '2',
      oauthLink: link.linkId,
      oauthState: 'linked',
    });
    // nothing of what the provider gave has come by the browser
    const seen = await page.evaluate(
      '[document.cookie, localStorage.length, location.href].join()',
    );
    expect(seen).not.toMatch(/token|secret|code=/);
    expect(await look(link)).toMatchObject({ state: 'linked', signedInAs: sales.address });
    const { account } = await save({ linkId: link.linkId, active: true });
    expect(account.oauth).toMatchObject({ state: 'linked' });
    const mail =
      'From: kunde@example.test\r\nSubject: Anfrage\r\nMessage-ID: <a@b.test>\r\n\r\nHallo\r\n';
    await sandbox.deliver(sales.address, Buffer.from(mail));
    await waitFor(
      async () => {
        await api('POST', '/api/v1/receive', {});
        const { messages } = (await api('GET', '/api/v1/messages')) as {
          messages: { subject: string }[];
        };
        return messages.some(({ subject }) => subject === 'Anfrage');
      },
      { timeoutMs: 20_000, what: 'the mail in the archive' },
    );
    await api('POST', '/api/v1/messages', {
      from: sales.address,
      to: [clerk.address],
      subject: 'Antwort',
      text: 'Guten Tag',
    });
    await waitFor(
      async () =>
        (await sandbox.readMaildir(clerk.address)).some(({ bytes }) =>
          bytes.includes('Subject: Antwort'),
        ),
      { timeoutMs: 20_000, what: 'the mail that was sent' },
    );
  }, 90_000);

  it('SAL-97 renews by unlinking first, then linking again', async () => {
    await open('openid');
    const first = await begin();
    await page.goto(first.url!);
    await signInOn(page, sales);
    await decideOn(page, 'Allow');
    await page.getByText('Signing in at the provider is completed.').waitFor();
    const { account } = await save({ linkId: first.linkId });
    const path = `/api/v1/incoming-accounts/${String(account.id)}/oauth`;
    await expect(api('POST', `${path}/link`, {})).rejects.toThrow(/409.*alreadyLinked/);
    expect(await api('DELETE', path)).toMatchObject({ state: 'unlinked' });
    expect(await api('DELETE', path)).toMatchObject({ state: 'unlinked' });
    const again = (await api('POST', `${path}/link`, {})) as Link;
    expect(await standing(account.id)).toMatchObject({ state: 'pending' });
    await page.goto(again.url!);
    // the browser is still signed in there
    await decideOn(page, 'Allow').catch(() => undefined);
    await waitFor(async () => (await standing(account.id)).state === 'linked', {
      timeoutMs: 15_000,
    });
  }, 90_000);
});

describe('somebody who does not', () => {
  it('denies: nothing is linked, the page and the link say so', async () => {
    await open('openid');
    const link = await begin();
    await page.goto(link.url!);
    await signInOn(page, sales);
    await decideOn(page, 'Deny');
    await page.waitForURL(`${product.url}/oauth/return/**`);
    expect(await text()).toMatch(/not allowed|denied|refused/i);
    expect(await look(link)).toMatchObject({ state: 'failed', failure: { code: 'denied' } });
    await expect(save({ linkId: link.linkId })).rejects.toThrow(/linkNotFinished/);
  }, 60_000);

  it('TEC-68 signs in with another account: both addresses are named, nothing is linked', async () => {
    await open('openid');
    const link = await begin();
    await page.goto(link.url!);
    await signInOn(page, clerk);
    await decideOn(page, 'Allow');
    await page.waitForURL(`${product.url}/oauth/return/**`);
    const { state, failure } = await look(link);
    expect([state, failure?.code]).toEqual(['failed', 'wrongAccount']);
    expect(failure?.message).toContain(clerk.address);
    expect(failure?.message).toContain(sales.address);
  }, 60_000);

  it('closes the window: the link stays open for a while and can be begun anew', async () => {
    await open('openid');
    const { account } = await save({});
    const path = `/api/v1/incoming-accounts/${String(account.id)}/oauth`;
    const link = (await api('POST', `${path}/link`, {})) as Link;
    await page.goto(link.url!);
    await page.close();
    expect(await standing(account.id)).toMatchObject({ state: 'pending' });
    const again = (await api('POST', `${path}/link`, {})) as Link;
    expect(again.url).not.toBe(link.url);
    // the address of before is of no use any more
    page = await session.newPage();
    expect((await page.goto(link.url!))?.status()).toBe(400);
    await page.goto(again.url!);
    await signInOn(page, sales);
    await decideOn(page, 'Allow');
    await waitFor(async () => (await standing(account.id)).state === 'linked', {
      timeoutMs: 15_000,
    });
  }, 60_000);

  it('closes the window a moment too early: what was allowed is not lost', async () => {
    await open('openid');
    const { account } = await save({});
    const path = `/api/v1/incoming-accounts/${String(account.id)}/oauth`;
    const link = (await api('POST', `${path}/link`, {})) as Link;
    // the way back from the callback is cut off
    await page.route('**/oauth/return/**', (route) => route.abort());
    await page.goto(link.url!);
    await signInOn(page, sales);
    await decideOn(page, 'Allow').catch(() => undefined);
    await page.close();
    await waitFor(async () => (await standing(account.id)).state === 'linked', {
      timeoutMs: 15_000,
    });
  }, 60_000);

  it('comes too late with a code: it has to be begun anew', async () => {
    await open('openid', { codeLifetimeSeconds: 1 });
    const link = await begin();
    // the browser is held up on its way back
    await page.route('**/interaction/*/allow', async (route) => {
      const allowed = await route.fetch({ maxRedirects: 0 });
      const onward = await session.request.get(allowed.headers()['location'] ?? '', {
        maxRedirects: 0,
      });
      await new Promise((resolve) => setTimeout(resolve, 2500));
      await route.fulfill({
        status: 303,
        headers: { location: onward.headers()['location'] ?? '' },
      });
    });
    await page.goto(link.url!);
    await signInOn(page, sales);
    await decideOn(page, 'Allow');
    await page.waitForURL(`${product.url}/oauth/return/**`);
    expect(await look(link)).toMatchObject({ state: 'failed', failure: { code: 'codeExpired' } });
  }, 60_000);
});

describe('somebody at another device', () => {
  const beginDevice = () => begin({ flow: 'device' });

  /** Up to where the provider wants to know who it is. */
  async function typeCode(link: Link): Promise<void> {
    await page.goto(link.verificationUrl!);
    await page.locator('input[name="user_code"]').fill(link.userCode!);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Confirm' }).click();
  }

  const fetched = (link: Link): Promise<Link> =>
    waitFor(
      async () => {
        const now = await look(link);
        return now.state === 'pending' ? null : now;
      },
      { timeoutMs: 15_000 },
    );

  it('TEC-60 TEC-62 TEC-66 types the code in there; asking fetches the token', async () => {
    await open('openid', { devicePollSeconds: 1 });
    const link = await beginDevice();
    expect([link.url, typeof link.userCode, typeof link.verificationUrl]).toEqual([
      null,
      'string',
      'string',
    ]);
    expect(await look(link)).toMatchObject({
      state: 'pending',
      failure: { code: 'notConfirmedYet' },
    });
    await typeCode(link);
    await signInOn(page, sales);
    await decideOn(page, 'Allow');
    await page.getByText('Close this window').waitFor();
    expect(await fetched(link)).toMatchObject({ state: 'linked', signedInAs: sales.address });
    // only saving makes the account
    expect(await api('GET', '/api/v1/incoming-accounts')).toMatchObject({ items: [] });
    const { account } = await save({ linkId: link.linkId });
    expect(account.oauth).toMatchObject({ state: 'linked' });
  }, 60_000);

  it('TEC-63 types the address anew, or is signed in there already: both link', async () => {
    await open('openid', { devicePollSeconds: 1 });
    const anew = await beginDevice();
    await typeCode(anew);
    await signInOn(page, sales);
    await decideOn(page, 'Allow');
    await page.getByText('Close this window').waitFor();
    const already = await beginDevice();
    await typeCode(already);
    // the provider knows who it is, and what was allowed
    await page.getByText('Close this window').waitFor();
    for (const link of [anew, already])
      expect(await fetched(link)).toMatchObject({ state: 'linked', signedInAs: sales.address });
  }, 60_000);
});

describe('an administrator of Microsoft 365', () => {
  it('SAL-91 SAL-94 SAL-95 consents for everybody; the mailbox is linked by the second sign-in', async () => {
    await open('microsoft', { adminConsentRequired: true });
    const { account } = await save({});
    const path = `/api/v1/incoming-accounts/${String(account.id)}/oauth`;
    const first = (await api('POST', `${path}/link`, {})) as Link;
    await page.goto(first.url!);
    await signInOn(page, administrator);
    await page.getByLabel(/on behalf of your organization/).check();
    await decideOn(page, 'Allow');
    await page.waitForURL(`${product.url}/oauth/return/**`);
    expect(await standing(account.id)).toMatchObject({ state: 'consentGranted', signedInAs: null });
    const second = (await api('POST', `${path}/link`, {})) as Link;
    await page.goto(second.url!);
    await signInOn(page, sales);
    await waitFor(async () => (await standing(account.id)).state === 'linked', {
      timeoutMs: 15_000,
    });
    expect(await standing(account.id)).toMatchObject({ signedInAs: sales.address });
  }, 90_000);
});
