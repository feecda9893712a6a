import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { autoconfigRoutes } from '../../../src/bridge/autoconfig/index.js';
import {
  clientConfig,
  serverElement,
  startInternet,
  type Internet,
} from '../../../fixtures/internet.js';
import { startBridge, type Answer, type BridgeHarness } from '../http/bridge-harness.js';

let internet: Internet;
let bridge: BridgeHarness;
beforeAll(async () => {
  internet = await startInternet({
    hosts: [
      ...['pop.gmx.net', 'imap.gmx.net', 'mail.gmx.net', 'mail.firma.test'],
      ...['autoconfig.firma.test', 'outlook.office365.com', 'smtp.office365.com'],
      'autoconfig.thunderbird.net',
    ],
    deadHosts: ['dead.firma.test'],
    mailExchangers: {
      'firma.test': 'mail.firma.test',
      'tenant.test': 'x.mail.protection.outlook.com',
    },
  });
  const nameServers = [internet.dns.address];
  bridge = await startBridge({
    routes: autoconfigRoutes({
      ...internet.connect,
      nameServers,
      linkOffers: () => Promise.resolve(([host = '']) => ({ host, name: 'Firma' })),
    }),
  });
}, 60_000);
afterAll(async () => {
  await bridge.close();
  await internet.stop();
});

const path = (email: string) => `/api/v1/autoconfig?email=${encodeURIComponent(email)}`;
const ask = (email: string, language = 'de', token?: string): Promise<Answer> =>
  bridge.request(path(email), {
    headers: { 'Accept-Language': language },
    ...(token && { token }),
  });

describe('GET /api/v1/autoconfig', () => {
  it('answers with servers that were tried, why they are offered, and what to know', async () => {
    const { status, body } = await ask('anna@gmx.de');
    expect(status).toBe(200);
    const common = {
      source: 'providerTable',
      reason: 'Steht in der Anbietertabelle (GMX).',
      username: 'anna@gmx.de',
      verified: true,
      findings: [],
    };
    expect(body).toEqual({
      email: 'anna@gmx.de',
      provider: { id: 'gmx', name: 'GMX' },
      incoming: [
        { ...common, protocol: 'pop3', host: 'pop.gmx.net', port: 995, security: 'tls' },
        { ...common, protocol: 'imap', host: 'imap.gmx.net', port: 993, security: 'tls' },
      ],
      smtp: [
        { ...common, protocol: 'smtp', host: 'mail.gmx.net', port: 465, security: 'tls' },
        { ...common, protocol: 'smtp', host: 'mail.gmx.net', port: 587, security: 'starttls' },
      ],
      signIn: ['password', 'appPassword'],
      oauthProvider: null,
      linkOffer: { host: 'pop.gmx.net', name: 'Firma' },
      hints: [
        {
          code: 'protocolsToSwitchOn',
          message:
            'Bei GMX muss der Zugriff über POP3 und IMAP vielleicht erst eingeschaltet werden.',
          url: expect.stringMatching(/^https:\/\/hilfe\.gmx\.net\//),
        },
      ],
      sources: [
        { source: 'providerTable', outcome: 'found', durationMs: expect.any(Number) },
        ...[
          'domainConfiguration',
          'serviceRecords',
          'ispdb',
          'mailExchanger',
          'microsoft',
          'mailExchangerHost',
          'guess',
        ].map((source) => ({ source, outcome: 'notNeeded', durationMs: 0 })),
      ],
    });
  });

  it('says what stands against a server, in both languages', async () => {
    internet.web.pages.set(
      'https://autoconfig.firma.test/mail/config-v1.1.xml',
      clientConfig(
        serverElement('pop3', 'dead.firma.test', 995, 'SSL'),
        serverElement('smtp', 'mail.firma.test', 465, 'SSL'),
      ),
    );
    const german = await ask('anna@firma.test');
    const incoming = german.body['incoming'] as readonly Record<string, unknown>[];
    expect(incoming.find(({ host }) => host === 'dead.firma.test')).toMatchObject({
      verified: false,
      reason: 'Die Domain firma.test nennt diesen Server in ihrer Konfigurationsdatei.',
      findings: [
        {
          check: 'connect',
          code: 'connectionRefused',
          field: 'port',
          origin: 'bridge',
          message: 'Auf diesem Port nimmt der Server keine Verbindung an.',
        },
      ],
    });
    // what answers is the better offer
    expect(incoming[0]).toMatchObject({ host: 'mail.firma.test', verified: true });
    const english = await ask('anna@firma.test', 'en');
    const [sending] = english.body['smtp'] as readonly Record<string, unknown>[];
    expect(sending).toMatchObject({
      verified: true,
      reason: 'The domain firma.test names this server in its configuration file.',
    });
  });

  it('tells where a password is of no use', async () => {
    const { body } = await ask('anna@tenant.test');
    expect(body).toMatchObject({
      provider: { id: 'microsoft365' },
      signIn: ['oauth2'],
      oauthProvider: 'microsoft',
    });
    expect(body['hints']).toContainEqual({
      code: 'passwordNotAccepted',
      message: 'Microsoft 365 nimmt keine Passwörter mehr an. Verknüpfen Sie das Konto.',
      url: null,
    });
  });

  it('names a domain that does not exist', async () => {
    const { status, body } = await ask('anna@fimra.test');
    expect(status).toBe(200);
    expect(body['hints']).toMatchObject([{ code: 'domainNotFound' }]);
  });

  it.each([
    '',
    'anna',
    'anna@',
    '@firma.test',
    'anna@firma',
    'anna@127.0.0.1',
    'a b@firma.test',
    'a\n@firma.test',
  ])('refuses %j at the field', async (email) => {
    const { status, body } = await ask(email);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalidRequest', field: 'email' });
  });

  it('needs the address, and nothing else', async () => {
    const missing = await bridge.request('/api/v1/autoconfig');
    expect([missing.status, missing.body['field']]).toEqual([400, 'email']);
    const more = await bridge.request(`${path('anna@gmx.de')}&domain=firma.test`);
    expect([more.status, more.body['code']]).toEqual([400, 'unknownField']);
  });

  it('does not wait for an archive that does not answer: then no link is offered', async () => {
    const deaf = await startBridge({
      routes: autoconfigRoutes({
        ...internet.connect,
        nameServers: [internet.dns.address],
        linkOffers: () => new Promise(() => undefined),
      }),
    });
    try {
      const { status, body } = await deaf.request(path('anna@gmx.de'));
      expect([status, body['linkOffer']]).toEqual([200, null]);
    } finally {
      await deaf.close();
    }
  });

  it('is for those who may change accounts: it connects to where an address leads', async () => {
    const reader = await bridge.tokenWith('accounts:read');
    expect((await ask('anna@gmx.de', 'de', reader)).status).toBe(403);
    const writer = await bridge.tokenWith('accounts:write');
    expect((await ask('anna@gmx.de', 'de', writer)).status).toBe(200);
  });

  it('leaves no address in the log', async () => {
    await ask('very-private@gmx.de');
    expect(bridge.log()).toContain('getAutoconfiguration');
    expect(bridge.log()).not.toContain('very-private');
  });

  it('is described with its parameter', async () => {
    const { body } = await bridge.request('/openapi.json', { token: null });
    const paths = body['paths'] as Record<string, { get: { parameters: readonly unknown[] } }>;
    expect(paths['/api/v1/autoconfig']?.get.parameters).toContainEqual(
      expect.objectContaining({ name: 'email', in: 'query', required: true }),
    );
  });
});
