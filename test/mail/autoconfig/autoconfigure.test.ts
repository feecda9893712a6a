import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { startDnsServer } from '../../../fixtures/servers/dns-server.js';
import {
  autoconfigure,
  type Autoconfiguration,
  type AutoconfigureDependencies,
} from '../../../src/mail/autoconfig/autoconfigure.js';
import { mailAddress } from '../../../src/mail/autoconfig/names.js';
import type { FoundServer } from '../../../src/mail/autoconfig/offer.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import {
  clientConfig,
  serverElement,
  startInternet,
  type Internet,
} from '../../../fixtures/internet.js';

let internet: Internet;

beforeAll(async () => {
  internet = await startInternet({
    hosts: [
      ...['pop.gmx.net', 'imap.gmx.net', 'mail.gmx.net', 'mx.firma.test'],
      ...['outlook.office365.com', 'smtp.office365.com', 'autodiscover.outlook.com'],
      ...['autoconfig.thunderbird.net', 'mail.hoster.test', 'mail.firma.test', 'mail.srv.test'],
      ...['autoconfig.firma.test', 'autoconfig.plain.test', 'wellknown.test', 'mail.plain.test'],
      ...['pop.guess.test', 'smtp.guess.test', 'imap.guess.test', 'autoconfig.dead.test'],
      ...['mx.own.test', 'server7.hoster.test'],
      ...['mail.xn--mller-kva.test', 'autoconfig.xn--mller-kva.test'],
    ],
    deadHosts: ['filter.test', 'mail.dead.test', 'pop.dead.test', 'smtp.dead.test'],
    aliases: { 'autodiscover.cloud.test': 'autodiscover.outlook.com' },
    mailExchangers: {
      'firma.test': 'mx.firma.test',
      'tenant.test': 'tenant-test.mail.protection.outlook.com',
      'hosted.test': 'mx1.europe.hoster.test',
      'own.test': 'mx.own.test',
      'small.test': 'server7.hoster.test',
      'filtered.test': 'filter.test',
      'nomail.test': '',
    },
    services: [
      { name: '_pop3s._tcp.srv.test', target: 'mail.srv.test', port: 995, priority: 10 },
      { name: '_pop3s._tcp.srv.test', target: 'spare.srv.test', port: 995, priority: 20 },
      { name: '_imaps._tcp.srv.test', target: '', port: 0 },
      { name: '_submissions._tcp.srv.test', target: 'mail.srv.test', port: 465 },
      { name: '_pop3s._tcp.away.test', target: 'mail.hoster.test', port: 995 },
      { name: '_submission._tcp.away.test', target: 'mail.hoster.test', port: 587 },
    ],
  });
}, 60_000);
afterAll(() => internet.stop());

/** Types of records (RFC 1035 §3.2.2, RFC 2782). */
const [CNAME, SRV] = [5, 33];

const ISPDB = 'https://autoconfig.thunderbird.net/v1.1';
/** The three seconds that are promised, and what a busy machine takes for itself. */
const LIMIT_MS = 3_500;

const hosterConfig = clientConfig(
  serverElement('imap', 'mail.hoster.test', 993, 'SSL'),
  serverElement('pop3', 'mail.hoster.test', 995, 'SSL'),
  serverElement('smtp', 'mail.hoster.test', 587, 'STARTTLS'),
);

const billionLaughs = [
  '<!ENTITY l0 "ha">',
  ...Array.from({ length: 9 }, (_, level) => {
    const laughs = `&l${String(level)};`.repeat(10);
    return `<!ENTITY l${String(level + 1)} "${laughs}">`;
  }),
  '<!ENTITY a "&l9;">',
].join('');

beforeEach(() => {
  internet.web.pages.clear();
  internet.web.requests.length = 0;
});

async function find(
  email: string,
  changes: Partial<AutoconfigureDependencies> = {},
): Promise<Autoconfiguration> {
  const nameServers = [internet.dns.address];
  return autoconfigure(mailAddress(email)!, { ...internet.connect, nameServers, ...changes });
}

/** Where something never answers, so that the limit alone ends the search. */
async function findInTime(...asked: Parameters<typeof find>): Promise<Autoconfiguration> {
  const since = performance.now();
  const found = await find(...asked);
  expect(performance.now() - since).toBeLessThan(LIMIT_MS);
  return found;
}

/** One line a server: `ok` or the codes that stand against it, and who named it. */
const lines = (servers: readonly FoundServer[]) =>
  servers.map(
    ({ protocol, host, port, security, verified, findings, reason }) =>
      `${protocol} ${host}:${port} ${security} ${verified ? 'ok' : findings.map(({ code }) => code).join()} by ${reason.code}`,
  );
const outcomes = ({ sources }: Autoconfiguration) =>
  Object.fromEntries(sources.map(({ source, outcome }) => [source, outcome]));

describe('where servers are found', () => {
  it('in the table, when it knows the domain and its servers answer; then nobody else is asked', async () => {
    const before = (await internet.dns.queries()).length;
    const found = await find('anna@gmx.de');
    expect(found.provider?.id).toBe('gmx');
    expect(lines(found.incoming)).toEqual([
      'pop3 pop.gmx.net:995 tls ok by providerTable',
      'imap imap.gmx.net:993 tls ok by providerTable',
    ]);
    expect(lines(found.smtp)).toEqual([
      'smtp mail.gmx.net:465 tls ok by providerTable',
      'smtp mail.gmx.net:587 starttls ok by providerTable',
    ]);
    expect(found.hints.map(({ code }) => code)).toEqual(['protocolsToSwitchOn']);
    expect(found.incoming[0]).toMatchObject({ username: 'anna@gmx.de' });
    expect(outcomes(found)).toMatchObject({ providerTable: 'found', ispdb: 'notNeeded' });
    expect(internet.web.requests).toEqual([]);
    const asked = (await internet.dns.queries()).slice(before);
    expect(asked.filter((query) => /^(?:SRV|CNAME) /.test(query))).toEqual([]);
  });

  it("in the domain's own file, to which alone the whole address is told", async () => {
    internet.web.pages.set(
      'https://autoconfig.firma.test/mail/config-v1.1.xml',
      clientConfig(
        serverElement('pop3', 'mail.%EMAILDOMAIN%', 110, 'STARTTLS'),
        serverElement('pop3', 'mail.firma.test', 110, 'plain'),
        serverElement('smtp', 'mail.firma.test', 465, 'SSL', { username: '%EMAILLOCALPART%' }),
      ),
    );
    internet.web.pages.set(`${ISPDB}/firma.test`, hosterConfig);
    const found = await find('anna+1@firma.test');
    expect(lines(found.incoming)).toEqual([
      'pop3 mail.firma.test:110 starttls ok by domainConfiguration',
    ]);
    expect(lines(found.smtp)).toEqual(['smtp mail.firma.test:465 tls ok by domainConfiguration']);
    expect([found.incoming[0]?.username, found.smtp[0]?.username]).toEqual([
      'anna+1@firma.test',
      'anna+1',
    ]);
    const told = internet.web.requests.filter((url) => /anna/.test(url));
    expect(told.every((url) => url.startsWith('https://autoconfig.firma.test/'))).toBe(true);
    expect(told).toContain(
      'https://autoconfig.firma.test/mail/config-v1.1.xml?emailaddress=anna%2B1%40firma.test',
    );
    expect(found.signIn).toEqual(['password']);
  });

  it.each([
    ['https://wellknown.test/.well-known/autoconfig/mail/config-v1.1.xml', 'x@wellknown.test'],
    ['https://autoconfig.firma.test/.well-known/mail-v1.xml', 'x@firma.test'],
  ])('at %s', async (url, email) => {
    internet.web.pages.set(url, hosterConfig);
    const found = await find(email);
    expect(lines(found.incoming)).toEqual([
      'pop3 mail.hoster.test:995 tls ok by domainConfiguration',
      'imap mail.hoster.test:993 tls ok by domainConfiguration',
    ]);
  });

  it('in a file that came unencrypted: only servers of the domain itself, and encrypted', async () => {
    internet.web.pages.set(
      'http://autoconfig.plain.test/mail/config-v1.1.xml',
      clientConfig(
        serverElement('pop3', 'mail.hoster.test', 995, 'SSL'),
        serverElement('pop3', 'mail.plain.test', 995, 'SSL'),
        serverElement('imap', 'mail.plain.test', 143, 'plain'),
        serverElement('smtp', 'mail.gmx.net', 465, 'SSL'),
      ),
    );
    const found = await find('anna@plain.test');
    expect(lines([...found.incoming, ...found.smtp])).toEqual([
      'pop3 mail.plain.test:995 tls ok by domainConfigurationUnencrypted',
      'smtp mail.gmx.net:465 tls ok by domainConfigurationUnencrypted',
    ]);
    expect(internet.web.requests.filter((url) => /^http:.*anna/.test(url))).toEqual([]);
  });

  it('in SRV records: the first in order, and none where none is offered', async () => {
    const found = await find('anna@srv.test');
    expect(lines([...found.incoming, ...found.smtp])).toEqual([
      'pop3 mail.srv.test:995 tls ok by serviceRecord',
      'smtp mail.srv.test:465 tls ok by serviceRecord',
    ]);
  });

  it('in SRV records that lead elsewhere, which is said', async () => {
    const found = await find('anna@away.test');
    expect(lines([...found.incoming, ...found.smtp])).toEqual([
      'pop3 mail.hoster.test:995 tls ok by serviceRecordElsewhere',
      'smtp mail.hoster.test:587 starttls ok by serviceRecordElsewhere',
    ]);
  });

  it("in Mozilla's database, which is told the domain only", async () => {
    internet.web.pages.set(`${ISPDB}/firma.test`, hosterConfig);
    const found = await find('anna@firma.test');
    expect(lines(found.smtp)).toEqual(['smtp mail.hoster.test:587 starttls ok by ispdb']);
    expect(internet.web.requests.filter((url) => url.startsWith(ISPDB))).toEqual([
      `${ISPDB}/firma.test`,
    ]);
  });

  it('by the mail exchanger, in the table', async () => {
    const found = await find('anna@tenant.test');
    expect(found.provider?.id).toBe('microsoft365');
    expect(lines([...found.incoming, ...found.smtp])).toEqual([
      'pop3 outlook.office365.com:995 tls ok by mailExchangerProvider',
      'imap outlook.office365.com:993 tls ok by mailExchangerProvider',
      'smtp smtp.office365.com:587 starttls ok by mailExchangerProvider',
    ]);
    expect([found.signIn, found.oauthProvider]).toEqual([['oauth2'], 'microsoft']);
    expect(found.hints.map(({ code }) => code)).toEqual([
      'passwordNotAccepted',
      'protocolsToSwitchOn',
    ]);
  });

  it("by the mail exchanger, in Mozilla's database", async () => {
    internet.web.pages.set(`${ISPDB}/hoster.test`, hosterConfig);
    const found = await find('anna@hosted.test');
    expect(lines(found.incoming)[0]).toBe('pop3 mail.hoster.test:995 tls ok by mailExchangerIspdb');
    expect(internet.web.requests.filter((url) => url.startsWith(ISPDB)).sort()).toEqual([
      `${ISPDB}/europe.hoster.test`,
      `${ISPDB}/hosted.test`,
      `${ISPDB}/hoster.test`,
    ]);
  });

  it('at Microsoft, when the autodiscover name leads there; Microsoft is not asked', async () => {
    const found = await find('anna@cloud.test');
    expect(found.provider?.id).toBe('microsoft365');
    expect(lines(found.incoming)[0]).toBe('pop3 outlook.office365.com:995 tls ok by microsoft');
    expect(internet.web.requests.join()).not.toContain('autodiscover.json');
  });

  it.each([
    ['SRV records', [SRV], 'found'],
    ['SRV records and aliases', [SRV, CNAME], 'failed'],
  ] as const)('at Microsoft, when %s cannot be asked for', async (_what, failing, outcome) => {
    const partial = await startPartialNameServer(internet.dns.address, failing);
    try {
      const found = await find('anna@cloud.test', { nameServers: [partial.address] });
      expect(outcomes(found)).toMatchObject({ serviceRecords: 'failed', microsoft: outcome });
      expect(internet.web.requests.join()).not.toContain('autodiscover.json');
    } finally {
      partial.stop();
    }
  });

  describe('at Microsoft, when it says so itself', () => {
    const url = 'https://outlook.office365.com/autodiscover/autodiscover.json/v1.0';
    const json = (host: string) =>
      JSON.stringify({ Protocol: 'Autodiscoverv1', Url: `https://${host}/a` });
    const answerFor = (domain: string, page: string) =>
      internet.web.pages.set(`${url}/*@${domain}`, page);

    it('to a made-up address of the domain', async () => {
      answerFor('quiet.test', json('outlook.office365.com'));
      const found = await find('anna@quiet.test');
      expect(lines(found.incoming)[0]).toBe('pop3 outlook.office365.com:995 tls ok by microsoft');
      expect(internet.web.requests.filter((one) => one.startsWith(url)).join()).not.toMatch(/anna/);
    });

    it.each([
      ['names another server', json('exchange.quiet.test'), {}],
      ['says the same of every domain', json('outlook.office365.com'), { 'gmx.net': true }],
      ['answers something else', '<html>', {}],
    ])('but not when it %s', async (_what, page, others) => {
      answerFor('quiet.test', page);
      for (const domain of Object.keys(others)) answerFor(domain, page);
      const found = await find('anna@quiet.test');
      expect(outcomes(found)).toMatchObject({ microsoft: 'nothing' });
    });
  });

  it.each([
    ['anna@own.test', 'mx.own.test', 'mailExchangerHost'],
    ['anna@small.test', 'server7.hoster.test', 'mailExchangerHostElsewhere'],
  ])('of %s on the host that takes its mail', async (email, host, reason) => {
    const found = await find(email);
    expect(lines([...found.incoming, ...found.smtp])).toEqual([
      `pop3 ${host}:995 tls ok by ${reason}`,
      `pop3 ${host}:110 starttls ok by ${reason}`,
      `imap ${host}:993 tls ok by ${reason}`,
      `imap ${host}:143 starttls ok by ${reason}`,
      `smtp ${host}:465 tls ok by ${reason}`,
      `smtp ${host}:587 starttls ok by ${reason}`,
    ]);
    expect(found.hints).toEqual([]);
  });

  it('TEC-23 under the names that servers have by custom', async () => {
    const found = await find('anna@guess.test');
    expect(lines([...found.incoming, ...found.smtp])).toEqual([
      'pop3 pop.guess.test:995 tls ok by guess',
      'pop3 pop.guess.test:110 starttls ok by guess',
      'imap imap.guess.test:993 tls ok by guess',
      'imap imap.guess.test:143 starttls ok by guess',
      'smtp smtp.guess.test:465 tls ok by guess',
      'smtp smtp.guess.test:587 starttls ok by guess',
    ]);
    expect(outcomes(found)).toMatchObject({ ispdb: 'nothing', serviceRecords: 'nothing' });
  });

  it('for a domain with an umlaut, under its name in ASCII', async () => {
    internet.web.pages.set(
      'https://autoconfig.xn--mller-kva.test/mail/config-v1.1.xml',
      clientConfig(
        serverElement('pop3', 'mail.müller.test', 995, 'SSL'),
        serverElement('smtp', 'mail.%EMAILDOMAIN%', 465, 'SSL'),
      ),
    );
    const found = await find('anna@Müller.test');
    expect(lines([...found.incoming, ...found.smtp])).toEqual([
      'pop3 mail.xn--mller-kva.test:995 tls ok by domainConfiguration',
      'smtp mail.xn--mller-kva.test:465 tls ok by domainConfiguration',
    ]);
    expect(found.incoming[0]?.username).toBe('anna@Müller.test');
  });
});

describe('what is told of servers that do not answer', () => {
  it('they come after those that do, with what stands against them', async () => {
    internet.web.pages.set(
      'https://autoconfig.dead.test/mail/config-v1.1.xml',
      clientConfig(
        serverElement('pop3', 'mail.dead.test', 995, 'SSL'),
        serverElement('smtp', 'mail.dead.test', 465, 'SSL'),
      ),
    );
    internet.web.pages.set(`${ISPDB}/dead.test`, hosterConfig);
    const found = await find('anna@dead.test');
    expect(lines(found.incoming)).toEqual([
      'pop3 mail.hoster.test:995 tls ok by ispdb',
      'imap mail.hoster.test:993 tls ok by ispdb',
      'pop3 mail.dead.test:995 tls connectionRefused by domainConfiguration',
    ]);
    expect(found.incoming[2]?.findings).toMatchObject([{ check: 'connect', field: 'port' }]);
  });

  it('a server for which the certificate is not good is not verified', async () => {
    const { egress } = internet.connect;
    const found = await find('anna@srv.test', { egress, trust: {} });
    expect(lines(found.incoming)[0]).toBe(
      'pop3 mail.srv.test:995 tls certificateUntrusted by serviceRecord',
    );
  });

  it('a filter in front of the mailboxes is not taken for them', async () => {
    const found = await find('anna@filtered.test');
    expect(lines([...found.incoming, ...found.smtp])).toEqual([
      'pop3 pop.filtered.test:995 tls nameNotFound by guess',
      'imap imap.filtered.test:993 tls nameNotFound by guess',
      'smtp smtp.filtered.test:465 tls nameNotFound by guess',
    ]);
  });

  it('a domain that does not exist is named, and the guess is all there is', async () => {
    const found = await find('anna@typing-error.test');
    expect(found.hints).toEqual([{ code: 'domainNotFound' }]);
    expect(lines([...found.incoming, ...found.smtp])).toEqual([
      'pop3 pop.typing-error.test:995 tls nameNotFound by guess',
      'imap imap.typing-error.test:993 tls nameNotFound by guess',
      'smtp smtp.typing-error.test:465 tls nameNotFound by guess',
    ]);
  });

  it('but not where no name exists: that is no internet', async () => {
    const dns = await startDnsServer({});
    try {
      const found = await find('anna@firma.test', { nameServers: [dns.address] });
      expect(found.hints).toEqual([{ code: 'noInternet' }]);
    } finally {
      await dns.stop();
    }
  });

  it('a domain that takes no mail is named', async () => {
    expect((await find('anna@nomail.test')).hints).toEqual([{ code: 'domainTakesNoMail' }]);
  });

  it('connections obey the egress rules, and so do requests', async () => {
    internet.web.pages.set(`${ISPDB}/firma.test`, hosterConfig);
    const egress = EgressPolicy.parse('');
    const known = await find('anna@gmx.de', { egress });
    expect(new Set(lines(known.incoming))).toEqual(
      new Set([
        'pop3 pop.gmx.net:995 tls egressBlocked by providerTable',
        'imap imap.gmx.net:993 tls egressBlocked by providerTable',
      ]),
    );
    const unknown = await find('anna@firma.test', { egress });
    expect(outcomes(unknown)).toMatchObject({ ispdb: 'failed' });
    expect(internet.web.requests).toEqual([]);
  });
});

describe('within three seconds, whatever the network does', () => {
  const silent = createSocket('udp4');
  let silentServer: string;
  beforeAll(async () => {
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    silentServer = `127.0.0.1:${String(silent.address().port)}`;
  });
  afterAll(() => void silent.close());

  const tableOfGmx = (code: string) => [
    `pop3 pop.gmx.net:995 tls ${code} by providerTable`,
    `imap imap.gmx.net:993 tls ${code} by providerTable`,
    `smtp mail.gmx.net:465 tls ${code} by providerTable`,
    `smtp mail.gmx.net:587 starttls ${code} by providerTable`,
  ];

  it('the table answers where names cannot be looked up', async () => {
    const found = await findInTime('anna@gmx.de', { nameServers: [silentServer] });
    const servers = [...found.incoming, ...found.smtp];
    expect(
      lines(servers).map((line) => line.replace('connectTimeout', 'nameLookupFailed')),
    ).toEqual(tableOfGmx('nameLookupFailed'));
    expect(found.hints).toContainEqual({ code: 'noInternet' });
    expect(outcomes(found)).toEqual({
      providerTable: 'found',
      domainConfiguration: 'timedOut',
      serviceRecords: 'timedOut',
      ispdb: 'timedOut',
      mailExchanger: 'timedOut',
      microsoft: 'timedOut',
      mailExchangerHost: 'timedOut',
      guess: 'notNeeded',
    });
  });

  it('and at once where the name server is away', async () => {
    const found = await find('anna@gmx.de', { nameServers: ['127.0.0.1:9'] });
    expect(lines([...found.incoming, ...found.smtp])).toEqual(tableOfGmx('nameLookupFailed'));
    expect(Object.values(outcomes(found))).not.toContain('timedOut');
  });

  it('and where connections are refused', async () => {
    const dns = await startDnsServer({
      addresses: Object.fromEntries(
        ['pop', 'imap', 'mail'].map((name) => [`${name}.gmx.net`, '127.0.0.2'] as const),
      ),
    });
    try {
      const found = await find('anna@gmx.de', { nameServers: [dns.address] });
      expect(lines([...found.incoming, ...found.smtp])).toEqual(tableOfGmx('connectionRefused'));
    } finally {
      await dns.stop();
    }
  });

  it('web servers that say nothing hide nothing', async () => {
    for (const domain of ['srv.test', 'tenant.test'])
      internet.web.pages.set(`${ISPDB}/${domain}`, { silence: true });
    const trusted = await findInTime('anna@srv.test');
    expect(lines(trusted.incoming)).toEqual(['pop3 mail.srv.test:995 tls ok by serviceRecord']);
    expect(outcomes(trusted)).toMatchObject({ ispdb: 'notNeeded' });
    const found = await findInTime('anna@tenant.test');
    expect(lines(found.incoming)[0]).toMatch(/ok by mailExchangerProvider$/);
    expect(outcomes(found)).toMatchObject({ ispdb: 'timedOut' });
  });

  it('mail servers that say nothing are told as such', async () => {
    const silence = createServer().listen(0, internet.web.address);
    await once(silence, 'listening');
    const { port } = silence.address() as AddressInfo;
    internet.web.pages.set(
      `${ISPDB}/bare.test`,
      clientConfig(
        serverElement('pop3', 'mail.hoster.test', port, 'SSL'),
        serverElement('pop3', 'mail.hoster.test', port, 'STARTTLS'),
        serverElement('smtp', 'mail.hoster.test', 465, 'SSL'),
      ),
    );
    const found = await findInTime('anna@bare.test');
    silence.close();
    expect(found.smtp[0]).toMatchObject({ verified: true });
    expect(found.incoming.map(({ verified }) => verified)).toEqual([false, false]);
    for (const { findings } of found.incoming)
      expect(findings.at(-1)?.code).toMatch(/^(?:connectTimeout|responseTimeout)$/);
  });

  it('a server beside those that work is not waited for to the end', async () => {
    const silence = createServer().listen(0, internet.web.address);
    await once(silence, 'listening');
    const { port } = silence.address() as AddressInfo;
    internet.web.pages.set(
      `${ISPDB}/bare.test`,
      clientConfig(
        serverElement('imap', 'mail.hoster.test', port, 'SSL'),
        serverElement('pop3', 'mail.hoster.test', 995, 'SSL'),
        serverElement('pop3', 'mail.hoster.test', port, 'STARTTLS'),
        serverElement('smtp', 'mail.hoster.test', 465, 'SSL'),
      ),
    );
    const found = await findInTime('anna@bare.test');
    silence.close();
    expect(lines(found.incoming)).toEqual(['pop3 mail.hoster.test:995 tls ok by ispdb']);
  });

  it.each([
    ['an endless file', { endless: '<clientConfig>'.repeat(1000) }],
    ['a file that leads in circles', { redirect: `${ISPDB}/bare.test` }],
    ['a file that leads to an unencrypted one', { redirect: 'http://autoconfig.plain.test/x.xml' }],
    ['a file that leads inside the network', { redirect: 'https://10.1.2.3/x.xml' }],
    ['a file that leads to a file', { redirect: 'file:///etc/passwd' }],
    ['a broken server', { status: 500 }],
    ['a web page', '<!doctype html><html><body>Welcome</body></html>'],
    ['a file with entities', hostile(`<!ENTITY a SYSTEM "file:///etc/hostname">`)],
    ['a billion of laughs', hostile(billionLaughs)],
  ])('%s is of no harm', async (_what, page) => {
    internet.web.pages.set(`${ISPDB}/bare.test`, page);
    internet.web.pages.set('http://autoconfig.plain.test/x.xml', hosterConfig);
    const found = await findInTime('anna@bare.test');
    expect(found.incoming.map(({ source }) => source)).toEqual(found.incoming.map(() => 'guess'));
    expect(outcomes(found)['ispdb']).toMatch(/^(?:nothing|failed)$/);
    expect(internet.web.requests).not.toContain('http://autoconfig.plain.test/x.xml');
  });

  it('a file behind three redirects is read, behind four it is not', async () => {
    const chain = (length: number) => {
      internet.web.pages.clear();
      internet.web.pages.set(`${ISPDB}/bare.test`, { redirect: 'https://wellknown.test/1' });
      for (let step = 1; step < length; step += 1)
        internet.web.pages.set(`https://wellknown.test/${String(step)}`, {
          redirect: `https://wellknown.test/${String(step + 1)}`,
        });
      internet.web.pages.set(`https://wellknown.test/${String(length)}`, hosterConfig);
    };
    chain(3);
    expect(outcomes(await find('anna@bare.test'))).toMatchObject({ ispdb: 'found' });
    chain(4);
    expect(outcomes(await find('anna@bare.test'))).toMatchObject({ ispdb: 'failed' });
  });

  it('a file that names a thousand servers makes us try a dozen', async () => {
    internet.web.pages.set(
      `${ISPDB}/bare.test`,
      clientConfig(
        ...Array.from({ length: 100 }, (_, index) =>
          serverElement('pop3', 'mail.hoster.test', 2000 + index, 'SSL'),
        ),
      ),
    );
    const found = await find('anna@bare.test');
    expect(found.incoming.filter(({ source }) => source === 'ispdb')).toHaveLength(12);
  });
});

/** Hands questions on, but fails (SERVFAIL, RFC 1035 §4.1.1) those for records of some types. */
async function startPartialNameServer(address: string, failing: readonly number[]) {
  const [host = '', port = ''] = address.split(':');
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  const asked = new Map<number, number>();
  socket.on('message', (message, { port: from }) => {
    const id = message.readUInt16BE(0);
    const isAnswer = from === Number(port);
    const typeAt = message.indexOf(0, 12) + 1;
    if (isAnswer) socket.send(message, asked.get(id) ?? from, '127.0.0.1');
    else if (failing.includes(message.readUInt16BE(typeAt))) {
      message.writeUInt16BE(0x8182, 2);
      socket.send(message, from, '127.0.0.1');
    } else {
      asked.set(id, from);
      socket.send(message, Number(port), host);
    }
  });
  await once(socket, 'listening');
  return { address: `127.0.0.1:${String(socket.address().port)}`, stop: () => socket.close() };
}
function hostile(declarations: string): string {
  return hosterConfig
    .replace('<clientConfig', `<!DOCTYPE clientConfig [${declarations}]>\n<clientConfig`)
    .replaceAll('mail.hoster.test', '&a;');
}
