/** When an item is to be sent, and whether it can be. */
import { asSet, includes, ItemFlag, ItemKind, ItemState, SmtpFlag } from '../../greyhound/index.js';
import type { StoredSmtp } from '../accounts/account-store.js';
import { RpcError } from '../errors.js';
import { bareAddress, isMailAddress, parseAddresses } from '../items/mime/addresses.js';
import type { ItemDetail, ItemRow } from '../store/mail-items.js';
import { accountForSender } from './sender-account.js';

const OUTGOING = asSet(ItemState.isNew, ItemState.isAnswer, ItemState.isForward);

/**
 * Written here, unsent, an outgoing state, not held back, not deleted. A draft is none of these states; a mail that
 * was received never leaves again under its own item.
 */
export const isReleased = (row: Pick<ItemRow, 'kind' | 'state' | 'flags' | 'pop3_ref'>): boolean =>
  row.pop3_ref === 0 &&
  row.kind === ItemKind.ikEmail &&
  includes(OUTGOING, row.state) &&
  includes(row.flags, ItemFlag.ifUnsent) &&
  !includes(row.flags, ItemFlag.ifWaiting) &&
  !includes(row.flags, ItemFlag.ifDeleted);

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** Sender and all recipients, each once. @throws RpcError invalidValue naming the member at fault */
export function envelopeOf(from: string, { to, cc, bcc }: ItemDetail): Envelope {
  const sender = bareAddress(from);
  if (parseAddresses(from).length !== 1 || !isMailAddress(sender))
    throw new RpcError('invalidValue', 'From: must be one e-mail address');
  const members = { Recipients: to, CC: cc, BCC: bcc };
  const recipients = Object.entries(members).flatMap(([member, texts]) =>
    texts.flatMap(parseAddresses).map(({ address }) => {
      if (!isMailAddress(address))
        throw new RpcError('invalidValue', `${member}: holds something that is no e-mail address`);
      return address;
    }),
  );
  if (recipients.length === 0) throw new RpcError('invalidValue', 'Recipients: nobody is named');
  return { from: sender, to: [...new Set(recipients)] };
}

/**
 * @param active the realm's accounts that are switched on
 * @throws RpcError noAccountForSender
 */
export function requireAccountFor(active: readonly StoredSmtp[], sender: string): StoredSmtp {
  const stored = accountForSender(active, sender);
  if (stored === null)
    throw new RpcError('noAccountForSender', `No active SMTP account sends for ${sender}.`);
  return stored;
}

/** The sender that the account forces upon every mail; null when it forces none. */
export const forcedSender = ({ account }: StoredSmtp): string | null =>
  includes(account.Flags, SmtpFlag.sfOverwriteFrom) && account.FromOverwrite !== ''
    ? account.FromOverwrite
    : null;
