/**
 * Takes fetched mails into the archive, a group at a time: bytes first (one commit in raw.db), then items, ledger,
 * conversations and filing (one commit in archive.db). Only when both are on disk does `store` resolve, and only then
 * may a mail be deleted on its server.
 */
import {
  asSet,
  includes,
  ItemFlag,
  ItemPriority,
  ItemState,
  Pop3Flag,
} from '../../greyhound/index.js';
import type { Pop3Account } from '../../greyhound/index.js';
import {
  candidateOf,
  decide,
  protocolLine,
  type Decision,
  type FilingRule,
  type InboundFiling,
} from '../filing/inbound-filing.js';
import { readHeader, type MailHeader } from '../items/mime/header.js';
import type { Transaction } from 'kysely';
import type { ArchiveSchema } from '../store/database.js';
import { emptyDetail, type ItemDetail, type NewItemRow } from '../store/mail-items.js';
import { MailLedger, type Mailbox, type NewLedgerEntry } from '../store/mail-ledger.js';
import { ParseState } from '../store/mail-schema.js';
import type { MailStore } from '../store/mail-store.js';
import { assignThreads } from '../store/mail-threads.js';
import type { StagedRaw } from '../store/raw-mail-store.js';

export interface Arrival {
  readonly uidl: string;
  readonly staged: StagedRaw;
}

interface Prepared extends Arrival {
  readonly header: MailHeader;
  readonly detail: ItemDetail;
}

/** The account that mails come through, as far as it shapes the items. */
export type IntakeAccount = Pick<
  Pop3Account,
  'ID' | 'Kind' | 'Flags' | 'FromOverwrite' | 'ToOverwrite'
>;

interface IntakeContext {
  readonly mailbox: Mailbox;
  readonly account: IntakeAccount;
  readonly rules: readonly FilingRule[];
  /** Unique-ids that the server lists now. */
  readonly listed: ReadonlySet<string>;
}

export class MailIntake {
  /** @param onStored told the ids of new items once they are durable */
  constructor(
    private readonly store: MailStore,
    private readonly ledger: MailLedger,
    private readonly filing: InboundFiling,
    private readonly onStored: (itemIds: readonly number[]) => void,
  ) {}

  /** @param listed unique-ids that the server lists now */
  async keep(
    mailbox: Mailbox,
    account: IntakeAccount,
    arrivals: readonly Arrival[],
    listed: ReadonlySet<string>,
  ): Promise<void> {
    const rules = await this.filing.activeRules(mailbox.realmId);
    const prepared = arrivals.map((arrival) => prepare(arrival, account));
    const ids = await this.store.exclusive(async () => {
      await this.store.raw.commit(arrivals.map(({ staged }) => staged));
      return this.#commitRows({ mailbox, account, rules, listed }, prepared);
    });
    this.onStored(ids);
  }

  #commitRows(
    { mailbox, account, rules, listed }: IntakeContext,
    prepared: readonly Prepared[],
  ): Promise<number[]> {
    return this.store.database.transaction().execute(async (transaction) => {
      const moved = await this.#renumbered(transaction, mailbox, prepared, listed);
      const fresh = prepared.filter(({ uidl }) => !moved.has(uidl));
      const ids = await this.#insert(transaction, { mailbox, account, rules }, fresh);
      const entries = fresh.map(({ uidl, staged }, index) => ({
        uidl,
        rawHash: staged.hash,
        itemId: ids[index] ?? 0,
      }));
      await this.ledger.add(transaction, mailbox, [...entries, ...moved.values()]);
      return ids;
    });
  }

  /** Items with their conversation and group. */
  async #insert(
    transaction: Transaction<ArchiveSchema>,
    { mailbox, account, rules }: Omit<IntakeContext, 'listed'>,
    mails: readonly Prepared[],
  ): Promise<number[]> {
    if (mails.length === 0) return [];
    const { realmId } = mailbox;
    const now = this.store.clock.now();
    const items = this.store.items.within(transaction);
    const threads = await assignThreads(
      transaction,
      realmId,
      mails.map(({ header, staged }) => ({ ...header, fallback: staged.hash })),
    );
    const rows = mails.map((mail, index) =>
      itemRow(mail, { mailbox, account, now, threadId: threads[index] ?? mail.staged.hash }),
    );
    // rules with conditions look at stored items; without them the group is known before
    const isConditional = rules.some(({ filters }) => filters.length > 0);
    const decisions = rows.map((row) =>
      isConditional ? null : decide(candidateOf({ ...row, id: 0 }), rules),
    );
    const ids = await items.insert(
      rows.map((row, index) => ({ ...row, ...filed(row, decisions[index] ?? null) })),
    );
    const idAt = (index: number) => ids[index] ?? 0;
    const lines = decisions.flatMap((one, at) => (one === null ? [] : protocolLine(idAt(at), one)));
    await items.insertProtocol(realmId, lines);
    if (isConditional) {
      const candidates = rows.map((row, index) => candidateOf({ ...row, id: idAt(index) }));
      await this.filing.file(items, transaction, candidates, { realmId, rules, now });
    }
    return ids;
  }

  /**
   * Mails that the archive has already from this mailbox under a unique-id that the server lists no more: the server
   * has numbered its mails anew. Two mails of the same bytes that are both listed are two mails.
   */
  async #renumbered(
    transaction: Transaction<ArchiveSchema>,
    mailbox: Mailbox,
    prepared: readonly Prepared[],
    listed: ReadonlySet<string>,
  ): Promise<Map<string, NewLedgerEntry>> {
    const hashes = prepared.map(({ staged }) => staged.hash);
    const known = await MailLedger.sameBytes(transaction, mailbox, hashes);
    const free = known.filter(({ uidl }) => !listed.has(uidl));
    const moved = new Map<string, NewLedgerEntry>();
    for (const { uidl, staged } of prepared) {
      const at = free.findIndex(({ rawHash }) => rawHash === staged.hash);
      const [old] = at < 0 ? [] : free.splice(at, 1);
      if (old !== undefined) moved.set(uidl, { uidl, rawHash: staged.hash, itemId: old.itemId });
    }
    return moved;
  }
}

function prepare(arrival: Arrival, account: IntakeAccount): Prepared {
  const read = readHeader(arrival.staged.head);
  const isSet = (flag: number, value: string) => includes(account.Flags, flag) && value !== '';
  const header = {
    ...read,
    ...(isSet(Pop3Flag.pfOverwriteFrom, account.FromOverwrite) && { from: account.FromOverwrite }),
    ...(isSet(Pop3Flag.pfOverwriteTo, account.ToOverwrite) && { to: [account.ToOverwrite] }),
  };
  const { to, cc, bcc, replyTo, envelopeTo, references } = header;
  const detail = { ...emptyDetail, to, cc, bcc, replyTo, envelopeTo, references };
  return { ...arrival, header, detail };
}

/** Group and mark of a decision, for a row that is not stored yet. */
const filed = (row: NewItemRow, decision: Decision | null): Partial<NewItemRow> =>
  decision === null
    ? {}
    : { group_ref: decision.rule.groupId, flags: row.flags | asSet(ItemFlag.ifProtocol) };

interface ItemContext {
  readonly mailbox: Mailbox;
  readonly account: IntakeAccount;
  readonly now: Date;
  readonly threadId: string;
}

function itemRow(
  { staged, header, detail }: Prepared,
  { mailbox, account, now, threadId }: ItemContext,
): NewItemRow & { pop3_ref: number; detail: string } {
  return {
    realm_id: mailbox.realmId,
    // RpcPop3Kind and RpcItemKind count e-mail, fax, letter and message alike
    kind: account.Kind,
    state: ItemState.isOpen,
    flags: asSet(ItemFlag.ifEml),
    priority: ItemPriority.ipNormal,
    pop3_ref: account.ID,
    from_text: header.from,
    recipients_text: header.to.join(', '),
    cc_text: header.cc.join(', '),
    subject: header.subject,
    size: staged.sizeBytes,
    start_date: (header.date ?? now).toISOString(),
    created: now.toISOString(),
    modified: now.toISOString(),
    message_id: header.messageId,
    thread_id: threadId,
    raw_hash: staged.hash,
    parse_state: ParseState.open,
    detail: JSON.stringify(detail),
  };
}
