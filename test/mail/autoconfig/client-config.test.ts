import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ConfiguredServer } from '../../../src/mail/autoconfig/candidate.js';
import { parseClientConfig } from '../../../src/mail/autoconfig/client-config.js';
import { mailAddress } from '../../../src/mail/autoconfig/names.js';
import { clientConfig, serverElement } from '../../../fixtures/internet.js';

const address = mailAddress('Anna.Muster@Müller.example')!;
const parse = (text: string) => parseClientConfig(text, address);

const line = ({ protocol, host, port, security, username, signIn }: ConfiguredServer) =>
  `${protocol} ${host}:${String(port)} ${security} ${String(username)} [${signIn.join()}]`;
/** One element as it was read; null when it is not taken. */
const read = (element: string): string | null => parse(clientConfig(element)).map(line)[0] ?? null;

describe('a server element', () => {
  const pop3 = (...children: readonly string[]) =>
    read(`<incomingServer type="pop3">${children.join('')}</incomingServer>`);
  const host = '<hostname>pop.example.test</hostname>';
  const tls = '<socketType>SSL</socketType>';
  const named = (name: string) => pop3(`<hostname>${name}</hostname>`, tls);
  const signIn = (...kinds: readonly string[]) =>
    pop3(host, tls, ...kinds.map((kind) => `<authentication>${kind}</authentication>`));
  const user = (name: string) => pop3(host, tls, `<username>${name}</username>`);
  const ME = 'Anna.Muster@Müller.example';

  it.each([
    [
      'all of it',
      serverElement('pop3', 'pop.example.test', 1995, 'SSL'),
      `pop3 pop.example.test:1995 tls ${ME} [password]`,
    ],
    [
      'for sending',
      serverElement('smtp', 'SMTP.Example.test.', 587, 'STARTTLS'),
      `smtp smtp.example.test:587 starttls ${ME} [password]`,
    ],
    [
      'for IMAP',
      serverElement('imap', 'imap.example.test', 143, 'plain'),
      `imap imap.example.test:143 none ${ME} [password]`,
    ],
    [
      'of another kind',
      '<incomingServer type="exchange"><hostname>ews.example.test</hostname></incomingServer>',
      null,
    ],
    ['without a kind', `<incomingServer>${host}${tls}</incomingServer>`, null],
    ['empty', '<incomingServer/>', null],
  ])('%s', (_what, element, expected) => {
    expect(read(element)).toBe(expected);
  });

  it.each([
    ['only what is needed', pop3(host, tls), `pop3 pop.example.test:995 tls ${ME} []`],
    [
      'white space',
      pop3('<hostname>\n  pop.example.test\t</hostname>', tls),
      `pop3 pop.example.test:995 tls ${ME} []`,
    ],
    ['no security', pop3(host), null],
    ['a security that we do not know', pop3(host, '<socketType>SSH</socketType>'), null],
    ['port 0', pop3(host, tls, '<port>0</port>'), null],
    ['port 65536', pop3(host, tls, '<port>65536</port>'), null],
    ['a port in words', pop3(host, tls, '<port>0x3e3</port>'), null],
  ])('with %s', (_what, found, expected) => {
    expect(found).toBe(expected);
  });

  it.each([
    ['mail.%EMAILDOMAIN%', 'mail.xn--mller-kva.example'],
    ['mail.müller.example', 'mail.xn--mller-kva.example'],
    ['192.0.2.1', null],
    ['0x7f000001', null],
    ['[2001:db8::1]', null],
    ['localhost', null],
    ['pop.example.test:995', null],
    ['evil.test/pop.example.test', null],
    ['user@evil.test', null],
    ['evil.test&#10;x', null],
    ['evil.test\r\nx', null],
    ['pop..example.test', null],
    ['-pop.example.test', null],
    ['%OTHER%.example.test', null],
    ['', null],
  ])('named %j is at %s', (name, expected) => {
    expect(named(name)).toBe(expected === null ? null : `pop3 ${expected}:995 tls ${ME} []`);
  });

  it.each([
    [['OAuth2', 'password-cleartext'], 'oauth2,password'],
    [['password-encrypted', 'password-cleartext'], 'password'],
    [['plain'], 'password'],
    [['client-IP-address'], ''],
    [['GSSAPI', 'OAuth2'], 'oauth2'],
    [['GSSAPI', 'NTLM'], null],
    [['toString'], null],
  ])('that takes %j is signed in to by %s', (kinds, expected) => {
    const found = signIn(...kinds);
    expect(found).toBe(
      expected === null ? null : `pop3 pop.example.test:995 tls ${ME} [${expected}]`,
    );
  });

  it.each([
    ['%EMAILADDRESS%', ME],
    ['%EMAILLOCALPART%', 'Anna.Muster'],
    ['%EMAILLOCALPART%.%EMAILDOMAIN%', 'Anna.Muster.xn--mller-kva.example'],
    ['p123-1', 'p123-1'],
    ['%REALNAME%', ME],
    ['a\u0007b', ME],
    ['x'.repeat(256), ME],
    ['', ME],
  ])('whose user name is %j is signed in to as %s', (name, expected) => {
    expect(user(name)).toBe(`pop3 pop.example.test:995 tls ${expected} []`);
  });
});

describe('a file', () => {
  it('keeps the order of its servers and leaves out what is not one of mail', () => {
    const text = clientConfig(
      serverElement('imap', 'b.example.test', 993, 'SSL'),
      '<incomingServer type="jmap"><url>https://jmap.example.test</url></incomingServer>',
      serverElement('pop3', 'a.example.test', 995, 'SSL'),
      serverElement('smtp', 'c.example.test', 465, 'TLS'),
      '<oAuth2><clientID>x</clientID></oAuth2>',
    );
    expect(parse(text).map(({ host }) => host)).toEqual([
      'b.example.test',
      'a.example.test',
      'c.example.test',
    ]);
  });

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['a web page', '<!doctype html><html><body><p>hello</body></html>'],
    ['another root', '<config><incomingServer type="pop3"/></config>'],
    ['names of objects', '<clientConfig><__proto__><x/></__proto__></clientConfig>'],
    ['very deep elements', '<clientConfig>'.repeat(5000)],
    [
      'a declaration',
      `<!doctype a [<!ENTITY b "c">]>${clientConfig(serverElement('pop3', 'a.example.test', 995, 'SSL'))}`,
    ],
  ])('of %s names no servers', (_what, text) => {
    expect(parse(text)).toEqual([]);
  });

  it('that breaks off names none', () => {
    const [first = '', second = ''] = ['a', 'b'].map((name) =>
      serverElement('pop3', `${name}.example.test`, 995, 'SSL'),
    );
    const text = clientConfig(first, second);
    const broken = text.slice(0, text.indexOf(second) + 20);
    expect(parse(text)).toHaveLength(2);
    expect(parse(broken)).toEqual([]);
  });

  const isSound = ({ protocol, host, port, security, username }: ConfiguredServer) => {
    expect(['pop3', 'imap', 'smtp']).toContain(protocol);
    expect(['none', 'starttls', 'tls']).toContain(security);
    expect(host).toMatch(/^[a-z0-9_.-]{4,253}$/);
    expect(Number.isInteger(port) && port > 0 && port < 65536).toBe(true);
    expect(username).not.toMatch(/\p{Cc}/u);
  };

  it('whatever its bytes are: no error, and no server with anything but a name', () => {
    const bytes = fc
      .uint8Array({ maxLength: 2000 })
      .map((array) => new TextDecoder().decode(array));
    fc.assert(fc.property(bytes, (text) => parse(text).forEach(isSound)));
  });

  it('whatever stands between its marks', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom('a.example.test', '%EMAILDOMAIN%', 'SSL', '995', '<', '&lt;', ']]>', '<!--'),
    );
    const file = fc
      .tuple(piece, piece, piece, piece, piece, fc.constantFrom('pop3', 'imap', 'smtp', '"'))
      .map(([host, port, socketType, username, authentication, type]) =>
        clientConfig(
          `<incomingServer type="${type}"><hostname>${host}</hostname><port>${port}</port><socketType>${socketType}</socketType><username>${username}</username><authentication>${authentication}</authentication></incomingServer>`,
          `<incomingServer type="pop3"><hostname>${host}.example.test</hostname><socketType>SSL</socketType><username>${username}</username></incomingServer>`,
        ),
      );
    fc.assert(
      fc.property(file, (text) => parse(text).forEach(isSound)),
      { numRuns: 1000 },
    );
  });
});
