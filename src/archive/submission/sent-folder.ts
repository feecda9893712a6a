/** The folder for sent mails of an IMAP account. */
import { MailFailure } from '../../mail/errors.js';
import { listFolders } from '../../mail/imap/folders.js';
import { ImapMailbox } from '../../mail/imap/mailbox.js';
import type { ImapSession } from '../../mail/imap/session.js';

/** An opened folder for sent mails. */
export interface SentFolder {
  /** @param messageId without angle brackets */
  holds(messageId: string): Promise<boolean>;
  /** As read. @throws MailFailure */
  append(message: Buffer, at: Date): Promise<void>;
}

/** A server that takes a message slower than this has failed. */
const MIN_BYTES_PER_MS = 16;

/**
 * @param path '' = the one that is for sent mails
 * @throws MailFailure folderMissing
 */
export async function openSentFolder(session: ImapSession, path: string): Promise<SentFolder> {
  const folder = path === '' ? await sentFolderOf(session) : path;
  const mailbox = await ImapMailbox.open(session, folder, { isReadOnly: true, maxMessageBytes: 0 });
  return {
    holds: async (messageId) => (await mailbox.withMessageId(`<${messageId}>`)).length > 0,
    append: async (message, at) => {
      const extraMs = message.length / MIN_BYTES_PER_MS;
      const isDone = await session.perform(
        (connection) => connection.append(folder, message, ['\\Seen'], at),
        extraMs,
      );
      if (isDone === false)
        throw new MailFailure('serverRefused', { params: { serverText: 'APPEND' } });
    },
  };
}

async function sentFolderOf(session: ImapSession): Promise<string> {
  const folders = await listFolders(session);
  const found = folders.find(({ role, isSelectable }) => role === 'sent' && isSelectable);
  if (found === undefined) throw new MailFailure('folderMissing', { params: { folder: 'Sent' } });
  return found.path;
}
