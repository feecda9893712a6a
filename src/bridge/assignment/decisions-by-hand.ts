/** What people decide: add and remove assignments, move them to another record, take back what a run did. */
import { asSet, ListValue } from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import type { Directory } from '../directory/directory.js';
import type { RecordRef, UserRecord } from '../directory/record.js';
import { refuse } from '../failure.js';
import { maySee } from '../users/index.js';
import type { Runs } from './runs.js';

export interface ByHandDependencies {
  readonly archive: ArchiveAccess;
  readonly directory: Pick<Directory, 'existing'>;
  readonly runs: Runs;
}

export class DecisionsByHand {
  constructor(private readonly dependencies: ByHandDependencies) {}

  /** @throws BridgeFailure notFound, recordUnknown, directoryUnavailable */
  async add(messageId: number, record: RecordRef, user: UserRecord | null): Promise<void> {
    await this.#requireMessage(messageId);
    await this.#requireRecord(record, user);
    await this.dependencies.runs.transaction(({ assignments }) =>
      assignments.add(messageId, { ...record, source: 'manual' }, { by: user?.id ?? null }),
    );
  }

  /** Does nothing where the record is not assigned. @throws BridgeFailure recordUnknown, directoryUnavailable */
  async remove(messageId: number, record: RecordRef, user: UserRecord | null): Promise<void> {
    // Whoever sees everything also removes what the ERP no longer has.
    if (user !== null) await this.#requireRecord(record, user);
    await this.dependencies.runs.transaction(({ assignments }) =>
      assignments.remove(messageId, record, user?.id ?? null),
    );
  }

  /**
   * From one record to another: at this message, or at all of its conversation that have it.
   * @returns the messages that were moved
   * @throws BridgeFailure notFound, recordUnknown, directoryUnavailable
   */
  async move(
    messageId: number,
    { from, to, wholeThread }: { from: RecordRef; to: RecordRef; wholeThread: boolean },
    user: UserRecord | null,
  ): Promise<number[]> {
    await this.#requireMessage(messageId);
    await this.#requireRecord(to, user);
    if (user !== null) await this.#requireRecord(from, user);
    const messageIds = wholeThread ? await this.#thread(messageId) : [messageId];
    const by = user?.id ?? null;
    return this.dependencies.runs.transaction(async ({ assignments }) => {
      const moved: number[] = [];
      for (const id of messageIds) {
        if (!(await assignments.remove(id, from, by))) continue;
        await assignments.add(id, { ...to, source: 'manual' }, { by });
        moved.push(id);
      }
      return moved;
    });
  }

  /**
   * Takes away what the run assigned and still stands as it was. The mail then stays as it is, like after every removal
   * by hand, unless it is to be evaluated again.
   * @throws BridgeFailure notFound, runNotStanding
   */
  async undo(runId: string, evaluateAgain: boolean, user: UserRecord | null): Promise<void> {
    await this.dependencies.runs.transaction(async ({ assignments, runs }) => {
      const run = await runs.read(runId);
      if (run === null) throw refuse('notFound');
      const { assigned } = await assignments.of(run.messageId);
      const own = assigned.filter((one) => one.runId === runId);
      if (own.length === 0) throw refuse('runNotStanding');
      for (const record of own)
        if (evaluateAgain) await assignments.forget(run.messageId, record);
        else await assignments.remove(run.messageId, record, user?.id ?? null);
      await runs.undone(runId);
    });
  }

  async #requireMessage(messageId: number): Promise<void> {
    const client = await this.dependencies.archive.client();
    await client.items.Get({ ID: messageId, MarkAsReading: false });
  }

  async #requireRecord(record: RecordRef, user: UserRecord | null): Promise<void> {
    const [known] = await this.dependencies.directory.existing([record]);
    if (known === undefined || !maySee(user, known)) throw refuse('recordUnknown');
  }

  async #thread(messageId: number): Promise<number[]> {
    const client = await this.dependencies.archive.client();
    const thread = await client.items.GetThreadList({
      ID: messageId,
      ListValues: asSet(ListValue.lvStartDate),
      UserFields: [],
      IncludeReferredItem: true,
      ListValuesEx: 0,
    });
    return [...new Set([messageId, ...thread.map(({ ID }) => ID)])];
  }
}
