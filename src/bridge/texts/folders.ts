/** What folders with a role are called, whatever their name on the server (TEC-73). */
import type { Localized } from './text.js';

export const folderRoles = ['inbox', 'sent', 'drafts', 'trash', 'spam', 'archive', 'all'] as const;
export type FolderRole = (typeof folderRoles)[number];

export const folderNames: Readonly<Record<FolderRole, Localized>> = {
  inbox: { de: 'Posteingang', en: 'Inbox' },
  sent: { de: 'Gesendete Elemente', en: 'Sent items' },
  drafts: { de: 'Entwürfe', en: 'Drafts' },
  trash: { de: 'Gelöschte Elemente', en: 'Deleted items' },
  spam: { de: 'Spamverdacht', en: 'Junk' },
  archive: { de: 'Archiv', en: 'Archive' },
  all: { de: 'Alle E-Mails', en: 'All mail' },
};
