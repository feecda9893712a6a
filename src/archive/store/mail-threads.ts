/**
 * Conversations by Message-ID, In-Reply-To and References (RFC 5322 §3.6.4). Every Message-ID that a mail carries or
 * mentions belongs to one conversation, also when the mail itself has not come yet; a mail that mentions two
 * conversations joins them.
 */
import type { Transaction } from 'kysely';
import type { ArchiveSchema } from './database.js';

export interface ThreadedMail {
  /** '' when it has none. */
  readonly messageId: string;
  readonly references: readonly string[];
  /** Names the conversation of a mail that nothing connects. */
  readonly fallback: string;
}

const CHUNK = 500;

/** The conversation of each mail, in the order given. Joins stored conversations where a mail connects them. */
export async function assignThreads(
  transaction: Transaction<ArchiveSchema>,
  realmId: number,
  mails: readonly ThreadedMail[],
): Promise<string[]> {
  const idsOf = mails.map(({ messageId, references }) => [
    ...new Set([...references, ...(messageId === '' ? [] : [messageId])]),
  ]);
  const known = await loadThreads(transaction, realmId, [...new Set(idsOf.flat())]);
  const threads = new Map(known);
  const joined = new Map<string, string>();
  const root = (thread: string): string => {
    const next = joined.get(thread);
    return next === undefined ? thread : root(next);
  };
  const assigned = mails.map(({ fallback }, index) => {
    const ids = idsOf[index] ?? [];
    const found = [...new Set(ids.flatMap((id) => threads.get(id) ?? []).map(root))];
    const thread = found[0] ?? ids[0] ?? fallback;
    for (const other of found.slice(1)) joined.set(other, thread);
    for (const id of ids) threads.set(id, thread);
    return thread;
  });
  for (const old of joined.keys()) await moveThread(transaction, realmId, old, root(old));
  const fresh = [...threads].filter(([id]) => !known.has(id));
  for (let at = 0; at < fresh.length; at += CHUNK) {
    const rows = fresh.slice(at, at + CHUNK).map(([messageId, thread]) => ({
      realm_id: realmId,
      message_id: messageId,
      thread_id: root(thread),
    }));
    await transaction.insertInto('thread_references').values(rows).execute();
  }
  return assigned.map(root);
}

async function loadThreads(
  transaction: Transaction<ArchiveSchema>,
  realmId: number,
  messageIds: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let at = 0; at < messageIds.length; at += CHUNK) {
    const rows = await transaction
      .selectFrom('thread_references')
      .select(['message_id', 'thread_id'])
      .where('realm_id', '=', realmId)
      .where('message_id', 'in', messageIds.slice(at, at + CHUNK))
      .execute();
    for (const row of rows) found.set(row.message_id, row.thread_id);
  }
  return found;
}

async function moveThread(
  transaction: Transaction<ArchiveSchema>,
  realmId: number,
  from: string,
  to: string,
): Promise<void> {
  for (const table of ['thread_references', 'items'] as const) {
    await transaction
      .updateTable(table)
      .set({ thread_id: to })
      .where('realm_id', '=', realmId)
      .where('thread_id', '=', from)
      .execute();
  }
}
