/** The runs of the rules: what was decided about a message, when and why. A run without an answer of the ERP is open. */
import type { Decision } from './decision/decision.js';
import type { AssignmentSchema } from './schema.js';
import type { StoreOptions } from './assignment-store.js';

/** `open`: a user opened the message; `send`: it was sent; `arrival`, `rerun`: nobody looked at it. */
export type Trigger = 'open' | 'send' | 'arrival' | 'rerun';

export interface Run {
  readonly id: string;
  readonly messageId: number;
  readonly trigger: Trigger;
  readonly state: 'decided' | 'open' | 'undone';
  /** null while the run is open. */
  readonly decision: Decision | null;
  /** ERP user; null: the ERP itself. */
  readonly by: string | null;
  readonly at: string;
  readonly tries: number;
}

export interface NewRun {
  readonly id: string;
  readonly messageId: number;
  readonly trigger: Trigger;
  readonly by: string | null;
}

/** Shown of one message. */
const RUNS_SHOWN = 20;

export class RunStore {
  constructor(private readonly options: StoreOptions) {}

  /** A run that ended without a record takes the place of earlier ones that did: opening a mail often leaves one. */
  async decided(run: NewRun, decision: Decision): Promise<void> {
    await this.#dropEmpty(run.messageId);
    await this.#insert(run, { state: 'decided', decision: JSON.stringify(decision) });
  }

  /** To be tried again from `nextTryAt` on. */
  async open(run: NewRun, tries: number, nextTryAt: Date): Promise<void> {
    await this.dropOpen(run.messageId);
    await this.#insert(run, { state: 'open', tries, next_try_at: nextTryAt.toISOString() });
  }

  async undone(id: string): Promise<void> {
    await this.options.database
      .updateTable('assignment_run')
      .set({ state: 'undone' })
      .where('installation_id', '=', this.options.installationId)
      .where('archive', '=', this.options.archiveId)
      .where('id', '=', id)
      .execute();
  }

  async dropOpen(messageId: number): Promise<void> {
    await this.options.database
      .deleteFrom('assignment_run')
      .where('installation_id', '=', this.options.installationId)
      .where('archive', '=', this.options.archiveId)
      .where('message_id', '=', messageId)
      .where('state', '=', 'open')
      .execute();
  }

  async read(id: string): Promise<Run | null> {
    const row = await this.#rows().where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : runOf(row);
  }

  /** Newest first. */
  async of(messageId: number): Promise<Run[]> {
    const rows = await this.#rows()
      .where('message_id', '=', messageId)
      .orderBy('at', 'desc')
      .limit(RUNS_SHOWN)
      .execute();
    return rows.map(runOf);
  }

  /** Open runs whose time has come, those that wait longest first. */
  async due(now: Date, limit: number): Promise<Run[]> {
    const rows = await this.#rows()
      .where('next_try_at', '<=', now.toISOString())
      .orderBy('next_try_at')
      .limit(limit)
      .execute();
    return rows.map(runOf);
  }

  #rows() {
    return this.options.database
      .selectFrom('assignment_run')
      .selectAll()
      .where('installation_id', '=', this.options.installationId)
      .where('archive', '=', this.options.archiveId);
  }

  async #insert(
    { id, messageId, trigger, by }: NewRun,
    rest: Pick<AssignmentSchema['assignment_run'], 'state'> &
      Partial<AssignmentSchema['assignment_run']>,
  ): Promise<void> {
    const { database, installationId, archiveId, clock } = this.options;
    await database
      .insertInto('assignment_run')
      .values({
        id,
        installation_id: installationId,
        archive: archiveId,
        message_id: messageId,
        trigger,
        by_user: by,
        at: clock.now().toISOString(),
        decision: null,
        tries: 0,
        next_try_at: null,
        ...rest,
      })
      .execute();
  }

  async #dropEmpty(messageId: number): Promise<void> {
    await this.dropOpen(messageId);
    const runs = await this.of(messageId);
    const empty = runs
      .filter(({ decision }) => decision?.assignments.length === 0)
      .map(({ id }) => id);
    if (empty.length === 0) return;
    await this.options.database
      .deleteFrom('assignment_run')
      .where('installation_id', '=', this.options.installationId)
      .where('archive', '=', this.options.archiveId)
      .where('id', 'in', empty)
      .execute();
  }
}

const runOf = (row: AssignmentSchema['assignment_run']): Run => ({
  id: row.id,
  messageId: row.message_id,
  trigger: row.trigger as Trigger,
  state: row.state as Run['state'],
  decision: row.decision === null ? null : (JSON.parse(row.decision) as Decision),
  by: row.by_user,
  at: row.at,
  tries: row.tries,
});
