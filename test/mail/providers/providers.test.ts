import { describe, expect, it } from '@jest/globals';
import {
  mailProviders,
  providerOfAddress,
  providerOfHost,
  providerOfMailExchanger,
  serversOf,
  type MailProvider,
} from '../../../src/mail/providers/index.js';

const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;
const EARLIEST = '2026-01-01';

/** Ports by custom (RFC 8314 §7.3); a provider with others has to be listed here. */
const CUSTOM = new Set([
  'pop3 tls 995',
  'pop3 starttls 110',
  'imap tls 993',
  'imap starttls 143',
  'smtp tls 465',
  'smtp starttls 587',
]);

const isDate = (text: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(text).toISOString().startsWith(text);

const isPage = (text: string | null) =>
  text === null || (URL.canParse(text) && new URL(text).protocol === 'https:');

describe('the provider table', () => {
  it.each(mailProviders.map((provider) => [provider.id, provider] as const))('%s', (_, row) => {
    expect(row.name).not.toBe('');
    for (const domain of row.domains) expect(domain.replace(/^\./, '')).toMatch(HOST_NAME);
    for (const end of row.mailExchangers) expect(end).toMatch(/^\.[a-z0-9]/);
    expect(row.servers.length + row.exchangerServers.length).toBeGreaterThan(0);
    for (const { host } of row.servers) expect(host).toMatch(HOST_NAME);
    for (const { protocol, security, port } of [...row.servers, ...row.exchangerServers])
      expect(CUSTOM).toContain(`${protocol} ${security} ${port}`);
    expect(row.servers.every(({ security }) => security !== 'none')).toBe(true);
    expect(
      isPage(row.source) && isPage(row.protocolSwitchPage) && isPage(row.appPasswordPage),
    ).toBe(true);
    expect(isDate(row.readOn) && row.readOn >= EARLIEST).toBe(true);
  });

  it.each(mailProviders.map((provider) => [provider.id, provider] as const))(
    '%s says how one signs in',
    (_, row) => {
      expect(row.signIn.length).toBeGreaterThan(0);
      expect(new Set(row.signIn).size).toBe(row.signIn.length);
      expect(row.signIn.includes('oauth2')).toBe(row.oauth !== null);
      expect(row.signIn.includes('appPassword')).toBe(row.appPasswordPage !== null);
    },
  );

  it('can be reached from an address, a mail exchanger or a server', () => {
    const unreachable = mailProviders.filter(
      ({ domains, mailExchangers, servers }) =>
        domains.length + mailExchangers.length + servers.length === 0,
    );
    expect(unreachable).toEqual([]);
  });

  it('has no id, no domain and no end of an exchanger twice', () => {
    const all = (of: (provider: MailProvider) => readonly string[]) => mailProviders.flatMap(of);
    for (const names of [
      all(({ id }) => [id]),
      all(({ domains }) => domains),
      all(({ mailExchangers }) => mailExchangers),
    ])
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('offers TLS from the first byte for what fetches', () => {
    const fetching = mailProviders.flatMap((row) =>
      [...row.servers, ...row.exchangerServers].filter(({ protocol }) => protocol !== 'smtp'),
    );
    expect(fetching.every(({ security }) => security === 'tls')).toBe(true);
  });
});

const idOf = (provider: MailProvider | null) => provider?.id ?? null;

describe('look-ups', () => {
  it.each([
    ['anna@gmx.de', 'gmx'],
    ['anna@gmx.com', 'gmxcom'],
    ['Anna@GMX.NET', 'gmx'],
    ['anna@googlemail.com', 'google'],
    ['anna@firma.onmicrosoft.com', 'microsoft365'],
    ['anna@onmicrosoft.com', null],
    ['anna@live.at', 'outlook'],
    ['anna@t-online.de', 'tonline'],
    ['"odd@gmx.de"@firma.example', null],
    ['anna@notgmx.de', null],
    ['gmx.de', null],
    ['anna@', null],
    ['', null],
  ])('the address %s belongs to %s', (address, id) => {
    expect(idOf(providerOfAddress(address))).toBe(id);
  });

  it.each([
    ['pop.gmx.net', 'gmx'],
    ['POP.GMX.NET.', 'gmx'],
    ['pop.gmx.com', 'gmxcom'],
    // shared by Microsoft 365 and Outlook.com: the first of the table
    ['outlook.office365.com', 'microsoft365'],
    ['smtp-mail.outlook.com', 'outlook'],
    ['w0123456.kasserver.com', 'allinkl'],
    ['mx00.ionos.de', null],
    ['127.0.0.1', null],
    ['', null],
  ])('the host %s is a server of %s', (host, id) => {
    expect(idOf(providerOfHost(host))).toBe(id);
  });

  it.each([
    ['firma-de.mail.protection.outlook.com.', 'microsoft365'],
    ['firma-de.o-v1.mx.microsoft', 'microsoft365'],
    ['eur.olc.protection.outlook.com', 'outlook'],
    ['ASPMX.L.GOOGLE.COM', 'google'],
    ['smtp.google.com', 'google'],
    ['mx00.kundenserver.de', 'ionos'],
    ['smtpin.rzone.de', 'strato'],
    ['www123.your-server.de', 'hetzner'],
    ['w0123456.kasserver.com', 'allinkl'],
    ['mx00.emig.gmx.net', 'gmx'],
    ['mx-eu.mail.am0.yahoodns.net', 'yahoo'],
    ['mx-aol.mail.gm0.yahoodns.net', 'aol'],
    ['mail.firma.example', null],
    ['evilgoogle.com', null],
  ])('the mail exchanger %s is run by %s', (host, id) => {
    expect(idOf(providerOfMailExchanger(host))).toBe(id);
  });

  it("names the customer's own machine where a provider has one per customer", () => {
    const allInkl = providerOfMailExchanger('w0123456.kasserver.com')!;
    expect(allInkl.servers).toEqual([]);
    expect(serversOf(allInkl, null)).toEqual([]);
    expect(serversOf(allInkl, 'W0123456.kasserver.com.')[0]).toEqual({
      protocol: 'pop3',
      host: 'w0123456.kasserver.com',
      port: 995,
      security: 'tls',
      username: 'address',
    });
  });

  it('XEN-92 the first SMTP server for a Google address is smtp.gmail.com, 587, STARTTLS, by OAuth', () => {
    const google = providerOfAddress('anna@gmail.com')!;
    const [server] = google.servers.filter(({ protocol }) => protocol === 'smtp');
    expect(server).toEqual({
      protocol: 'smtp',
      host: 'smtp.gmail.com',
      port: 587,
      security: 'starttls',
      username: 'address',
    });
    expect([google.signIn[0], google.oauth]).toEqual(['oauth2', 'google']);
  });

  it('a Google account may sign in by OAuth or by an app password', () => {
    expect(providerOfAddress('anna@gmail.com')!.signIn).toEqual(['oauth2', 'appPassword']);
  });
});
