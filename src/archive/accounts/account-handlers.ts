/** RpcPop3Accounts and RpcSmtpAccounts. A password goes in and never comes out: empty on Put means unchanged. */
import {
  RpcAccountOptions,
  RpcOAuth2Progress,
  RpcOAuth2Request,
  type RpcPop3Accounts,
  type RpcSmtpAccounts,
} from '../../greyhound/index.js';
import { lockHandlers, withLockData } from '../objects/locked-objects.js';
import type { OAuth } from '../oauth/index.js';
import type { Caller, Handlers } from '../rpc/handlers.js';
import type { LockTable } from '../rpc/locks.js';
import type { AccountKind, AccountStore } from './account-store.js';
import { validatePop3, validateSmtp } from './account-validation.js';
import type { ConnectionTest } from './connection-test.js';

interface AccountDependencies {
  readonly accounts: AccountStore;
  readonly locks: LockTable;
  readonly connectionTest: ConnectionTest;
  readonly oauth: OAuth;
}

/** What both kinds do the same way. */
function sharedHandlers(kind: AccountKind, dependencies: AccountDependencies) {
  const { accounts, locks, oauth } = dependencies;
  const exists = (realmId: number, id: number) => accounts.get(kind, realmId, id);
  return {
    ...lockHandlers(kind, locks, exists),
    Delete: async ({ ID }: { ID: number }, caller: Caller): Promise<undefined> => {
      await exists(caller.realmId, ID);
      locks.requireOwn(kind, ID, caller);
      await accounts.delete({ kind, realmId: caller.realmId, id: ID });
      locks.remove(kind, ID, caller.realmId);
      void oauth.sweep();
    },
    StartOAuth2Authentication: async (
      { Host, RedirectUrl, Locale }: { Host: string; RedirectUrl: string; Locale: string },
      { realmId }: Caller,
    ) => {
      const request = RpcOAuth2Request.make({ Host, RedirectUrl, Locale });
      const { Identifier, Kind, Url } = await oauth.signIns.start(realmId, request);
      return { Identifier, Kind, Url };
    },
    CheckOAuth2Authentication: async (
      { Identifier }: { Identifier: string; Kind: string },
      { realmId }: Caller,
    ) => {
      const { State, Password } = await oauth.signIns.progress(realmId, Identifier);
      return RpcOAuth2Progress.make({ State, Password });
    },
  };
}

/** @throws RpcError notFound, notLocked, lockedByOther */
export async function requireOwnAccount(
  { accounts, locks }: Pick<AccountDependencies, 'accounts' | 'locks'>,
  kind: AccountKind,
  id: number,
  caller: Caller,
): Promise<void> {
  await accounts.get(kind, caller.realmId, id);
  locks.requireOwn(kind, id, caller);
}

export function pop3Handlers(
  dependencies: AccountDependencies,
): Handlers<typeof RpcPop3Accounts.methods> {
  const { accounts, locks, connectionTest, oauth } = dependencies;
  return {
    ...sharedHandlers('pop3', dependencies),
    GetList: async (_parameters, { realmId }) =>
      (await accounts.list('pop3', realmId)).map(withLockData('pop3', locks, realmId)),
    Get: async ({ ID }, { realmId }) =>
      withLockData('pop3', locks, realmId)(await accounts.get('pop3', realmId, ID)),
    New: async ({ Pop3Account: account }, { realmId }) => {
      validatePop3(account);
      const link = await oauth.links.changeFor('pop3', realmId, { ...account, ID: 0 });
      return accounts.create('pop3', realmId, account, link);
    },
    Put: async ({ Pop3Account: account }, caller) => {
      await requireOwnAccount(dependencies, 'pop3', account.ID, caller);
      validatePop3(account);
      const link = await oauth.links.changeFor('pop3', caller.realmId, account);
      await accounts.replace('pop3', caller.realmId, account, link);
    },
    ResetUIDL: async ({ ID }, caller) => {
      await requireOwnAccount(dependencies, 'pop3', ID, caller);
      await accounts.resetUidl(caller.realmId, ID);
    },
    CheckConnection: async ({ Pop3AccountItem: item }, { realmId }) => {
      const stored = await accounts.pop3(realmId, item.ID);
      const options = stored?.options ?? noOptions();
      return connectionTest.pop3({ realmId, id: item.ID, item, options });
    },
  };
}

export function smtpHandlers(
  dependencies: AccountDependencies,
): Handlers<typeof RpcSmtpAccounts.methods> {
  const { accounts, locks, connectionTest, oauth } = dependencies;
  return {
    ...sharedHandlers('smtp', dependencies),
    GetList: async (_parameters, { realmId }) =>
      (await accounts.list('smtp', realmId)).map(withLockData('smtp', locks, realmId)),
    Get: async ({ ID }, { realmId }) =>
      withLockData('smtp', locks, realmId)(await accounts.get('smtp', realmId, ID)),
    New: async ({ SmtpAccount: account }, { realmId }) => {
      validateSmtp(account);
      const link = await oauth.links.changeFor('smtp', realmId, { ...account, ID: 0 });
      return accounts.create('smtp', realmId, account, link);
    },
    Put: async ({ SmtpAccount: account }, caller) => {
      await requireOwnAccount(dependencies, 'smtp', account.ID, caller);
      validateSmtp(account);
      const link = await oauth.links.changeFor('smtp', caller.realmId, account);
      await accounts.replace('smtp', caller.realmId, account, link);
    },
    CheckConnection: ({ SmtpAccountItem: item }, { realmId }) =>
      connectionTest.smtp({ realmId, id: 0, item, options: noOptions() }),
  };
}

const noOptions = () => RpcAccountOptions.empty();
