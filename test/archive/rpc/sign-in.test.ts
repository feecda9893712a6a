import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeWindows1252, newClientId } from '../../../src/greyhound/index.js';
import { openArchiveUnderTest, type ArchiveUnderTest } from '../archive-under-test.js';

describe('sign-in', () => {
  let archive: ArchiveUnderTest;
  beforeEach(async () => {
    archive = await openArchiveUnderTest();
  });
  afterEach(() => archive.close());

  const statusOf = async (authorization: string | undefined): Promise<number> => {
    const response = await fetch(`${archive.url}/json`, {
      method: 'POST',
      body: '{"method":"RpcUsers.Logout"}',
      headers: {
        'Content-Type': 'application/json',
        ...(authorization === undefined ? {} : { Authorization: authorization }),
      },
    });
    if (response.status === 401) {
      expect(response.headers.get('www-authenticate')).toMatch(/^Basic /);
      expect(await response.json()).toMatchObject({ error: { code: 9012 } });
    }
    return response.status;
  };
  const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`;
  const id = newClientId();

  it.each([
    ['no credentials', undefined],
    ['another scheme', `Bearer ${id}`],
    ['a wrong password', basic(`${id}-bridge:wrong`)],
    ['an unknown user', basic(`${id}-nobody:archive secret`)],
    ['no client id', basic('bridge:archive secret')],
    ['a client id of 31 characters', basic(`${id.slice(1)}-bridge:archive secret`)],
    ['no colon', basic(`${id}-bridge`)],
    ['an empty password', basic(`${id}-bridge:`)],
  ])('refuses %s with 401', async (_what, authorization) => {
    expect(await statusOf(authorization)).toBe(401);
  });

  it('splits after 32 characters, whatever hyphens and colons follow', async () => {
    await archive.realms.ensureRealmUser({ username: 'shop-1', password: 'a:b-c' });
    expect(await statusOf(basic(`${id}-shop-1:a:b-c`))).toBe(200);
  });

  it('reads credentials in windows-1252 and in UTF-8', async () => {
    await archive.realms.ensureRealmUser({ username: 'müller', password: '100 € – ß' });
    const text = `${id}-müller:100 € – ß`;
    expect(await statusOf(basic(encodeWindows1252(text) ?? ''))).toBe(200);
    expect(await statusOf(basic(text))).toBe(200);
    const client = archive.client({ username: 'müller', password: '100 € – ß' });
    expect((await client.users.GetUserInfo()).Username).toBe('müller');
  });

  it('takes a password that the configuration changed, and the old one no longer', async () => {
    const { username, password, realmId, userId } = archive;
    expect(await statusOf(basic(`${id}-${username}:${password}`))).toBe(200);
    const changed = await archive.realms.ensureRealmUser({ username, password: 'new one' });
    expect(changed).toEqual({ username, realmId, userId });
    expect(await statusOf(basic(`${id}-${username}:${password}`))).toBe(401);
    expect(await statusOf(basic(`${id}-${username}:new one`))).toBe(200);
  });

  it('slows down guessing without locking out who is signed in', async () => {
    const right = basic(`${id}-${archive.username}:${archive.password}`);
    expect(await statusOf(right)).toBe(200);
    const guesses = await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        statusOf(basic(`${id}-bridge:guess${String(index)}`)),
      ),
    );
    expect(guesses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(5);
    expect(guesses).not.toContain(200);
    expect(await statusOf(right)).toBe(200);
    archive.clock.advance(60_000);
    expect(await statusOf(basic(`${id}-bridge:another guess`))).toBe(401);
  });

  it('keeps no password in the database', async () => {
    const rows = await archive.database.selectFrom('realm_users').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(archive.password);
    expect(rows[0]?.password_hash).toMatch(/^scrypt\$/);
  });
});
