/**
 * The Message-ID of a mail that is written here (RFC 5322 §3.6.4). The mail keeps it for its whole life: one that is
 * sent a second time can be recognised, and so can an answer to it.
 */
import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { DetailedItem } from '../../greyhound/index.js';
import type { ArchiveSchema } from '../store/database.js';
import { bareAddress } from './mime/addresses.js';

/** With the field's name it has to fit into one line (RFC 5322 §2.1.1): it cannot be folded. */
const MAX_LENGTH = 900;

const ATOMS = "[\\w!#$%&'*+/=?^`{|}~-]+(?:\\.[\\w!#$%&'*+/=?^`{|}~-]+)*";
const MESSAGE_ID = new RegExp(`^<(${ATOMS}@(?:${ATOMS}|\\[[!-Z^-~]*\\]))>$`);

/**
 * The one that the client gives, if it is one and no other mail of the realm has it; else a new one.
 * @returns without angle brackets
 */
export async function messageIdOf(
  item: DetailedItem,
  realmId: number,
  transaction: Transaction<ArchiveSchema>,
): Promise<string> {
  const given = givenMessageId(item);
  if (given !== null && !(await isCarried(transaction, realmId, given))) return given;
  return newMessageId(item.From.Text);
}

function givenMessageId({ Properties }: DetailedItem): string | null {
  const given = Properties.Email.MessageID.trim();
  return given.length > MAX_LENGTH ? null : (MESSAGE_ID.exec(given)?.[1] ?? null);
}

/** Every mail stands in the conversation of its own Message-ID, where it is looked for. */
async function isCarried(
  transaction: Transaction<ArchiveSchema>,
  realmId: number,
  messageId: string,
): Promise<boolean> {
  const found = await transaction
    .selectFrom('thread_references')
    .innerJoin('items', (join) =>
      join
        .onRef('items.realm_id', '=', 'thread_references.realm_id')
        .onRef('items.thread_id', '=', 'thread_references.thread_id')
        .onRef('items.message_id', '=', 'thread_references.message_id'),
    )
    .select('items.id')
    .where('thread_references.realm_id', '=', realmId)
    .where('thread_references.message_id', '=', messageId)
    .executeTakeFirst();
  return found !== undefined;
}

function newMessageId(from: string): string {
  const domain = bareAddress(from).split('@')[1] ?? '';
  return `${randomUUID()}@${/^[A-Za-z0-9.-]+$/.test(domain) ? domain : 'localhost.localdomain'}`;
}
