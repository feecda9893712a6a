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
import { MailLedger, type Mailbox, type StoredMail } from '../store/mail-ledger.js';
import { ParseState } from '../store/mail-schema.js';
import type { MailStore } from '../store/mail-store.js';
import { assignThreads } from '../store/mail-threads.js';
import { needsBytes } from './mailbox-comparison.js';
import type { StagedRaw } from '../store/raw-mail-store.js';

export interface Arrival {
  readonly uidl: string;
  readonly staged: StagedRaw;
  /** Somebody has read it on its server. */
  readonly isRead: boolean;
  /** It lay there before the account was first fetched. */
  readonly isEarlier: boolean;
}

export interface Kept {
  /** For every arrival. */
  readonly entries: readonly StoredMail[];
  /** Of them, new items. */
  readonly created: number;
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
  readonly present: ReadonlySet<string>;
}

export class MailIntake {
  /** @param onStored told the ids of new items once they are durable */
  constructor(
    private readonly store: MailStore,
    private readonly ledger: MailLedger,
    private readonly filing: InboundFiling,
    private readonly onStored: (itemIds: readonly number[]) => void,
  ) {}

  /** @param present unique-ids and hashes of stored mails that are certainly on the server */
  async keep(
    mailbox: Mailbox,
    account: IntakeAccount,
    arrivals: readonly Arrival[],
    present: ReadonlySet<string>,
  ): Promise<Kept> {
    const rules = await this.filing.activeRules(mailbox.realmId);
    const prepared = arrivals.map((arrival) => prepare(arrival, account));
    const { raw, items } = this.store;
    const { ids, entries } = await this.store.exclusive(async () => {
      await raw.commit(arrivals.map(({ staged }) => staged));
      const committed = await this.#commitRows({ mailbox, account, rules, present }, prepared);
      // known ones whose item was deleted for good
      const gone = committed.entries.filter((entry) => !needsBytes(entry));
      await raw.remove(await items.unreferenced(gone.map(({ rawHash }) => rawHash)));
      return committed;
    });
    this.onStored(ids);
    return { entries, created: ids.length };
  }

  #commitRows(
    { mailbox, account, rules, present }: IntakeContext,
    prepared: readonly Prepared[],
  ): Promise<{ ids: number[]; entries: StoredMail[] }> {
    return this.store.database.transaction().execute(async (transaction) => {
      const known = await this.#recognized(transaction, mailbox, prepared, present);
      const fresh = prepared.filter(({ uidl }) => !known.has(uidl));
      const ids = await this.#insert(transaction, { mailbox, account, rules }, fresh);
      const storedAt = this.store.clock.now();
      const stored = fresh.map(({ uidl, staged }, index): StoredMail => ({
        uidl,
        rawHash: staged.hash,
        itemId: ids[index] ?? 0,
        storedAt,
        isDeleted: false,
        isAbsent: false,
        item: 'present',
      }));
      const entries = [...stored, ...known.values()];
      await this.ledger.add(transaction, mailbox, entries);
      return { ids, entries };
    });
  }

  /** Items with their conversation and group. */
  async #insert(
    transaction: Transaction<ArchiveSchema>,
    { mailbox, account, rules }: Omit<IntakeContext, 'present'>,
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
   * Mails that the archive has already from this mailbox under a unique-id of which it is not certain that the server
   * still has it: the server has numbered its mails anew, or not carried out a deletion. Their unique-ids before are
   * forgotten. Two mails of the same bytes that are both on the server are two mails.
   */
  async #recognized(
    transaction: Transaction<ArchiveSchema>,
    mailbox: Mailbox,
    prepared: readonly Prepared[],
    present: ReadonlySet<string>,
  ): Promise<Map<string, StoredMail>> {
    const hashes = prepared.map(({ staged }) => staged.hash);
    const known = await MailLedger.sameBytes(transaction, mailbox, hashes);
    const own = new Set(prepared.map(({ uidl, staged }) => `${uidl} ${staged.hash}`));
    const isOwn = ({ uidl, rawHash }: StoredMail) => own.has(`${uidl} ${rawHash}`);
    const free = known.filter((mail) => !present.has(mail.uidl) && !isOwn(mail));
    const recognized = new Map<string, StoredMail>();
    const former: string[] = [];
    for (const { uidl, staged } of prepared) {
      const isSame = ({ rawHash }: StoredMail) => rawHash === staged.hash;
      const same = known.find((mail) => mail.uidl === uidl && isSame(mail));
      const at = same === undefined ? free.findIndex(isSame) : -1;
      const [other] = at < 0 ? [] : free.splice(at, 1);
      if (other !== undefined) former.push(other.uidl);
      const mail = same ?? other;
      if (mail !== undefined)
        recognized.set(uidl, { ...mail, uidl, isDeleted: false, isAbsent: false });
    }
    await this.ledger.within(transaction).forget(mailbox, former);
    return recognized;
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
  { staged, header, detail, isRead, isEarlier }: Prepared,
  { mailbox, account, now, threadId }: ItemContext,
): NewItemRow & { pop3_ref: number; detail: string } {
  return {
    realm_id: mailbox.realmId,
    // RpcPop3Kind and RpcItemKind count e-mail, fax, letter and message alike
    kind: account.Kind,
    // old mail that somebody has read is nobody's work any more
    state: isEarlier && isRead ? ItemState.isDone : ItemState.isOpen,
    is_earlier: isEarlier ? 1 : 0,
    flags: asSet(ItemFlag.ifEml, ...(isRead ? [ItemFlag.ifRead] : [])),
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
