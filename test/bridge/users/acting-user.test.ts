import { describe, expect, it } from '@jest/globals';
import type { UserRecord } from '../../../src/bridge/directory/record.js';
import { scopes, type Scope } from '../../../src/bridge/http/route.js';
import { actingUser, userIdOf } from '../../../src/bridge/users/index.js';
import { userRecord } from './user-record.js';

describe('the id in the header', () => {
  const asBytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
  it.each<[string, readonly string[], string | null]>([
    ['an id', ['U7'], 'U7'],
    ['an id with spaces around it and in it', [' Max Muster '], 'Max Muster'],
    ['letters beyond ASCII in UTF-8', [asBytes('müller-ж-日')], 'müller-ж-日'],
    ['the same in Latin-1', ['m\xfcller'], 'müller'],
    ['200 characters', ['x'.repeat(200)], 'x'.repeat(200)],
    ['200 characters of several bytes', [asBytes('ж'.repeat(200))], 'ж'.repeat(200)],
    ['more', ['x'.repeat(201)], null],
    ['nothing', [''], null],
    ['only spaces', ['  '], null],
    ['a tab', ['a\tb'], null],
    ['a line break', ['a\r\nb'], null],
    ['a NUL', ['a\0'], null],
    ['a control character beyond ASCII', [asBytes('a\u0085b')], null],
    ['two headers', ['U7', 'U8'], null],
    ['the same header twice', ['U7', 'U7'], null],
    ['no header', [], null],
  ])('%s', (_what, fields, id) => {
    expect(userIdOf(fields)).toBe(id);
  });
});

describe('who acts', () => {
  const known: Record<string, UserRecord> = {
    may: userRecord({ id: 'may' }),
    barred: userRecord({ id: 'barred', mayUseMail: false }),
  };
  const users = { user: (id: string) => Promise.resolve(known[id] ?? null) };
  const outcome = (id: string, scope: Scope): Promise<unknown> =>
    actingUser(users, id, scope).then(
      (user) => [user.id, user.recordTypes.length],
      (error: unknown) => (error as { code: string }).code,
    );
  const ofMail = scopes.filter((scope) => /^(messages|assignments):/.test(scope));
  const others = scopes.filter((scope) => !ofMail.includes(scope));

  it.each(ofMail)('SAL-13 only known users whose profile allows mail, with %s', async (scope) => {
    expect(await outcome('may', scope)).toEqual(['may', 4]);
    expect(await outcome('barred', scope)).toBe('userMayNotUseMail');
    expect(await outcome('nobody', scope)).toBe('userUnknown');
  });

  it.each(others)(
    'everybody, by name, with %s; one who is not known sees nothing',
    async (scope) => {
      expect(await outcome('may', scope)).toEqual(['may', 4]);
      expect(await outcome('barred', scope)).toEqual(['barred', 4]);
      expect(await outcome('nobody', scope)).toEqual(['nobody', 0]);
    },
  );
});
