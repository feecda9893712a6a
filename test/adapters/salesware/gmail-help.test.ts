/** The help for Gmail, over HTTP; no mail server is needed for what is shown here. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { start, type Running } from '../../../src/main.js';
import { readConfig } from '../../../src/platform/config.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';

const token = 'gmail-help-token-0123456789';
let directory: TemporaryDirectory;
let bridge: Running;

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  bridge = await start(
    readConfig({
      MB_DATA_DIR: join(directory.path, 'data'),
      MB_PORT: '0',
      MB_ARCHIVE_PORT: '0',
      MB_ADMIN_TOKEN: token,
      MB_LOG_LEVEL: 'silent',
    }),
  );
});

afterAll(async () => {
  await bridge.close();
  await directory.remove();
});

interface Notice {
  readonly id: string;
  readonly text: string;
  readonly seite?: string;
}

async function notices(language: string): Promise<readonly Notice[]> {
  const response = await fetch(`${bridge.url}/adapters/salesware/pop3-konten`, {
    headers: { authorization: `Bearer ${token}`, 'accept-language': language },
  });
  const body = (await response.json()) as { register: { hinweise: readonly Notice[] } };
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
