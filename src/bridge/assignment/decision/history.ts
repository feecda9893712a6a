/** Step 1: what was decided in the conversation before is taken over, oldest mail first (SAL-134 to SAL-142). */
import { sameRecord, type RecordRef } from '../../directory/record.js';
import type { DecisionInput, HistoryMail, TracedHistory } from './decision.js';

export interface HistoryResult {
  /** null: the whole history has neither assignment nor removal. */
  readonly taken: readonly RecordRef[] | null;
  readonly trace: readonly TracedHistory[];
}

/** The mails that count: of the same conversation, older than the mail; oldest first. */
export function olderMails({ history, date }: Pick<DecisionInput, 'history' | 'date'>) {
  const time = date?.getTime() ?? Infinity;
  return history
    .filter((mail) => mail.isSameThread && (mail.date === null || mail.date.getTime() <= time))
    .map((mail, index) => ({ mail, index }))
    .sort((one, other) => {
      const [left, right] = [one.mail.date?.getTime() ?? 0, other.mail.date?.getTime() ?? 0];
      const isDated = one.mail.date !== null && other.mail.date !== null;
      return (isDated ? left - right : 0) || one.index - other.index;
    })
    .map(({ mail }) => mail);
}

export function searchHistory(
  mails: readonly HistoryMail[],
  existing: readonly RecordRef[],
  removalWins: boolean,
): HistoryResult {
  const trace: TracedHistory[] = [];
  for (const [index, mail] of mails.entries()) {
    const standing = mail.assigned.filter((one) => contains(existing, one));
    const gone = mail.assigned.filter((one) => !contains(existing, one));
    const hasRemoval = mail.removed.some(({ wasAutomatic }) => wasAutomatic);
    const outcome = standing.length > 0 ? 'assigned' : hasRemoval ? 'removed' : 'skipped';
    const later = removalWins ? mails.slice(index + 1).flatMap(({ removed }) => removed) : [];
    const removedLater = later.filter((one) => one.wasAutomatic).map(({ record }) => record);
    const withheld =
      outcome === 'skipped' ? [] : standing.filter((one) => contains(removedLater, one));
    trace.push({ messageId: mail.messageId, outcome, gone, withheld });
    if (outcome !== 'skipped')
      return { taken: standing.filter((one) => !contains(withheld, one)), trace };
  }
  return { taken: null, trace };
}

const contains = (records: readonly RecordRef[], record: RecordRef): boolean =>
  records.some((one) => sameRecord(one, record));
