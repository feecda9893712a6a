/**
 * A mailbox by IMAP. What POP3 calls a unique-id is made of folder, UIDVALIDITY and UID: together they name one mail
 * for good (RFC 3501 §2.3.1.1). When UIDVALIDITY changes all mails have new ones, and are recognized by their bytes.
 * A server that gives no UIDVALIDITY gives no UIDs that can be relied on.
 */
import type { StoredPop3 } from '../accounts/account-store.js';
import { endpointOf } from '../accounts/mail-endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import { ImapMailbox, limitsFor } from '../../mail/imap/mailbox.js';
import { ImapSession } from '../../mail/imap/session.js';
import { IMAP_PREFIX, listed } from './mailbox-listing.js';
import type { MailboxDependencies, MailboxWish, RemoteMailbox } from './remote-mailbox.js';

/** Signed in, and the folder opened. @throws MailFailure */
export async function openImapMailbox(
  stored: StoredPop3,
  dependencies: MailboxDependencies,
  wish: MailboxWish,
): Promise<RemoteMailbox> {
  const session = await openImapSession(stored, dependencies, wish);
  try {
    const mailbox = await ImapMailbox.open(session, stored.account.Mailbox, wish);
    return new RemoteImapMailbox(session, mailbox);
  } catch (error) {
    session.close();
    throw error;
  }
}

/** Signed in. @throws MailFailure */
export async function openImapSession(
  { realmId, account, options }: StoredPop3,
  { connect, credentials }: MailboxDependencies,
  { signal, maxMessageBytes }: Pick<MailboxWish, 'signal' | 'maxMessageBytes'>,
): Promise<ImapSession> {
  const opened: ImapSession[] = [];
  // a refused sign-in ends the connection: with another token there has to be another one
  await credentials.pop3(realmId, account, async (given) => {
    if (given.method === 'apop') throw new MailFailure('authenticationUnavailable');
    const session = await ImapSession.connect(
      endpointOf(account, options),
      { ...connect, signal },
      { limits: limitsFor(maxMessageBytes) },
    );
    opened.push(session);
    await session.login(given);
  });
  const session = opened.at(-1);
  if (session === undefined) throw new MailFailure('connectionLost');
  return session;
}

class RemoteImapMailbox implements RemoteMailbox {
  readonly #marked: number[] = [];

  constructor(
    private readonly session: ImapSession,
    private readonly mailbox: ImapMailbox,
  ) {}

  async list(isKnown: (uidl: string) => boolean = () => false) {
    const uids = await this.mailbox.uids();
    const uidls = this.#uidls(uids);
    const isTold = (uid: number) => isKnown(uidls.get(uid) ?? '');
    const known = uids.filter(isTold).map((number) => ({ number, sizeBytes: 0 }));
    // one that has gone meanwhile is missing
    const described = await this.mailbox.describe(uids.filter((uid) => !isTold(uid)));
    return listed([...known, ...described], uidls, this.#prefix);
  }

  get #prefix(): string {
    return `${IMAP_PREFIX}${this.mailbox.uidValidity ?? 'none'}.`;
  }

  #uidls(uids: readonly number[]): ReadonlyMap<number, string> {
    const { uidValidity, path } = this.mailbox;
    if (uidValidity === null) return new Map();
    const folder = path.toUpperCase() === 'INBOX' ? '' : `@${path}`;
    return new Map(uids.map((uid) => [uid, `${this.#prefix}${uid}${folder}`]));
  }

  retrieve(...[messages, openSink]: Parameters<RemoteMailbox['retrieve']>) {
    return this.mailbox.retrieve(messages, openSink);
  }

  header(number: number) {
    return this.mailbox.header(number);
  }

  async deleteAll(numbers: readonly number[]) {
    const results = await this.mailbox.markDeleted(numbers);
    for (const { number, failure } of results) if (failure === null) this.#marked.push(number);
    return results;
  }

  async quit() {
    if (this.#marked.length > 0) await this.mailbox.expunge(this.#marked);
    // what was to be done is done, however the server says goodbye
    await this.session.quit().catch(() => undefined);
  }

  close() {
    this.session.close();
  }
}
