/** The help for Gmail, over HTTP; no mail server is needed for what is shown here. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startProduct, type Product } from '../../support/product.js';
import { callAt } from './calls.js';

let bridge: Product;

beforeAll(async () => {
  bridge = await startProduct();
});
afterAll(() => bridge.close());

interface Notice {
  readonly id: string;
  readonly text: string;
  readonly seite?: string;
}

async function notices(language: string): Promise<readonly Notice[]> {
  const { body } = await callAt<{ readonly register: { readonly hinweise: readonly Notice[] } }>(
    bridge,
    'GET',
    '/adapters/salesware/pop3-konten',
    { language },
  );
  return body.register.hinweise.filter(({ id }) => id.startsWith('gmail'));
}

describe('the help for Gmail', () => {
  it.each<[string, string, string, string | undefined]>([
    ['SAL-84', 'gmailWenigerSichereApps', '„Zugriff durch weniger sichere Apps“', undefined],
    ['SAL-85', 'gmailPruefen', 'Prüfen Sie die Einstellungen', undefined],
    [
      'SAL-86',
      'gmailBestaetigen',
      'dass Sie ein Mensch sind',
      'https://accounts.google.com/DisplayUnlockCaptcha',
    ],
    ['SAL-87', 'gmailNocheinmalPruefen', 'sofort noch einmal', undefined],
    [
      'SAL-88',
      'gmailAppPasswort',
      'Zwei-Faktor-Aktivierung, 2FA',
      'https://support.google.com/accounts/answer/185833',
    ],
  ])('%s stands in the register of the accounts', async (_, id, text, page) => {
    const notice = (await notices('de')).find((one) => one.id === id);
    expect(notice?.text).toContain(text);
    expect(notice?.seite).toBe(page);
  });

  it('says that the old way is gone, and what to do instead', async () => {
    const [first] = await notices('de');
    expect(first?.text).toContain('gibt es bei Google nicht mehr');
    expect(first?.text).toMatch(/OAuth2.*App-Passwort/);
  });

  it('stands in English too, in the same order', async () => {
    const german = await notices('de');
    const english = await notices('en');
    expect(english.map(({ id }) => id)).toEqual(german.map(({ id }) => id));
    expect(english.map(({ text }) => text).join(' ')).toContain('two-step verification');
  });
});
