/** What must hold for the accounts of an installation after a save. Pure. */
import { refuse } from '../failure.js';
import { limitReached, type Limits } from '../provisioning/verify.js';
import { nameKey } from './fields.js';

export interface AccountAfter {
  readonly name: string;
  readonly host: string;
  readonly username: string;
  /** '' for SMTP accounts, POP3 and the inbox. */
  readonly mailbox: string;
  /** Where the save says so; null for an account that it leaves as it is. */
  readonly path: string | null;
  readonly isNew: boolean;
}

const at = (path: string, field: string): string => (path === '' ? field : `${path}.${field}`);

/** Where a field of a change stands in the request. */
export const fieldAt = at;

/**
 * Limit and uniqueness, for the state after the save. Only what the save touches can be at fault.
 * @throws BridgeFailure accountLimitReached, accountNameTaken, mailboxAlreadyConnected
 */
export function checkIncomingAfter(after: readonly AccountAfter[], limits: Limits): void {
  checkLimit('incomingAccount', after, limits.incoming);
  checkNames(after);
  checkMailboxes(after);
}

/** @throws BridgeFailure accountLimitReached, accountNameTaken */
export function checkSmtpAfter(after: readonly AccountAfter[], limits: Limits): void {
  checkLimit('smtpAccount', after, limits.smtp);
  checkNames(after);
}

function checkLimit(
  kind: 'incomingAccount' | 'smtpAccount',
  accounts: readonly AccountAfter[],
  limit: number,
): void {
  if (accounts.length > limit && accounts.some(({ isNew }) => isNew))
    throw limitReached(kind, limit);
}

function checkNames(accounts: readonly AccountAfter[]): void {
  const clash = firstClash(accounts, ({ name }) => nameKey(name));
  if (clash === null) return;
  const { path, other } = clash;
  throw refuse('accountNameTaken', { field: at(path, 'name'), params: { name: other.name } });
}

/** Two fetchers that delete would split a mailbox between them. */
function checkMailboxes(accounts: readonly AccountAfter[]): void {
  const mailbox = ({ host, username, mailbox }: AccountAfter): string =>
    JSON.stringify([nameKey(host), username, folderKey(mailbox)]);
  const clash = firstClash(accounts, mailbox);
  if (clash === null) return;
  const { path, other } = clash;
  throw refuse('mailboxAlreadyConnected', {
    field: at(path, 'username'),
    params: { name: other.name },
  });
}

/** INBOX is one folder, however it is spelled (RFC 3501 §5.1). */
const folderKey = (mailbox: string): string =>
  mailbox === '' || mailbox.toUpperCase() === 'INBOX' ? '' : mailbox;

/** Two accounts with the same key of which the save touches at least one. */
function firstClash(
  accounts: readonly AccountAfter[],
  key: (account: AccountAfter) => string,
): { readonly path: string; readonly other: AccountAfter } | null {
  const seen = new Map<string, AccountAfter>();
  for (const account of accounts) {
    const earlier = seen.get(key(account));
    if (earlier !== undefined) {
      if (account.path !== null) return { path: account.path, other: earlier };
      if (earlier.path !== null) return { path: earlier.path, other: account };
    } else seen.set(key(account), account);
  }
  return null;
}
