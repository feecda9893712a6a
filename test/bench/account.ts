/** A POP3 account in the archive, made over the wire. */
import {
  AccountKind,
  Pop3Delete,
  Pop3State,
  RpcAccountOptions,
  RpcPop3Account,
  withLock,
  type GreyhoundClient,
} from '../../src/greyhound/index.js';

export async function createAccount(
  archive: GreyhoundClient,
  port: number,
  user: { readonly address: string; readonly password: string },
  name = user.address,
): Promise<number> {
  const id = await archive.pop3Accounts.New({
    Pop3Account: RpcPop3Account.make({
      Name: name,
      Host: '127.0.0.1',
      Port: port,
      Username: user.address,
      Password: user.password,
      Timeout: 60,
      Interval: 3600,
      Delete: Pop3Delete.pdNo,
    }),
  });
  await withLock(archive.pop3Accounts, id, () =>
    archive.mailBridge.PutOptions({
      Kind: AccountKind.akPop3,
      ID: id,
      Options: RpcAccountOptions.make({ AllowClearTextLogin: true }),
    }),
  );
  return id;
}

export const activate = (archive: GreyhoundClient, id: number): Promise<unknown> =>
  withLock(archive.pop3Accounts, id, (account) =>
    archive.pop3Accounts.Put({ Pop3Account: { ...account, State: Pop3State.psActive } }),
  );
