/**
 * The folders of an IMAP account, and what they are for: by what the server says (SPECIAL-USE, RFC 6154), else by
 * their names in many languages, which imapflow knows.
 */
import type { ListResponse } from 'imapflow';
import type { ImapSession } from './session.js';

export type FolderRole = 'inbox' | 'sent' | 'drafts' | 'trash' | 'spam' | 'archive' | 'all';

export interface ImapFolder {
  /** As it is opened, with the server's separators. */
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;
  /** null: for what its owner likes. */
  readonly role: FolderRole | null;
  /** False for one that only holds other folders. */
  readonly isSelectable: boolean;
}

const ROLES: Readonly<Record<string, FolderRole>> = {
  '\\inbox': 'inbox',
  '\\sent': 'sent',
  '\\drafts': 'drafts',
  '\\trash': 'trash',
  '\\junk': 'spam',
  '\\archive': 'archive',
  '\\all': 'all',
};

const CANNOT_OPEN = new Set(['\\noselect', '\\nonexistent']);

/** In the server's order. @throws MailFailure */
export async function listFolders(session: ImapSession): Promise<ImapFolder[]> {
  const folders = await session.perform((connection) => connection.list());
  return folders.map(folderOf);
}

function folderOf({ path, name, specialUse, flags }: ListResponse): ImapFolder {
  const isSelectable = ![...flags].some((flag) => CANNOT_OPEN.has(flag.toLowerCase()));
  return { path, name, role: ROLES[specialUse?.toLowerCase() ?? ''] ?? null, isSelectable };
}
