/**
 * Waits for new mail of IMAP accounts, so that it is fetched at once (IDLE, RFC 2177). A watch is a connection of its
 * own: it begins when a session has ended well, and while it lasts says when the mailbox has grown. What ends it, also a
 * server that has no IDLE, costs nothing but speed: the account is fetched at its interval all the same, and the next
 * session that ends well begins another watch. So no server is asked more often than it is fetched.
 */
import type { StoredPop3 } from '../accounts/account-store.js';
import { Pop3Protocol } from '../../greyhound/index.js';
import type { Logger } from '../../platform/log.js';
import type { MailboxDependencies } from './remote-mailbox.js';

export interface WatchDependencies extends MailboxDependencies {
  readonly logger: Logger;
}

interface Watch {
  readonly ending: AbortController;
  readonly ended: Promise<void>;
}

export class MailboxWatches {
  readonly #watches = new Map<number, Watch>();
  /** Accounts whose server has no IDLE, until their settings change. */
  readonly #unable = new Set<number>();
  #isClosed = false;

  /** @param onMail told which account's mailbox has grown */
  constructor(
    private readonly dependencies: WatchDependencies,
    private readonly onMail: (realmId: number, accountId: number) => void,
  ) {}

  /**
   * Nothing happens when the account is watched already, or cannot be.
   * @param onServer how many messages the last session has left there; with more there is mail already
   */
  begin(stored: StoredPop3, onServer: number): void {
    const { ID, Protocol, Interval } = stored.account;
    const isWanted = Protocol === Pop3Protocol.ppImap4 && Interval > 0;
    if (!isWanted || this.#isClosed || this.#watches.has(ID) || this.#unable.has(ID)) return;
    const ending = new AbortController();
    const ended = this.#watch(stored, onServer, ending.signal)
      .catch((error: unknown) => {
        const code = (error as { code?: unknown }).code;
        this.dependencies.logger.debug({ accountId: ID, code }, 'mailbox not watched any more');
      })
      .finally(() => {
        if (this.#watches.get(ID)?.ending === ending) this.#watches.delete(ID);
      });
    this.#watches.set(ID, { ending, ended });
  }

  /** The account has changed or gone. */
  end(accountId: number): void {
    this.#unable.delete(accountId);
    this.#watches.get(accountId)?.ending.abort();
    this.#watches.delete(accountId);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const watches = [...this.#watches.values()];
    for (const { ending } of watches) ending.abort();
    await Promise.all(watches.map(({ ended }) => ended));
  }

  async #watch(stored: StoredPop3, onServer: number, signal: AbortSignal): Promise<void> {
    const { realmId, account } = stored;
    // its library is large, and POP3 does not need it
    const { openImapSession } = await import('./imap-mailbox.js');
    const wish = { signal, maxMessageBytes: 0 };
    const session = await openImapSession(stored, this.dependencies, wish);
    try {
      if (!session.canIdle) {
        this.#unable.add(account.ID);
        await session.quit();
        return;
      }
      const { exists } = await session.open(account.Mailbox, true);
      if (signal.aborted) return;
      this.dependencies.logger.debug({ realmId, accountId: account.ID }, 'mailbox watched');
      if (exists > onServer) this.onMail(realmId, account.ID);
      await session.idle(() => this.onMail(realmId, account.ID));
    } finally {
      session.close();
    }
  }
}
