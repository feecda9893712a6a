/** What a deleted account gives back: the sign-in that linked it. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { AccountStore } from '../../../src/archive/accounts/account-store.js';
import { GrantStore } from '../../../src/archive/oauth/grant-store.js';
import { SignInStore, type SignIn } from '../../../src/archive/oauth/sign-in-store.js';
import { Realms } from '../../../src/archive/rpc/realms.js';
import { openArchiveDatabase, type ArchiveDatabase } from '../../../src/archive/store/database.js';
import { RpcPop3Account } from '../../../src/greyhound/index.js';
import { systemClock } from '../../../src/platform/clock.js';
import { Vault } from '../../../src/platform/vault.js';

let database: ArchiveDatabase;
let accounts: AccountStore;
let signIns: SignInStore;
let realmId: number;
beforeEach(async () => {
  const vault = new Vault([Vault.newKey()]);
  database = await openArchiveDatabase(':memory:');
  accounts = new AccountStore(database, vault, systemClock);
  signIns = new SignInStore(database, vault);
  const realms = new Realms(database, systemClock);
  ({ realmId } = await realms.ensureRealmUser({ username: 'bridge', password: 'x' }));
});
afterEach(() => database.destroy());

const holderOf = async (identifier: string) => (await signIns.find(realmId, identifier))?.account;

/** An account and the sign-in that linked it. */
async function linked(identifier: string) {
  const grantId = await new GrantStore(database, new Vault([Vault.newKey()]), systemClock).create({
    realmId,
    providerId: 'firma',
    flow: 'code',
    identity: { address: 'a@example.test', addresses: [] },
    tokens: {
      accessToken: 'a',
      refreshToken: 'r',
      idToken: null,
      expiresInSeconds: 3600,
      refreshExpiresInSeconds: null,
    },
  });
  const texts = { code: '', words: '', address: '', delegate: '', redirect_url: '', locale: '' };
  const signIn: SignIn = {
    ...texts,
    identifier,
    realm_id: realmId,
    provider_id: 'firma',
    flow: 'code',
    state: 'finished',
    identity: 'a@example.test',
    state_digest: null,
    browser_digest: null,
    secret: null,
    grant_id: grantId,
    account: null,
    expires_at: new Date(Date.now() + 60_000).toISOString(),
    next_poll_at: null,
  };
  await signIns.add(signIn, null);
  const change = { link: 'set', grantId, isDelegated: false, signIn } as const;
  const id = await accounts.create('pop3', realmId, RpcPop3Account.make({ Name: 'a' }), change);
  return { ref: { kind: 'pop3', realmId, id } as const, change };
}

it('a deleted account has given its sign-in back: another can use it at once', async () => {
  const { ref, change } = await linked('first');
  const other = await linked('second');
  expect(await holderOf('first')).toBe(`pop3/${String(ref.id)}`);
  await accounts.delete(ref);
  expect(await holderOf('first')).toBeNull();
  expect(await holderOf('second')).toBe(`pop3/${String(other.ref.id)}`);
  const next = await accounts.create('pop3', realmId, RpcPop3Account.make({ Name: 'b' }), change);
  expect(await holderOf('first')).toBe(`pop3/${String(next)}`);
});

it('neither happens without the other', async () => {
  const { ref } = await linked('first');
  await database.schema.alterTable('oauth_sign_ins').renameTo('away').execute();
  await expect(accounts.delete(ref)).rejects.toMatchObject({
    message: expect.stringContaining('oauth_sign_ins'),
  });
  await database.schema.alterTable('away').renameTo('oauth_sign_ins').execute();
  expect(await accounts.ownLink(ref)).not.toBeNull();
  expect(await holderOf('first')).toBe(`pop3/${String(ref.id)}`);
});
