import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { RpcPop3Account } from '../../../src/greyhound/index.js';
import { Vault } from '../../../src/platform/vault.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';
import { openArchiveUnderTest } from '../archive-under-test.js';

const account = (Name: string) =>
  RpcPop3Account.make({
    Name,
    State: 1,
    Host: 'pop.example.org',
    Port: 995,
    Username: 'shop',
    Password: `swordfish-${Name}`,
    Delete: 1,
  });

let folder: TemporaryDirectory;
beforeEach(async () => {
  folder = await makeTemporaryDirectory();
});
afterEach(() => folder.remove());

it('BRG-12 keeps no password in clear in the data folder or the log', async () => {
  const archive = await openArchiveUnderTest({ dataDir: folder.path });
  await archive.client().pop3Accounts.New({ Pop3Account: account('a') });
  const files = await readdir(folder.path);
  expect(files).toContain('archive.db');
  for (const file of files) {
    const bytes = await readFile(join(folder.path, file));
    expect(bytes.includes('swordfish')).toBe(false);
    expect(bytes.includes(archive.password)).toBe(false);
  }
  expect(archive.logged.length).toBeGreaterThan(0);
  expect(archive.logged.join()).not.toMatch(/swordfish|archive secret/);
  await archive.close();
});

it('opens a password only at its own account, and goes on without those that cannot be read', async () => {
  const lostKey = Vault.newKey();
  const first = await openArchiveUnderTest({ dataDir: folder.path, vault: new Vault([lostKey]) });
  const lost = await first.client().pop3Accounts.New({ Pop3Account: account('lost') });
  await first.close();

  const second = await openArchiveUnderTest({ dataDir: folder.path });
  const { pop3Accounts } = second.client();
  const good = await pop3Accounts.New({ Pop3Account: account('good') });
  const moved = await pop3Accounts.New({ Pop3Account: account('moved') });
  const sealed = await second.database
    .selectFrom('accounts')
    .select('password')
    .where('id', '=', good)
    .executeTakeFirstOrThrow();
  await second.database
    .updateTable('accounts')
    .set({ password: sealed.password })
    .where('id', '=', moved)
    .execute();
  const active = await second.accounts.activePop3();
  expect(active.map((stored) => stored.account.ID)).toEqual([good]);
  for (const ID of [lost, moved]) {
    expect(await pop3Accounts.Get({ ID })).toMatchObject({
      ErrorCount: 1,
      Message: expect.stringContaining('cannot be read'),
    });
  }
  await second.close();
});
