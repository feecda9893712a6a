/**
 * A mail that is clicked or sent: the assignment runs, and what stands then is told with the sentence why. A mail that
 * was assigned before is left alone by the rules; why it stands where it stands is told by the run that made it.
 */
import { z } from 'zod';
import { keptRunView, messageAssignments, runView } from '../../src/bridge/assignment/index.js';
import type { Language, RequestContext } from '../../src/bridge/index.js';
import type { Operations } from '../operations.js';
import { recordWords } from './assignment-texts.js';
import { decisionShape, standingView, toDecision, toStanding } from './assignment-views.js';
import { assignmentWords } from './field-words.js';

export const openedView = z.object({
  ...standingView.shape,
  ...decisionShape,
  /** null while the ERP has not answered. */
  schritt: decisionShape.schritt.nullable(),
  spur: decisionShape.spur.nullable(),
  /** Whether the ERP did not answer, and the assignment is still to be made; it is tried again by itself. */
  offen: z.boolean(),
  erneutAm: z.string().nullable(),
  /** The run that made what stands, to be undone as a whole; null: none did. */
  lauf: z.string().nullable(),
});
export type Opened = z.infer<typeof openedView>;

type Standing = z.infer<typeof messageAssignments>;
type Decided = Extract<z.infer<typeof runView>, { state: 'decided' }>;
type KeptRun = z.infer<typeof keptRunView>;

const keptRuns = z.object({ runs: z.array(keptRunView) });

export interface Click {
  readonly context: RequestContext<unknown, unknown, unknown>;
  readonly messageId: string;
  readonly trigger: 'open' | 'send';
}

/** @throws what the operations throw */
export async function assigned(
  operations: Operations,
  { context, messageId: id, trigger }: Click,
): Promise<Opened> {
  const inWords = { ...context, recordWords };
  const call = async (operation: string, body?: unknown) =>
    (await operations.call(operation, inWords, { params: { id }, body }, assignmentWords)).body;
  const run = runView.parse(await call('runAssignment', { trigger }));
  const standing = messageAssignments.parse(await call('getAssignments'));
  const shown = toStanding(standing);
  if (run.state === 'open') {
    const { message: grund, retryAt: erneutAm } = run;
    const undecided = { schritt: null, vorschlaege: [], spur: null, lauf: null };
    return { ...shown, ...undecided, grund, offen: true, erneutAm };
  }
  const settled = { ...shown, offen: false, erneutAm: null };
  if (run.runId === null) {
    const { runs } = keptRuns.parse(await call('listAssignmentRuns'));
    return { ...settled, ...leftAlone(run, standing, runs, context.language) };
  }
  const lauf = run.assignments.length === 0 ? null : run.runId;
  return { ...settled, ...toDecision(run, context.language), lauf };
}

/** Of a mail that the rules do not touch: the latest run of those that made what stands, else how the last one went. */
function leftAlone(
  run: Decided,
  { assignments }: Standing,
  runs: readonly KeptRun[],
  language: Language,
) {
  const decided = runs.flatMap(({ runId, decision }) =>
    decision === null ? [] : [{ runId, ...toDecision(decision, language) }],
  );
  const maker = decided.find(({ runId }) => assignments.some((one) => one.runId === runId));
  if (maker !== undefined) {
    const { runId: lauf, ...why } = maker;
    return { ...why, lauf };
  }
  const why = toDecision(run, language);
  return { ...why, spur: decided[0]?.spur ?? why.spur, lauf: null };
}
