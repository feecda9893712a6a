/** Operations as callers see them: what a save does, step by step, and how it ended. No secrets: steps hold none. */
import { refuse } from '../failure.js';
import type { Operation as JournalOperation, OperationJournal } from '../provisioning/journal.js';
import { outcomeOf } from '../provisioning/outcome.js';
import type { operation } from './schemas.js';
import type { z } from 'zod';

export type Operation = z.infer<typeof operation>;

const view = ({ id, state, startedAt, finishedAt, ...rest }: JournalOperation): Operation => ({
  id,
  state,
  startedAt,
  finishedAt,
  failure: rest.failure,
  warnings: [...rest.warnings],
  steps: rest.steps.map((entry) => ({
    step: entry.step.id,
    action: entry.step.action,
    element: entry.step.element,
    name: entry.step.name,
    id: entry.elementId,
    outcome: outcomeOf(entry.step, entry.state, state),
  })),
});

export class Operations {
  constructor(private readonly journal: OperationJournal) {}

  /** @throws BridgeFailure notFound */
  async get(installationId: string, id: string): Promise<Operation> {
    const found = await this.journal.read(installationId, id);
    if (found === null) throw refuse('notFound');
    return view(found);
  }

  /**
   * The operation as it is, then again after every change, until it has ended. Changes that come faster than they are
   * taken are seen as one. Ends early when `signal` is aborted.
   * @throws BridgeFailure notFound
   */
  async *subscribe(
    installationId: string,
    id: string,
    signal: AbortSignal,
  ): AsyncGenerator<Operation, void, undefined> {
    let wake: () => void = () => undefined;
    let hasChanged = true;
    const changed = (): void => {
      hasChanged = true;
      wake();
    };
    const unsubscribe = this.journal.subscribe(id, changed);
    signal.addEventListener('abort', changed, { once: true });
    try {
      while (!signal.aborted) {
        if (!hasChanged) await new Promise<void>((resolve) => (wake = resolve));
        hasChanged = false;
        const current = await this.get(installationId, id);
        yield current;
        if (current.state !== 'running') return;
      }
    } finally {
      unsubscribe();
      signal.removeEventListener('abort', changed);
    }
  }
}
