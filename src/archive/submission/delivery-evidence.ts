/**
 * What arriving mail proves about mail that was sent from here: a copy that came back and an answer show that the
 * server took a mail that was in doubt; a report on delivery (RFC 3464) tells what became of it. Nothing here ever
 * sends anything, so bounces and automatic answers cannot start a loop (RFC 3834 §2).
 */
import type { Kysely } from 'kysely';
import { includes, ItemFlag } from '../../greyhound/index.js';
import { parseAddresses } from '../items/mime/addresses.js';
import type { DeliveryReport, RecipientStatus } from '../items/mime/delivery-report.js';
import type { ArchiveSchema } from '../store/database.js';
import { detailOf, type ItemRow, type ItemStore } from '../store/mail-items.js';
import { delivery, isInDoubt, withDelivery } from './delivery-flags.js';

/** An arrived mail, as far as it may say something about ours. */
export interface ArrivedMail {
  readonly row: Pick<ItemRow, 'id' | 'realm_id' | 'message_id' | 'detail'>;
  readonly report: DeliveryReport | null;
}

type Written = Pick<ItemRow, 'id' | 'message_id' | 'flags' | 'detail'>;

const CHUNK = 500;
const MAX_THREAD = 1000;
/** So many recipients of one report are told in the protocol. */
const TOLD_RECIPIENTS = 20;

/** Part of the commit that makes the arrived mails readable: each mail counts once. */
export async function applyEvidence(
  items: ItemStore,
  database: Kysely<ArchiveSchema>,
  arrived: readonly ArrivedMail[],
): Promise<void> {
  for (const realmId of new Set(arrived.map(({ row }) => row.realm_id))) {
    const mails = arrived.filter(({ row }) => row.realm_id === realmId);
    const written = await writtenHere(database, realmId, [...new Set(mails.flatMap(mentionedBy))]);
    for (const mail of mails)
      for (const id of mentionedBy(mail)) {
        const about = written.get(id);
        const verdict = about === undefined ? null : judge(mail, about);
        if (about === undefined || verdict === null) continue;
        written.set(id, { ...about, flags: verdict.flags });
        await items.update(realmId, [about.id], { flags: verdict.flags });
        await items.addProtocol(realmId, [{ itemId: about.id, text: verdict.text }]);
      }
  }
}

/** Why the server must have taken the mail; null when nothing that has arrived shows it. */
export async function proofInArchive(
  database: Kysely<ArchiveSchema>,
  realmId: number,
  itemId: number,
): Promise<string | null> {
  const own = database.selectFrom('items').where('realm_id', '=', realmId).where('id', '=', itemId);
  const item = await own.select(['message_id', 'thread_id']).executeTakeFirst();
  if (item === undefined || item.message_id === '') return null;
  const arrived = await database
    .selectFrom('items')
    .select(['id', 'message_id', 'detail'])
    .where('realm_id', '=', realmId)
    .where('thread_id', '=', item.thread_id)
    .where('pop3_ref', '<>', 0)
    .limit(MAX_THREAD)
    .execute();
  for (const row of arrived) {
    const proof = proofBy(row, item.message_id);
    if (proof !== null) return proof;
  }
  return null;
}

/** What the mail is about: of the References only the last, the mail that it answers; earlier ones prove nothing. */
function mentionedBy({ row, report }: ArrivedMail): string[] {
  if (report !== null) return [report.messageId];
  const ids = [row.message_id, detailOf(row).references.at(-1) ?? ''];
  return [...new Set(ids)].filter((id) => id !== '');
}

async function writtenHere(
  database: Kysely<ArchiveSchema>,
  realmId: number,
  messageIds: readonly string[],
): Promise<Map<string, Written>> {
  const found = new Map<string, Written>();
  for (let at = 0; at < messageIds.length; at += CHUNK) {
    const rows = await database
      .selectFrom('items')
      .select(['id', 'message_id', 'flags', 'detail'])
      .where('realm_id', '=', realmId)
      .where('pop3_ref', '=', 0)
      .where('message_id', 'in', messageIds.slice(at, at + CHUNK))
      .execute();
    for (const row of rows) found.set(row.message_id, row);
  }
  return found;
}

interface Verdict {
  readonly flags: number;
  readonly text: string;
}

/** What becomes of our mail by what has arrived; null when nothing does. */
function judge({ row, report }: ArrivedMail, about: Written): Verdict | null {
  if (report !== null) return judgeReport(report, about);
  const proof = isInDoubt(about.flags) ? proofBy(row, about.message_id) : null;
  return proof === null ? null : { flags: withDelivery(about.flags, delivery.sent), text: proof };
}

function proofBy(arrived: Pick<ItemRow, 'id' | 'message_id' | 'detail'>, messageId: string) {
  if (arrived.message_id === messageId)
    return `Sent: a copy of it has arrived (item ${arrived.id}), so the server took it.`;
  if (detailOf(arrived).references.at(-1) === messageId)
    return `Sent: an answer to it has arrived (item ${arrived.id}), so the server took it.`;
  return null;
}

/** Only about recipients that the mail had: a report that names others was made up. */
function judgeReport({ recipients }: DeliveryReport, about: Written): Verdict | null {
  const { to, cc, bcc } = detailOf(about);
  const own = new Set(
    [...to, ...cc, ...bcc].flatMap(parseAddresses).map(({ address }) => address.toLowerCase()),
  );
  const known = recipients.filter(({ addresses }) => addresses.some((one) => own.has(one)));
  if (known.length === 0) return null;
  const hasFailed = known.some(({ action }) => action === 'failed');
  const wasTaken = isInDoubt(about.flags) || !includes(about.flags, ItemFlag.ifUnsent);
  // one that waits for a further try is judged by that
  if (!wasTaken) return { flags: about.flags, text: reportText(known) };
  const hadFailed = !isInDoubt(about.flags) && includes(about.flags, ItemFlag.ifFailure);
  const stands = hasFailed || hadFailed ? delivery.undelivered : delivery.sent;
  return { flags: withDelivery(about.flags, stands), text: reportText(known) };
}

const actions: Readonly<Record<string, string>> = {
  failed: 'Not delivered to',
  delayed: 'Delivery is delayed to',
  delivered: 'Delivered to',
  relayed: 'Passed on to a system that reports no further, for',
  expanded: 'Passed on to the members of the list',
};

const reportText = (recipients: readonly RecipientStatus[]): string =>
  recipients
    .slice(0, TOLD_RECIPIENTS)
    .map(({ addresses, action, status, diagnostic }) => {
      const why = [status, diagnostic].filter((text) => text !== '').join(' ');
      const what = actions[action] ?? `Reported as ${action.slice(0, 20)} for`;
      return `${what} ${addresses[0] ?? ''}${why === '' ? '' : `: ${why}`}`;
    })
    .join('\n');
