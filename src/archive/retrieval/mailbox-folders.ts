/** The folders of an IMAP account, as its server lists them now. */
import type { AccountStore } from '../accounts/account-store.js';
import { checkFailedBy } from '../accounts/connection-test.js';
import { Pop3Protocol, RpcMailFolder, type MailFolder } from '../../greyhound/index.js';
import { MailFailure } from '../../mail/errors.js';
import { RpcError } from '../errors.js';
import { invalid } from '../objects/validation.js';
import type { FolderList } from '../rpc/ports.js';
import { CALL_LIMIT_MS, untilAborted } from './in-turn.js';
import type { MailboxDependencies } from './remote-mailbox.js';

export class MailboxFolders implements FolderList {
  constructor(
    private readonly accounts: AccountStore,
    private readonly dependencies: MailboxDependencies,
  ) {}

  async list(realmId: number, accountId: number): Promise<MailFolder[]> {
    const stored = await this.accounts.pop3(realmId, accountId);
    if (stored === null) throw new RpcError('notFound', `There is no account ${accountId}.`);
    if (stored.account.Protocol !== Pop3Protocol.ppImap4)
      throw invalid('ID', 'must be an account with IMAP: POP3 knows no folders');
    const [{ listFolders }, { openImapSession }] = await Promise.all([
      import('../../mail/imap/folders.js'),
      import('./imap-mailbox.js'),
    ]);
    const signal = AbortSignal.timeout(CALL_LIMIT_MS);
    const listed = async () => {
      const wish = { signal, maxMessageBytes: 0 };
      const session = await openImapSession(stored, this.dependencies, wish);
      try {
        return await listFolders(session);
      } finally {
        session.close();
      }
    };
    try {
      const folders = await untilAborted(listed(), signal);
      return folders.map(({ path, name, role, isSelectable }) =>
        RpcMailFolder.make({
          Path: path,
          Name: name,
          Role: role ?? '',
          Selectable: isSelectable,
        }),
      );
    } catch (error) {
      throw error instanceof MailFailure ? checkFailedBy(error) : error;
    }
  }
}
