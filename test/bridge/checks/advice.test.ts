/** What a settings check says about mail servers of known providers. Scripts stand for the servers. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Archive } from '../../../src/archive/index.js';
import type { ConnectDependencies } from '../../../src/mail/endpoint.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import { readDialogues, scriptOf, type Dialogue } from '../../mail/advice/dialogue.js';
import { makeCertificate, serve, type ScriptedServer } from '../../mail/scripted-server.js';
import { openEmbeddedArchive } from '../../support/embedded-archive.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';
import { Fault, startWireArchive, type WireArchive } from '../http/wire-archive.js';

const dialogues = readDialogues();
const certificate = makeCertificate(
  [...new Set(dialogues.map(({ host }) => `DNS:${host}`))].join(','),
);
/** Every name leads to this machine. */
const connect: ConnectDependencies = {
  egress: EgressPolicy.parse('127.0.0.0/8', () => Promise.resolve(['127.0.0.1'])),
  trust: { ca: [certificate.cert] },
};

let directory: TemporaryDirectory;
let archive: Archive;
let bridge: BridgeHarness;
let greyhound: WireArchive;
let withGreyhound: BridgeHarness;
const servers: ScriptedServer[] = [];

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  const realm = { username: 'bridge', password: 'archive-password' };
  archive = await openEmbeddedArchive({ dataDir: directory.path, realm, connect });
  const url = `http://127.0.0.1:${String(archive.port)}`;
  bridge = await startBridge({ embedded: { url, ...realm }, connect });
  greyhound = await startWireArchive();
  greyhound.on('RpcInfo.GetServerInfo', () => ({ Version: '5.5' }));
  greyhound.on('RpcInfo.GetAddOnList', () => []);
  withGreyhound = await startBridge({
    embedded: { url: greyhound.url, username: 'a', password: 'b' },
    connect,
  });
}, 60_000);
afterEach(() => servers.splice(0).forEach((server) => server.close()));
afterAll(async () => {
  await bridge.close();
  await withGreyhound.close();
  await greyhound.close();
  await archive.close();
  await directory.remove();
});

interface Finding {
  readonly outcome: string;
  readonly code: string;
  readonly field: string | null;
  readonly message: string;
  readonly hint: string | null;
  readonly advice: string | null;
  readonly url: string | null;
  readonly origin: string;
}

const dialogueOf = (name: string): Dialogue => dialogues.find((one) => one.name === name)!;

/** The form for a dialogue's server, which is started. */
async function formFor(name: string) {
  const dialogue = dialogueOf(name);
  const server = await serve(scriptOf(dialogue, certificate));
  servers.push(server);
  const { host, security, username } = dialogue;
  return { server, form: { host, port: server.port, security, username, password: 'geheim' } };
}

async function findings(
  kind: 'incoming' | 'smtp',
  form: unknown,
  { on = bridge, language = 'de' } = {},
): Promise<Finding[]> {
  const answer = await on.request(`/api/v1/${kind}-accounts/check`, {
    method: 'POST',
    body: form,
    headers: { 'Accept-Language': language },
  });
  expect(answer.status).toBe(200);
  expect(answer.text).not.toContain('geheim');
  return answer.body['findings'] as Finding[];
}

describe('a check tells what a support person would', () => {
  it('XEN-89 XEN-90 an app password with two-step verification for Gmail, with the page for it', async () => {
    const { form } = await formFor('google-pop3-not-accepted');
    const [finding, ...more] = await findings('incoming', form);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      outcome: 'failed',
      code: 'authenticationFailed',
      advice: 'appPasswordNeeded',
      field: 'password',
      url: 'https://myaccount.google.com/apppasswords',
      origin: 'archive',
    });
    expect(finding?.message).toContain('Gmail / Google Workspace nimmt');
    expect(finding?.hint).toContain('Bestätigung in zwei Schritten');
    expect(finding?.hint).toContain('App-Passwort und tragen Sie es hier als Passwort ein');
  });

  it('in English for who reads English', async () => {
    const { form } = await formFor('gmx-pop3-refused');
    const [finding] = await findings('incoming', form, { language: 'en' });
    expect(finding).toMatchObject({
      advice: 'protocolMaybeSwitchedOff',
      url: 'https://hilfe.gmx.net/pop-imap/einschalten.html',
    });
    expect(finding?.message).toContain('At GMX access by POP3, IMAP and SMTP is off');
  });

  it('OAuth where Microsoft takes no password any more', async () => {
    const { form } = await formFor('microsoft365-smtp-basic-off');
    const [finding] = await findings('smtp', form);
    expect(finding).toMatchObject({
      code: 'authenticationFailed',
      advice: 'basicSignInSwitchedOff',
      field: 'authentication',
    });
    expect(finding?.hint).toContain('OAuth2');
  });

  it('a mailbox that another session holds: the settings are not at fault', async () => {
    const { form } = await formFor('cyrus-pop3-in-use');
    const answer = await bridge.request('/api/v1/incoming-accounts/check', {
      method: 'POST',
      body: form,
    });
    expect(answer.body).toMatchObject({ ok: false });
    const found = answer.body['findings'] as Finding[];
    expect(found).toEqual([
      expect.objectContaining({
        outcome: 'warning',
        code: 'temporarilyUnavailable',
        advice: 'mailboxLocked',
        field: null,
      }),
    ]);
  });

  it('nothing where nothing is known', async () => {
    const { form } = await formFor('mailboxorg-pop3-refused');
    const unknown = { ...form, host: 'pop.firma.example' };
    const [finding] = await findings('incoming', unknown);
    expect(finding).toMatchObject({ code: 'authenticationFailed', advice: null, url: null });
  });

  it('SAL-85 SAL-86 SAL-87 a page to confirm at, and the check may be repeated at once', async () => {
    const { form, server } = await formFor('google-pop3-web-login');
    for (const times of [1, 2, 3]) {
      const [finding] = await findings('incoming', form);
      expect(finding).toMatchObject({
        advice: 'confirmInBrowser',
        url: 'https://accounts.google.com/DisplayUnlockCaptcha',
      });
      expect(finding?.hint).toContain('prüfen Sie sofort noch einmal');
      // the mail server was asked every time
      expect(server.lines.filter((line) => line.startsWith('PASS'))).toHaveLength(times);
    }
  });
});

describe('an archive that gives words only', () => {
  const answers = (words: string) => {
    greyhound.on('RpcPop3Accounts.CheckConnection', () => new Fault(801, words));
    greyhound.on('RpcSmtpAccounts.CheckConnection', () => new Fault(801, words));
  };

  it('is understood when they name the cause', async () => {
    const { form, server } = await formFor('microsoft365-smtp-off-for-tenant');
    answers('SMTP-Fehler: 535 5.7.139 SmtpClientAuthentication is disabled for the Tenant.');
    const found = await findings('smtp', form, { on: withGreyhound });
    expect(found).toEqual([
      expect.objectContaining({
        code: 'archiveFault',
        advice: 'smtpSignInSwitchedOff',
        url: 'https://aka.ms/smtp_auth_disabled',
        field: null,
      }),
    ]);
    expect(server.lines).toEqual([]);
  });

  it('is explained by a probe of the bridge when they do not', async () => {
    const { form } = await formFor('gmx-pop3-refused');
    answers('Login failed');
    const found = await findings('incoming', form, { on: withGreyhound });
    expect(found[0]).toMatchObject({ code: 'archiveFault', advice: null, origin: 'archive' });
    expect(found.at(-1)).toMatchObject({
      code: 'authenticationFailed',
      advice: 'protocolMaybeSwitchedOff',
      origin: 'bridge',
    });
  });
});
