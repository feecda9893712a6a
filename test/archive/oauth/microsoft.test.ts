/** What is different with Microsoft: administrators consent, applications have access of their own. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OAuth2Flow, OAuth2State } from '../../../src/greyhound/index.js';
import { Browser } from '../../support/browser.js';
import { faultOf } from '../archive-under-test.js';
import { admin, OAuthStand, sales, shared } from './oauth-stand.js';

let stand: OAuthStand;
beforeAll(async () => {
  stand = await OAuthStand.open({
    style: 'microsoft',
    adminConsentRequired: true,
    applicationMayUse: [shared.address],
  });
}, 60_000);
afterAll(() => stand.close(), 30_000);

describe('an administrator', () => {
  it('SAL-94 consents and has linked nothing; the second sign-in links', async () => {
    const session = await stand.start({ Flow: OAuth2Flow.ofAdminConsent });
    const browser = new Browser();
    const page = (await browser.open(session.Url)).headers.get('location') ?? '';
    expect(page.startsWith(stand.provider.adminConsentUrl)).toBe(true);
    const form = { address: admin.address, password: admin.password, decision: 'accept' };
    const callback = await postForm(page, form, stand.provider.caCertificate);
    const reply = await browser.open(callback);
    expect(await reply.text()).toContain('noch nicht verknüpft');
    expect(await stand.progress(session)).toMatchObject({
      State: OAuth2State.oasFailed,
      Code: 'consentGranted',
      Password: '',
    });
    const second = await stand.start();
    await stand.signIn(second);
    expect(await stand.progress(second)).toMatchObject({
      State: OAuth2State.oasFinished,
      Identity: sales.address,
    });
  });

  it('SAL-94 who signs in where the mailbox should have consents, too', async () => {
    const session = await stand.start();
    await stand.signIn(session, admin);
    expect(await stand.progress(session)).toMatchObject({
      State: OAuth2State.oasFailed,
      Code: 'consentGranted',
      Identity: admin.address,
      Password: '',
    });
  });

  it('is asked which account to use (SAL-91)', async () => {
    const { Url } = await stand.start();
    const page = new URL((await new Browser().open(Url)).headers.get('location') ?? '');
    expect(page.searchParams.get('prompt')).toBe('select_account');
  });
});

describe('access of the application', () => {
  it('needs nobody to sign in, and opens the mailboxes that it was given', async () => {
    const session = await stand.start({ Flow: OAuth2Flow.ofApplication, Address: shared.address });
    expect(session.Url).toBe('');
    const { State, Password, Identity } = await stand.progress(session);
    expect([State, Identity]).toEqual([OAuth2State.oasFinished, '']);
    const id = await stand.addPop3(shared.address, Password, 'Info');
    await stand.deliver(shared.address, 'an die Anwendung');
    await stand.archive.fetchNow(id);
    expect((await stand.archive.list()).map(({ Subject }) => Subject)).toEqual([
      'an die Anwendung',
    ]);
    // it is renewed without a refresh token
    stand.archive.clock.advance(2 * 3_600_000);
    await stand.deliver(shared.address, 'noch eine');
    await stand.archive.fetchNow(id);
    expect(stand.provider.countOf('clientCredentials')).toBeGreaterThanOrEqual(2);
    expect(await stand.archive.list()).toHaveLength(2);
  }, 30_000);

  it('is refused while the provider does not accept the client', async () => {
    stand.provider.setFault('invalidClient');
    const start = stand.start({ Flow: OAuth2Flow.ofApplication, Address: shared.address });
    expect((await faultOf(start)).text).toContain('[clientRefused]');
    stand.provider.setFault('none');
  });
});

async function postForm(url: string, form: Record<string, string>, ca: string): Promise<string> {
  const { default: axios } = await import('axios');
  const { Agent } = await import('node:https');
  const { headers } = await axios.post(url, new URLSearchParams(form), {
    httpsAgent: new Agent({ ca }),
    maxRedirects: 0,
    validateStatus: () => true,
  });
  return String(headers['location']);
}
