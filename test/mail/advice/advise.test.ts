import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { advise, type FailedAttempt } from '../../../src/mail/advice/index.js';
import type { MailFailureCode } from '../../../src/mail/errors.js';

type Changes = Partial<Omit<FailedAttempt, 'failure'>>;

const attempt: Omit<FailedAttempt, 'failure'> = {
  protocol: 'pop3',
  host: 'mail.firma.example',
  port: 995,
  security: 'tls',
  username: 'anna@firma.example',
  authentication: 'password',
};

const adviceOn = (code: MailFailureCode | null, serverText: string, changes: Changes = {}) =>
  advise({ ...attempt, ...changes, failure: { code, params: { serverText } } });

describe('advice', () => {
  it.each<[string, string, Changes, string | null]>([
    // what GREYHOUND or another archive passes on, without a code
    [
      '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.',
      'smtp',
      {},
      'basicSignInSwitchedOff',
    ],
    ['Error: 534-5.7.9 Application-specific password required.', 'smtp', {}, 'appPasswordNeeded'],
    ['-ERR [IN-USE] Unable to lock maildrop', 'pop3', {}, 'mailboxLocked'],
    [
      '-ERR [SYS/PERM] Your account is not enabled for POP access.',
      'pop3',
      {},
      'protocolSwitchedOff',
    ],
    ['POP3 ist für dieses Postfach nicht aktiviert', 'pop3', {}, 'protocolSwitchedOff'],
    ['552 5.2.2 Over quota', 'smtp', {}, 'quotaExceeded'],
    ['Das Postfach ist voll', 'pop3', {}, 'quotaExceeded'],
    ['Login failed', 'pop3', {}, null],
    // without a code nothing is guessed from the provider
    ['Login failed', 'pop3', { host: 'pop.gmx.net', username: 'anna@gmx.de' }, null],
    ['452 4.5.3 Too many recipients', 'smtp', {}, null],
    ['554 5.7.1 Relay access denied', 'smtp', {}, null],
    // another protocol's words
    ['Mailbox is locked', 'smtp', {}, null],
  ])('of the words %s by %s', (words, protocol, changes, code) => {
    const protocolChange = { protocol: protocol as FailedAttempt['protocol'] };
    expect(adviceOn(null, words, { ...changes, ...protocolChange })?.code ?? null).toBe(code);
  });

  it('is silent about a server that nobody knows and that gives no reason', () => {
    expect(adviceOn('authenticationFailed', 'Authentication failed')).toBeNull();
    expect(adviceOn('connectionRefused', '')).toBeNull();
    expect(adviceOn('nameNotFound', '')).toBeNull();
  });

  it.each<[string, Changes, string | null]>([
    ['the server of the table', { host: 'pop.gmx.net' }, null],
    ['in capitals', { host: 'POP.GMX.NET.' }, null],
    ['another port', { host: 'pop.gmx.net', port: 9955 }, 'pop.gmx.net 995 SSL/TLS port'],
    [
      'another security',
      { host: 'pop.gmx.net', port: 110, security: 'none' },
      'pop.gmx.net 995 SSL/TLS security',
    ],
    ["a name in the provider's domain", { host: 'pop.gmx.de' }, 'pop.gmx.net 995 SSL/TLS host'],
    ['an alias', { host: 'pop.googlemail.com' }, 'pop.gmail.com 995 SSL/TLS host'],
    [
      'another name of a hoster',
      { host: 'sslmailpool.ispgateway.de' },
      'sslin.df.eu 995 SSL/TLS host',
    ],
    [
      'STARTTLS for sending',
      {
        protocol: 'smtp',
        host: 'smtp.gmx.net',
        port: 587,
        security: 'starttls',
        username: 'a@gmx.de',
      },
      'mail.gmx.net 587 STARTTLS host',
    ],
  ])('names the known server, given %s', (_, changes, expected) => {
    const advice = adviceOn('certificateNameMismatch', '', changes);
    const { server, port, security } = advice?.params ?? {};
    expect(advice && [server, port, security, advice.field].join(' ')).toBe(expected);
  });

  it('tells Outlook.com and Microsoft 365 apart by the address', () => {
    const host = 'outlook.office365.com';
    const provider = (username: string) =>
      adviceOn('authenticationFailed', '', { host, username })?.params['provider'];
    expect(provider('anna@outlook.de')).toBe('Outlook.com (Hotmail, Live, MSN)');
    expect(provider('anna@firma.example')).toBe('Microsoft 365');
  });

  it.each([
    ['smtp.gmail.com', 'https://support.google.com/mail/answer/22370'],
    [
      'smtp.office365.com',
      'https://learn.microsoft.com/exchange/recipients-in-exchange-online/manage-permissions-for-recipients',
    ],
  ])('HHQ-06 links to the help on "Send as" of %s', (host, url) => {
    const words = '<office@firma.example>: Sender address rejected: not owned by user';
    const advice = adviceOn('serverRefused', words, { protocol: 'smtp', host });
    expect(advice).toMatchObject({ code: 'senderNotAllowed', url });
  });

  it('comes at once, whatever a server says', () => {
    const long = fc.constantFrom('a', ' ', '.', 'too many ', 'mailbox ', 'POP3 ', '5.7.1', '[');
    const words = fc.array(long, { maxLength: 400 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(words, fc.string({ maxLength: 2000 })), fc.string(), (said, host) => {
        const startedAt = performance.now();
        adviceOn('nameNotFound', said, { host, username: host });
        expect(performance.now() - startedAt).toBeLessThan(1000);
      }),
    );
  });
});
