import { describe, expect, it } from '@jest/globals';
import type { Source } from '../../../src/mail/autoconfig/candidate.js';
import { offer, type FoundServer } from '../../../src/mail/autoconfig/offer.js';
import type { Security } from '../../../src/mail/endpoint.js';

/** `source protocol host security`, with `!` in front when it did not answer. */
function server(text: string): FoundServer {
  const [source = '', protocol = '', host = '', security = ''] = text.replace('!', '').split(' ');
  return {
    source: source as Source,
    protocol: protocol as FoundServer['protocol'],
    host,
    port: 1,
    security: security as Security,
    username: 'anna',
    signIn: [],
    provider: null,
    reason: { code: 'guess', params: {} },
    verified: !text.startsWith('!'),
    findings: [],
  };
}

const check = (found: readonly string[]) => {
  const { incoming, smtp } = offer(found.map(server));
  return [...incoming, ...smtp].map(
    ({ source, protocol, host, security, verified }) =>
      `${verified ? '' : '!'}${source} ${protocol} ${host} ${security}`,
  );
};

describe('what is offered', () => {
  it.each([
    ['nothing where nothing was found', [], []],
    [
      'the most trusted first, whichever is better protected',
      ['serviceRecords pop3 a starttls', 'ispdb pop3 b tls'],
      ['serviceRecords pop3 a starttls', 'ispdb pop3 b tls'],
    ],
    [
      'of one source the better protected first, POP3 before IMAP',
      ['ispdb imap b tls', 'ispdb pop3 a starttls', 'ispdb pop3 a tls'],
      ['ispdb pop3 a tls', 'ispdb pop3 a starttls', 'ispdb imap b tls'],
    ],
    [
      'what answers before what does not',
      ['!serviceRecords smtp a tls', 'guess smtp b starttls'],
      ['guess smtp b starttls', '!serviceRecords smtp a tls'],
    ],
    [
      'a server once, as the most trusted named it',
      ['serviceRecords smtp a tls', 'ispdb smtp a tls', 'ispdb smtp a starttls'],
      ['serviceRecords smtp a tls', 'ispdb smtp a starttls'],
    ],
    [
      'nothing unencrypted where something encrypted works',
      ['ispdb pop3 a none', 'guess imap b starttls', 'ispdb smtp c none'],
      ['guess imap b starttls', 'ispdb smtp c none'],
    ],
    [
      'something unencrypted where nothing else works',
      ['ispdb pop3 a none', '!ispdb pop3 a tls'],
      ['ispdb pop3 a none', '!ispdb pop3 a tls'],
    ],
    [
      'no guess that does not answer beside anything better',
      ['!ispdb pop3 a tls', '!guess pop3 b tls', '!guess imap c tls', 'guess smtp d tls'],
      ['!ispdb pop3 a tls', 'guess smtp d tls'],
    ],
    [
      'one guess a protocol where there is nothing',
      ['!guess pop3 a tls', '!guess pop3 a starttls', '!guess imap b tls', '!guess smtp c tls'],
      ['!guess pop3 a tls', '!guess imap b tls', '!guess smtp c tls'],
    ],
  ])('%s', (_what, found, expected) => {
    expect(check(found)).toEqual(expected);
  });
});
