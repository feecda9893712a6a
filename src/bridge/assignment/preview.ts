/** A decision about a mail that is given, or about one of the archive; nothing is stored. */
import type { ArchiveAccess } from '../archive-access.js';
import type { RecordRef } from '../directory/record.js';
import { groupKeys } from './archived-mail.js';
import type { Decision, Policies } from './decision/decision.js';
import { evaluate, type EvaluationDependencies } from './evaluation.js';
import type { Runs } from './runs.js';
import type { PreviewRequest } from './schemas.js';

export interface PreviewDependencies extends EvaluationDependencies {
  readonly archive: ArchiveAccess;
  readonly policies: { read(): Promise<Policies> };
}

type Removed = RecordRef & { readonly wasAutomatic: boolean };

const removalOf = ({ type, id, wasAutomatic }: Removed) => ({ record: { type, id }, wasAutomatic });

const untouched = { assigned: [], removed: [], everOrder: false, everOffer: false };

/** @throws BridgeFailure directoryUnavailable; for a message of the archive notFound */
export async function preview(
  dependencies: PreviewDependencies,
  runs: Runs,
  request: PreviewRequest,
): Promise<Decision> {
  const { message, messageId } = request;
  const change = chosen(request.policies);
  if (messageId !== undefined) {
    const { assignments } = await runs.stores();
    return runs.decide(messageId, await assignments.of(messageId), change);
  }
  if (message === undefined) throw new Error('the schema lets no request without a mail pass');
  const client = await dependencies.archive.client();
  const groups = await client.groups.GetCompleteList({ AdvancedFields: true });
  const { date, ...mail } = message;
  const { assigned, removed, everOrder, everOffer } = request.pre ?? untouched;
  return evaluate(dependencies, {
    mail,
    date,
    groupAddresses: groupKeys(groups),
    history: request.history.map((one) => ({
      messageId: null,
      date: one.date,
      isSameThread: one.sameThread,
      assigned: one.assigned,
      removed: one.removed.map(removalOf),
    })),
    pre: {
      assigned: assigned.map((record) => ({ ...record, source: 'automatic' as const })),
      removed: removed.map(removalOf),
      everOrder,
      everOffer,
    },
    marked: [],
    policies: { ...(await dependencies.policies.read()), ...change },
  });
}

/** Those that were given. */
const chosen = (change: PreviewRequest['policies']): Partial<Policies> =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
