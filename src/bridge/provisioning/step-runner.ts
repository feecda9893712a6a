/** Carries out planned steps against the archive. A step may be repeated: whatever it would do is looked for first. */
import { ArchiveFailure, Pop3State, RuleState, SmtpState } from '../../greyhound/index.js';
import { checkedScript, createElement, idOf, locked, removeElement } from './element-steps.js';
import { isTransient, StepUncertain, type StepRunner } from './engine.js';
import { giveBackFilters } from './give-back.js';
import {
  HeldElements,
  wireKind,
  type HoldingContext,
  type SavedAccounts,
} from './held-elements.js';
import type { StepRecord } from './journal.js';
import { concessions, isForAll, OtherAccounts } from './shared-elements.js';
import { readAccountLists, readElementLists } from './snapshot.js';
import {
  isCommitting,
  isElementStep,
  type ActivateStep,
  type ElementStep,
  type FilterStep,
  type OptionsStep,
  type PlannedStep,
  type RewriteRuleStep,
} from './steps.js';
import { readListOf, tracesOf, type ElementLists, type HighestIds } from './traces.js';
import {
  verifyCreated,
  verifyProtocols,
  verifyReused,
  type CreatedElement,
  type Leaving,
} from './verify.js';

/** How often a step is tried while the archive cannot be reached, and the wait before the second and third try. */
const TRIES = 3;
const PAUSE_MS = 250;

export interface RunnerOptions extends HoldingContext {
  readonly leaving: Leaving;
  /** Incoming accounts that stood before and that the plan is about. */
  readonly subjects: readonly number[];
  readonly highestBefore: HighestIds;
  /** Calls of creating steps whose answer never came and whose effect was not found: they may still be carried out. */
  readonly unanswered: Map<string, number>;
  /** Journals a change of `unanswered`. */
  readonly onUnanswered: (stepId: string, calls: number) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
}

export class ArchiveStepRunner implements StepRunner {
  readonly saved: SavedAccounts = { incoming: new Map(), smtp: new Map() };
  readonly #held: HeldElements;
  #created: CreatedElement[] = [];
  readonly #reused: CreatedElement[] = [];
  readonly #others: OtherAccounts;
  /** Filters that stand once and were taken back, in the order in which they were made. */
  readonly #removed: FilterStep[] = [];
  /** Elements that gave way to another writer's: what the journal has to say instead. */
  readonly replaced: StepRecord[] = [];

  constructor(readonly options: RunnerOptions) {
    this.#held = new HeldElements(options, this.saved);
    this.#others = new OtherAccounts(options.client, options.highestBefore, options.subjects);
  }

  async perform(step: PlannedStep): Promise<number | null> {
    const id = await this.#settle(step);
    if (id !== null) this.options.ids.set(step.id, id);
    if (id !== null && isElementStep(step) && step.action === 'create') {
      this.#created.push({ step, id });
    } else if (id !== null && isElementStep(step)) {
      this.#reused.push({ step, id });
    }
    return id;
  }

  async undo(step: PlannedStep, elementId: number | null): Promise<number | null> {
    if (step.action === 'rewrite') {
      const rule = await this.options.client.rules.Get({ ID: step.existingId });
      if (!(await this.#others.own(rule)))
        await this.#writeRule(step.existingId, step.previousSource, step.wasActive);
      return step.existingId;
    }
    if (!isElementStep(step)) return null;
    if (step.element === 'incomingAccount' && elementId !== null) this.#others.exclude(elementId);
    if (await this.#others.need(step, elementId)) return elementId;
    if (elementId === null) return this.#adopt(step, { keep: false });
    this.options.ids.set(step.id, elementId);
    await removeElement(this.options, step.element, elementId);
    if (isForAll(step)) this.#removed.unshift(step);
    return elementId;
  }

  async giveBack(): Promise<void> {
    const isNeeded = this.#removed.length > 0 && (await this.#others.needFiltersForAll());
    if (isNeeded) await giveBackFilters(this.#removed, this.options);
  }

  /** The element that a step is about; null while it is not known. */
  elementOf(step: PlannedStep): number | null {
    if ('existingId' in step && step.existingId !== null) return step.existingId;
    const owner = 'accountStep' in step && !isElementStep(step) ? step.accountStep : step.id;
    return this.options.ids.get(owner) ?? null;
  }

  /** Gives back every lock that the run took. */
  release(): Promise<void> {
    return this.#held.release();
  }

  /**
   * Tries again while the archive is away. A lost reply is resolved by looking, never by creating twice. A committing
   * step that is refused takes its lock once more: an archive that started anew has forgotten it.
   */
  async #settle(step: PlannedStep): Promise<number | null> {
    let isUncertain = isCommitting(step);
    let isRefusedBefore = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (isElementStep(step) && this.#unansweredBy(step) > 0) {
          const found = await this.#adopt(step, { keep: true });
          if (found !== null) return found;
        }
        return await this.#run(step);
      } catch (error) {
        if (isCommitting(step) && isRefusal(error) && !isRefusedBefore) {
          isRefusedBefore = true;
          if (step.action !== 'activate') this.#held.forget(step);
          continue;
        }
        if (!isTransient(error)) throw this.#asUncertain(step, error);
        isUncertain ||= error.maybeExecuted;
        if (error.maybeExecuted) await this.#lost(step, error);
        if (attempt >= TRIES) throw isUncertain ? new StepUncertain(error) : error;
        await this.options.pause(PAUSE_MS * attempt);
      }
    }
  }

  /** A refusal does not tell about an earlier try whose answer never came. */
  #asUncertain(step: PlannedStep, error: unknown): unknown {
    const isOpen = this.#unansweredBy(step) > 0 && error instanceof ArchiveFailure;
    return isOpen ? new StepUncertain(error) : error;
  }

  #unansweredBy(step: PlannedStep): number {
    return this.options.unanswered.get(step.id) ?? 0;
  }

  async #lost(step: PlannedStep, error: ArchiveFailure): Promise<void> {
    this.options.onDoubt();
    const mayHaveCreated = step.action === 'create' && error.method.endsWith('.New');
    if (mayHaveCreated) await this.#note(step, this.#unansweredBy(step) + 1);
  }

  async #note(step: PlannedStep, calls: number): Promise<void> {
    this.options.unanswered.set(step.id, calls);
    await this.options.onUnanswered(step.id, calls);
  }

  /**
   * Looks for what calls without an answer made, and removes it all except, with `keep`, the oldest.
   * @returns the oldest; null when there is nothing
   */
  async #adopt(step: ElementStep, { keep }: { readonly keep: boolean }): Promise<number | null> {
    const lists = await readListOf(this.options.client, step.element);
    const [oldest, ...surplus] = tracesOf(step, lists, this.options);
    if (oldest === undefined) return null;
    this.options.ids.set(step.id, oldest);
    await this.#remove(step, keep ? surplus : [oldest, ...surplus]);
    if (keep) await this.#note(step, Math.max(0, this.#unansweredBy(step) - 1));
    return oldest;
  }

  /** Removes traces of calls without an answer. */
  async #remove(step: ElementStep, traces: readonly number[]): Promise<void> {
    for (const id of traces) {
      await removeElement(this.options, step.element, id);
      await this.#note(step, Math.max(0, this.#unansweredBy(step) - 1));
    }
  }

  /**
   * Removes what calls without an answer made beside the elements that stay; never more than there were such calls.
   * @param isKept by id: what other steps or operations made
   * @returns the ids of what was removed
   */
  async sweep(
    step: ElementStep,
    lists: ElementLists,
    isKept: (id: number) => boolean,
  ): Promise<readonly number[]> {
    const surplus = tracesOf(step, lists, this.options)
      .filter((id) => !isKept(id))
      .reverse()
      .slice(0, this.#unansweredBy(step));
    await this.#remove(step, surplus);
    return surplus;
  }

  async #run(step: PlannedStep): Promise<number | null> {
    switch (step.action) {
      case 'create':
        return createElement(step, this.options);
      case 'reuse':
        return step.existingId;
      case 'rewrite':
        return this.#rewriteRule(step);
      case 'lock':
        return this.#held.lock(step);
      case 'update':
        return this.#held.update(step);
      case 'delete':
        return this.#held.delete(step);
      case 'setOptions':
        return this.#setOptions(step);
      case 'verify':
        await this.#verify();
        return null;
      case 'activate':
        return this.#activate(step);
    }
  }

  async #rewriteRule(step: RewriteRuleStep): Promise<number> {
    const { source, isAccepted } = await checkedScript(step, this.options);
    if (isAccepted) await this.#writeRule(step.existingId, source, step.wasActive);
    return step.existingId;
  }

  async #writeRule(ID: number, SourceCode: string, isActive: boolean): Promise<void> {
    const { rules } = this.options.client;
    const State = isActive ? RuleState.rsActive : RuleState.rsInactive;
    await locked(this.options, 'inboundRule', ID, async () => {
      const rule = await rules.Get({ ID });
      if (rule.SourceCode === SourceCode && rule.State === State) return;
      await rules.Put({ Rule: { ...rule, SourceCode, State } });
    });
  }

  async #setOptions(step: OptionsStep): Promise<number> {
    const { client, inputs } = this.options;
    const ID = idOf(this.options, step.accountStep);
    const Options = inputs.options.get(step.id);
    if (Options === undefined) throw new Error(`no options for step ${step.id}`);
    const Kind = wireKind(step.element);
    await locked(this.options, step.element, ID, () =>
      client.mailBridge.PutOptions({ Kind, ID, Options }),
    );
    return ID;
  }

  async #verify(): Promise<void> {
    const { client, limits, leaving } = this.options;
    const [accounts, elements] = await Promise.all([
      readAccountLists(client),
      readElementLists(client),
    ]);
    const lists = await this.#withoutSurplus({ ...accounts, ...elements });
    verifyCreated(this.#created, lists, limits, leaving);
    verifyReused(this.#reused, lists);
    verifyProtocols(this.#created, this.options.inputs.pop3, lists);
    if (await this.#giveWay(lists)) {
      await this.#verify();
      return;
    }
    this.#noteSaved(lists);
  }

  /** Removes filters that another writer had made a moment earlier. @returns whether there were any */
  async #giveWay({ filters }: ElementLists): Promise<boolean> {
    const given = concessions(this.#created, filters);
    for (const { created, olderId, children } of given) {
      this.options.ids.set(created.step.id, olderId);
      for (const child of children)
        await this.#replace(
          child.created,
          child.olderId ?? (await this.#createAnew(child.created)),
        );
      await this.#replace(created, olderId);
    }
    return given.length > 0;
  }

  async #replace(created: CreatedElement, byId: number): Promise<void> {
    const { step } = created;
    await removeElement(this.options, 'filter', created.id);
    this.options.ids.set(step.id, byId);
    this.replaced.push({ stepId: step.id, state: 'done', elementId: byId });
    this.#created = this.#created.map((one) => (one === created ? { step, id: byId } : one));
  }

  /**
   * The filter once more, where its parent is now. It is not moved: of two writers the one that made the younger filter
   * looks again and gives way, so a filter must not turn up where younger ones have been looked at already.
   */
  async #createAnew({ step }: CreatedElement): Promise<number> {
    try {
      return await createElement(step, this.options);
    } catch (error) {
      if (error instanceof ArchiveFailure && error.maybeExecuted) await this.#lost(step, error);
      throw error;
    }
  }

  /** The lists after what lost calls made a second time was removed; undisturbed there is nothing to look for. */
  async #withoutSurplus(lists: ElementLists): Promise<ElementLists> {
    const removed = new Set<string>();
    for (const { step, id: kept } of this.#created) {
      if (this.#unansweredBy(step) === 0) continue;
      const surplus = await this.sweep(step, lists, (id) => id === kept);
      for (const id of surplus) removed.add(`${step.element}.${String(id)}`);
    }
    const stays =
      (element: ElementStep['element']) =>
      ({ ID }: { readonly ID: number }): boolean =>
        !removed.has(`${element}.${String(ID)}`);
    return {
      ...lists,
      incoming: lists.incoming.filter(stays('incomingAccount')),
      smtp: lists.smtp.filter(stays('smtpAccount')),
    };
  }

  #noteSaved({ incoming: incomingList, smtp: smtpList, rules }: ElementLists): void {
    const { inputs, warnings } = this.options;
    for (const { step, id } of this.#created) {
      const options = inputs.options.get(`${step.id}.options`) ?? null;
      const incoming = incomingList.find(({ ID }) => ID === id);
      if (step.element === 'incomingAccount' && incoming) {
        const passwordSent = inputs.pop3.get(step.id)?.Password !== '';
        this.saved.incoming.set(id, { account: incoming, options, passwordSent });
      }
      const smtp = smtpList.find(({ ID }) => ID === id);
      if (step.element === 'smtpAccount' && smtp) {
        const passwordSent = inputs.smtp.get(step.id)?.Password !== '';
        this.saved.smtp.set(id, { account: smtp, options, passwordSent });
      }
      const rule = rules.find(({ ID }) => ID === id);
      const isRefused =
        step.element === 'inboundRule' && rule?.Compiled === false && rule.Message !== '';
      if (
        isRefused &&
        !warnings.some(({ code, name }) => code === 'ruleRefused' && name === step.name)
      ) {
        warnings.push({ code: 'ruleRefused', element: 'inboundRule', name: step.name });
      }
    }
  }

  async #activate(step: ActivateStep): Promise<number> {
    const { pop3Accounts, smtpAccounts } = this.options.client;
    const ID = idOf(this.options, step.accountStep);
    await locked(this.options, step.element, ID, async () => {
      if (step.element === 'incomingAccount') {
        const account = { ...(await pop3Accounts.Get({ ID })), State: Pop3State.psActive };
        await pop3Accounts.Put({ Pop3Account: account });
        this.saved.incoming.set(ID, { ...this.#savedSoFar('incoming', ID), account });
      } else {
        const account = { ...(await smtpAccounts.Get({ ID })), State: SmtpState.ssActive };
        await smtpAccounts.Put({ SmtpAccount: account });
        this.saved.smtp.set(ID, { ...this.#savedSoFar('smtp', ID), account });
      }
    });
    return ID;
  }

  #savedSoFar(kind: 'incoming' | 'smtp', id: number) {
    const { options = null, passwordSent = false } = this.saved[kind].get(id) ?? {};
    return { options, passwordSent };
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof ArchiveFailure && error.code === 'archiveFault';
