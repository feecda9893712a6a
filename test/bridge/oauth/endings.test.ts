/** The calendar of endings: when what is told, as tables. */
import { describe, expect, it } from '@jest/globals';
import { changesBetween, type Conditions } from '../../../src/bridge/events/conditions.js';
import type { AccountReport, FlowReport } from '../../../src/bridge/health/index.js';
import { daysLeft, lastings, urgencyOf } from '../../../src/bridge/oauth/endings.js';
import { linkStanding, tellsOfEnd, type LinkFacts } from '../../../src/bridge/oauth/link-state.js';
import { noRecord } from '../../../src/bridge/oauth/link.js';
import { RpcOAuth2Link } from '../../../src/greyhound/index.js';

const DAY_MS = 86_400_000;
const NOW = new Date('2026-11-25T12:00:00Z');
const inDays = (days: number): Date => new Date(NOW.getTime() + days * DAY_MS);

describe('how urgent an end is', () => {
  it.each<[string, number | null, boolean, unknown, number]>([
    ['no date', null, false, null, 0],
    ['far away', 31, false, 'later', 31],
    ['30 days', 30, false, 30, 30],
    ['8 days', 8, false, 30, 8],
    ['7 days', 7, false, 7, 7],
    ['a day and a half', 1.5, false, 7, 1],
    ['a day', 1, false, 1, 1],
    ['an hour', 1 / 24, false, 1, 0],
    ['over, but nobody has said so', -1, false, 1, 0],
    ['ended', -1, true, 'ended', 0],
    ['ended without a date', null, true, 'ended', 0],
  ])('%s', (_what, days, hasEnded, urgency, left) => {
    const endsAt = days === null ? null : inDays(days);
    const subject = { kind: 'incoming', accountId: 1 } as const;
    expect(urgencyOf({ subject, name: 'a', endsAt, hasEnded, because: '' }, NOW)).toBe(urgency);
    if (endsAt !== null) expect(daysLeft(endsAt, NOW)).toBe(left);
  });
});

describe('what ends', () => {
  const link = {
    state: 'linked',
    provider: 'firma',
    endsAt: null,
    because: '',
    via: null,
  } as const;
  const account = { kind: 'incoming', id: 3, name: 'Verkauf' } as const;
  it.each<[string, object, { id: string; secretEndsAt: Date | null }[], unknown[]]>([
    ['a link with a date', { endsAt: inDays(5) }, [], [['incoming', inDays(5), false]]],
    ['a link without', {}, [], [['incoming', null, false]]],
    ['a link that has ended', { state: 'ended' }, [], [['incoming', null, true]]],
    ['no link', { state: 'unlinked' }, [], []],
    ['the link of another account', { via: 7, endsAt: inDays(5) }, [], []],
    [
      'a secret, told once',
      { endsAt: inDays(9), because: 'clientSecret' },
      [{ id: 'firma', secretEndsAt: inDays(9) }],
      [
        ['incoming', null, false],
        ['firma', inDays(9), false],
      ],
    ],
    [
      'a secret that is over',
      {},
      [{ id: 'firma', secretEndsAt: inDays(-1) }],
      [
        ['incoming', null, false],
        ['firma', inDays(-1), true],
      ],
    ],
    [
      'a secret without a date',
      {},
      [{ id: 'firma', secretEndsAt: null }],
      [['incoming', null, false]],
    ],
  ])('%s', (_what, more, providers, expected) => {
    const found = lastings([{ ...account, link: { ...link, ...more } }], providers, NOW);
    expect(
      found.map(({ subject, endsAt, hasEnded }) => [
        'kind' in subject ? subject.kind : subject.providerId,
        endsAt,
        hasEnded,
      ]),
    ).toEqual(expected);
  });
});

describe('how a link stands', () => {
  const told = (given: object) => RpcOAuth2Link.make(given);
  const attempt = { linkId: 'x', until: inDays(1).toISOString(), failure: null } as const;
  const facts: LinkFacts = {
    isOAuth2: true,
    link: null,
    record: null,
    error: { Message: '', ErrorCount: 0 },
    now: NOW,
  };
  const linked = { ...noRecord, linkedAt: NOW.toISOString() };
  const ended = { Message: 'token has been expired or revoked', ErrorCount: 1 };
  it.each<[string, Partial<LinkFacts>, string]>([
    ['nothing known', {}, 'unlinked'],
    ['a password', { isOAuth2: false, link: told({ Linked: true }) }, 'unlinked'],
    ['told', { link: told({ Linked: true }) }, 'linked'],
    ['told, 31 days', { link: told({ Linked: true, Expires: inDays(31) }) }, 'linked'],
    ['told, 30 days', { link: told({ Linked: true, Expires: inDays(30) }) }, 'expiring'],
    ['told, ended', { link: told({ EndedAt: inDays(-1) }) }, 'expired'],
    ['told, not linked although it was noted', { link: told({}), record: linked }, 'unlinked'],
    ['noted', { record: linked }, 'linked'],
    ['noted, and ended', { record: linked, error: ended }, 'expired'],
    [
      'noted, and being taken away',
      { record: { ...linked, leaving: { operationId: 'o', stepId: 's' } } },
      'unlinked',
    ],
    ['waiting', { record: { ...noRecord, attempt: { ...attempt, state: 'pending' } } }, 'pending'],
    [
      'waited for too long',
      {
        record: {
          ...noRecord,
          attempt: { ...attempt, state: 'pending', until: inDays(-1).toISOString() },
        },
      },
      'failed',
    ],
    [
      'consented',
      { record: { ...noRecord, attempt: { ...attempt, state: 'consentGranted' } } },
      'consentGranted',
    ],
    ['failed', { record: { ...noRecord, attempt: { ...attempt, state: 'failed' } } }, 'failed'],
    [
      'ended, and trying again failed',
      {
        link: told({ EndedAt: inDays(-1) }),
        record: { ...noRecord, attempt: { ...attempt, state: 'failed' } },
      },
      'expired',
    ],
    [
      'linked in the meantime',
      {
        link: told({ Linked: true }),
        record: { ...noRecord, attempt: { ...attempt, state: 'failed' } },
      },
      'linked',
    ],
  ])('SAL-95 %s', (_what, given, state) => {
    expect(linkStanding({ ...facts, ...given }).state).toBe(state);
  });

  it.each<[string, boolean]>([
    ['invalid_grant', true],
    ['AADSTS700082: The refresh token has expired', true],
    ['Token has been expired or revoked.', true],
    ['The revoked token cannot be used', true],
    ['535 5.7.8 Authentication failed', false],
    ['certificate has expired', false],
    ['', false],
  ])('the words of the account: %s', (Message, isEnd) => {
    expect(tellsOfEnd({ Message, ErrorCount: 1 })).toBe(isEnd);
    expect(tellsOfEnd({ Message, ErrorCount: 0 })).toBe(false);
  });
});

describe('events', () => {
  const account = (link: object | null, more: object = {}) =>
    ({
      kind: 'incoming',
      id: 3,
      name: 'Verkauf',
      active: true,
      lastSignInAt: null,
      lastSuccessAt: null,
      lastError: null,
      failedTries: 0,
      nextTryAt: null,
      switchedOff: null,
      waiting: 0,
      oldestWaitingAt: null,
      missing: 0,
      damaged: 0,
      intervalMs: null,
      savedAt: null,
      link: link && {
        state: 'linked',
        provider: 'firma',
        endsAt: null,
        because: 'testing',
        via: null,
        ...link,
      },
      ...more,
    }) as AccountReport;
  const report = (accounts: AccountReport[], more: Partial<FlowReport> = {}): FlowReport => ({
    at: NOW,
    failure: null,
    version: '5.5',
    providers: [],
    flow: null,
    storage: null,
    accounts,
    ...more,
  });

  /** What is told by one look after the other. */
  function told(looks: FlowReport[]) {
    let conditions: Conditions = new Map();
    return looks.flatMap((look) => {
      const { changes, conditions: next } = changesBetween(conditions, look);
      conditions = next;
      return changes
        .filter(({ type }) => type.startsWith('oauth.') || type === 'account.switchedOff')
        .map(({ type, data }) => [type, data['daysLeft'] ?? data['because'] ?? null]);
    });
  }
  const days = (...left: number[]) => left.map((one) => report([account({ endsAt: inDays(one) })]));

  it.each<[string, FlowReport[], unknown[]]>([
    [
      'are told 30, 7 and 1 days before, each once',
      days(40, 30, 29, 8, 7, 6, 2, 1, 0.5),
      [
        ['oauth.ending', 30],
        ['oauth.ending', 7],
        ['oauth.ending', 1],
      ],
    ],
    ['begin where the first look is', days(5, 4), [['oauth.ending', 5]]],
    [
      'are told again when the end came nearer a second time',
      days(6, 20, 6),
      [
        ['oauth.ending', 6],
        ['oauth.ending', 6],
      ],
    ],
    [
      'say when it was made good',
      [...days(6), report([account({})])],
      [
        ['oauth.ending', 6],
        ['oauth.linked', null],
      ],
    ],
    [
      'say at once that it ended, and when it is linked again',
      [
        report([account({})]),
        report([account({ state: 'ended', because: 'revoked' })]),
        report([account({ state: 'ended', because: 'revoked' })]),
        report([account({ state: 'unlinked' })]),
        report([account({})]),
      ],
      [
        ['oauth.ended', 'revoked'],
        ['oauth.linked', null],
      ],
    ],
    [
      'say of a link that is short-lived from the start both',
      [
        report([account({ state: 'ended', because: 'testing' })]),
        report([account({ endsAt: inDays(6.9) })]),
      ],
      [
        ['oauth.ended', 'testing'],
        ['oauth.linked', null],
        ['oauth.ending', 6],
      ],
    ],
    [
      'come before the account is switched off because of it',
      [
        report([
          account(
            { state: 'ended', because: 'revoked' },
            { active: false, switchedOff: { at: NOW, code: 'linkEnded' } },
          ),
        ]),
      ],
      [
        ['oauth.ended', 'revoked'],
        ['account.switchedOff', null],
      ],
    ],
    [
      'tell of a client secret by its provider',
      [20, 0.2, -1].map((left) =>
        report([], { providers: [{ id: 'firma', secretEndsAt: inDays(left) }] }),
      ),
      [
        ['oauth.ending', 20],
        ['oauth.ending', 0],
        ['oauth.ended', 'clientSecret'],
      ],
    ],
  ])('%s', (_what, looks, expected) => {
    expect(told(looks)).toEqual(expected);
  });
});
