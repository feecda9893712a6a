/**
 * What is noted of links and of accounts, and what saves have made of it. A save that uses or ends a link is noted
 * before its first step; the journal of saves says afterwards, also after a crash, what became of it.
 */
import type { Clock } from '../../platform/clock.js';
import { ProcessLock } from '../provisioning/installation-lock.js';
import type { OperationJournal } from '../provisioning/journal.js';
import {
  accountKey,
  noRecord,
  type AccountRef,
  type LinkAttempt,
  type LinkClaim,
  type LinkRecord,
  type LinkSession,
  type StepRef,
} from './link.js';
import type { TouchedLinks } from './link-port.js';
import type { LinkStore } from './link-store.js';

export interface LedgerDependencies {
  readonly store: LinkStore;
  readonly journal: Pick<OperationJournal, 'read'>;
  readonly installationId: string;
  readonly clock: Clock;
}

/** `open`: the save has not ended. */
type Outcome = 'open' | 'undone' | { readonly elementId: number };

/** What a save has settled, and a link that nobody needs any more because of it. */
interface Settled {
  readonly session: LinkSession | null;
  readonly leftOver: string | null;
}

export class LinkLedger {
  /** One change at a time of each link and of each account's record. */
  readonly #lock = new ProcessLock();

  constructor(private readonly dependencies: LedgerDependencies) {}

  /** Runs `work` while nobody else changes the link; it is given as it is kept. */
  exclusively<R>(linkId: string, work: (session: LinkSession | null) => Promise<R>): Promise<R> {
    return this.#lock.run(linkId, async () => work(await this.dependencies.store.session(linkId)));
  }

  async begin(operationId: string, { uses, ends }: TouchedLinks): Promise<void> {
    const { store } = this.dependencies;
    for (const { linkId, stepId, copyStepId } of uses)
      await this.exclusively(linkId, async (session) => {
        const claim = { operationId, stepId, copyStepId };
        if (session !== null) await store.putSession({ ...session, claim });
      });
    for (const { account, stepId } of ends) {
      const leaving = { operationId, stepId };
      await this.changeRecord(account, (record) => ({ ...record, leaving }));
    }
  }

  /** What the save that claimed the link did. */
  settleUse(linkId: string): Promise<Settled> {
    return this.exclusively(linkId, async (session) => {
      if (session === null || session.claim === null || session.used)
        return { session, leftOver: null };
      const outcome = await this.#outcomeOf(session.claim);
      if (outcome === 'open') return { session, leftOver: null };
      if (outcome === 'undone') {
        const free = { ...session, claim: null };
        await this.dependencies.store.putSession(free);
        return { session: free, leftOver: null };
      }
      const leftOver = await this.#noteLinked(session, session.claim, outcome.elementId);
      const used = { ...session, used: true, reference: '' };
      await this.dependencies.store.putSession(used);
      return { session: used, leftOver };
    });
  }

  /** What the save that ended an account's link did. @returns a link that nobody needs any more */
  async settleEnd(account: AccountRef): Promise<string | null> {
    const { leaving, attempt } = await this.dependencies.store.record(account);
    const outcome = leaving === null ? 'open' : await this.#outcomeOf(leaving);
    if (outcome === 'open') return null;
    // a link that the same save wrote has been noted already
    await this.changeRecord(account, (record) =>
      record.leaving === null
        ? record
        : outcome === 'undone'
          ? { ...record, leaving: null }
          : noRecord,
    );
    return outcome === 'undone' ? null : (attempt?.linkId ?? null);
  }

  async noteAttempt({ id, target, expiresAt }: LinkSession): Promise<void> {
    const account = accountOf(target);
    if (account === null) return;
    const attempt = { linkId: id, state: 'pending', until: expiresAt, failure: null } as const;
    await this.changeRecord(account, (record) => ({ ...record, attempt }));
  }

  /** Changes what is noted of this try with its account; of a later one nothing. */
  async changeAttempt(
    { id, target }: LinkSession,
    change: (attempt: LinkAttempt) => LinkAttempt | null,
  ): Promise<void> {
    const account = accountOf(target);
    if (account === null) return;
    await this.changeRecord(account, (record) =>
      record.attempt?.linkId === id ? { ...record, attempt: change(record.attempt) } : record,
    );
  }

  changeRecord(account: AccountRef, change: (record: LinkRecord) => LinkRecord): Promise<void> {
    const { store } = this.dependencies;
    return this.#lock.run(accountKey(account), async () => {
      const record = await store.record(account);
      const changed = change(record);
      if (changed === record) return;
      if (changed === noRecord) await store.removeRecord(account);
      else await store.putRecord(account, changed);
    });
  }

  /** @returns an earlier try that nobody needs any more */
  async #noteLinked(
    session: LinkSession,
    { operationId, copyStepId }: LinkClaim,
    id: number,
  ): Promise<string | null> {
    const linkedAt = this.dependencies.clock.now().toISOString();
    const account = { kind: session.target.kind, id };
    const { attempt } = await this.dependencies.store.record(account);
    const linked = { ...noRecord, linkedAt, knownError: session.knownError };
    await this.changeRecord(account, () => linked);
    if (copyStepId !== null) {
      const copied = await this.#outcomeOf({ operationId, stepId: copyStepId });
      const copy = { ...noRecord, linkedAt, via: id };
      if (typeof copied === 'object')
        await this.changeRecord({ kind: 'smtp', id: copied.elementId }, () => copy);
    }
    return attempt === null || attempt.linkId === session.id ? null : attempt.linkId;
  }

  async #outcomeOf({ operationId, stepId }: StepRef): Promise<Outcome> {
    const { journal, installationId } = this.dependencies;
    const operation = await journal.read(installationId, operationId);
    const entry = operation?.steps.find(({ step }) => step.id === stepId);
    if (operation === null || entry === undefined) return 'undone';
    const isOver = operation.state === 'succeeded' || operation.state === 'failed';
    if (!isOver) return 'open';
    const { state, elementId } = entry;
    return state === 'done' && elementId !== null ? { elementId } : 'undone';
  }
}

const accountOf = ({ kind, accountId }: LinkSession['target']): AccountRef | null =>
  accountId === null ? null : { kind, id: accountId };
