/** Carries out planned steps against the archive. A step may be repeated: whatever it would do is looked for first. */
import {
  AccountKind,
  Pop3State,
  RuleState,
  SmtpState,
  withLock,
  type AccountOptions,
  type Group,
  type Pop3Account,
  type SmtpAccount,
} from '../../greyhound/index.js';
import { applyIncoming, incomingFromWire } from '../accounts/incoming-wire.js';
import { applySmtp, smtpFromWire } from '../accounts/smtp-wire.js';
import { applyOptions, entityTag, optionsOf, type AccountFacts } from '../accounts/wire.js';
import { refuse } from '../failure.js';
import { groupTag } from '../groups/group-tag.js';
import {
  checkedScript,
  createElement,
  findElement,
  idOf,
  removeElement,
  unlock,
  type RunContext,
} from './element-steps.js';
import { isTransient, StepUncertain, type StepRunner } from './engine.js';
import { factsOf, readAccountLists, readElementLists, type AccountSnapshot } from './snapshot.js';
import type {
  AccountElement,
  ActivateStep,
  LockStep,
  OptionsStep,
  PlannedStep,
  RewriteRuleStep,
  UpdateStep,
} from './steps.js';
import { isElementStep } from './steps.js';
import { verifyCreated, type CreatedElement, type Limits } from './verify.js';

/** How often a step is tried while the archive cannot be reached, and the wait before the second and third try. */
const TRIES = 3;
const PAUSE_MS = 250;

export interface RunnerOptions extends RunContext {
  readonly before: AccountSnapshot;
  readonly limits: Limits;
  readonly pause: (ms: number) => Promise<void>;
}

/** An account as this run saved it. The archive does not answer passwords: whether one was sent is noted here. */
interface SavedAccount<A> {
  readonly account: A;
  readonly options: AccountOptions | null;
  readonly passwordSent: boolean;
}

export interface SavedAccounts {
  readonly incoming: Map<number, SavedAccount<Pop3Account>>;
  readonly smtp: Map<number, SavedAccount<SmtpAccount>>;
}

type Held =
  | { readonly element: 'incomingAccount'; readonly current: Pop3Account }
  | { readonly element: 'smtpAccount'; readonly current: SmtpAccount }
  | { readonly element: 'group'; readonly current: Group };

export class ArchiveStepRunner implements StepRunner {
  readonly saved: SavedAccounts = { incoming: new Map(), smtp: new Map() };
  readonly #held = new Map<string, Held>();
  readonly #created: CreatedElement[] = [];

  constructor(private readonly options: RunnerOptions) {}

  async perform(step: PlannedStep): Promise<number | null> {
    const id = await this.#settle(step);
    if (id !== null) this.options.ids.set(step.id, id);
    if (id !== null && isElementStep(step) && step.action === 'create') {
      this.#created.push({ step, id });
    }
    return id;
  }

  async undo(step: PlannedStep, elementId: number | null): Promise<void> {
    const { client } = this.options;
    if (step.action === 'rewrite') {
      await this.#writeRule(step.existingId, step.previousSource, step.wasActive);
      return;
    }
    if (!isElementStep(step)) return;
    const id = elementId ?? (await findElement(step, this.options));
    if (id === null) return;
    this.options.ids.set(step.id, id);
    await removeElement(client, step.element, id);
  }

  /** Gives back every lock that the run took. */
  async release(): Promise<void> {
    const held = [...this.#held.values()];
    this.#held.clear();
    await Promise.all(
      held.map(({ element, current }) => unlock(this.options.client, element, current.ID)),
    );
  }

  /** Tries again while the archive is away. A lost reply is resolved by looking, never by creating twice. */
  async #settle(step: PlannedStep): Promise<number | null> {
    let uncertain = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (uncertain && isElementStep(step)) {
          const found = await findElement(step, this.options);
          if (found !== null) return found;
        }
        return await this.#run(step);
      } catch (error) {
        if (!isTransient(error)) throw error;
        uncertain ||= error.maybeExecuted;
        if (attempt === TRIES) throw uncertain ? new StepUncertain(error) : error;
        await this.options.pause(PAUSE_MS * attempt);
      }
    }
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
        return this.#lock(step);
      case 'update':
        return this.#update(step);
      case 'delete':
        await removeElement(this.options.client, step.element, step.existingId);
        this.#held.delete(heldKey(step));
        return step.existingId;
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

  async #writeRule(id: number, SourceCode: string, isActive: boolean): Promise<void> {
    const { rules } = this.options.client;
    const State = isActive ? RuleState.rsActive : RuleState.rsInactive;
    await withLock(rules, id, (rule) => rules.Put({ Rule: { ...rule, SourceCode, State } }));
  }

  #facts(element: AccountElement, id: number): AccountFacts {
    const kind = element === 'incomingAccount' ? 'incoming' : 'smtp';
    return factsOf(this.options.before, kind, id, this.options.limits[kind]);
  }

  async #lock(step: LockStep): Promise<number> {
    const { client } = this.options;
    const ID = step.existingId;
    const service = { incomingAccount: client.pop3Accounts, smtpAccount: client.smtpAccounts };
    await (step.element === 'group' ? client.groups : service[step.element]).Lock({ ID });
    const held = await this.#read(step);
    this.#held.set(heldKey(step), held);
    if (step.expectedTag !== null && step.expectedTag !== this.#tagOf(held)) {
      throw refuse('preconditionFailed', { params: { changed: step.name } });
    }
    return ID;
  }

  async #read(step: LockStep): Promise<Held> {
    const { client } = this.options;
    const { element, existingId: ID } = step;
    if (element === 'incomingAccount')
      return { element, current: await client.pop3Accounts.Get({ ID }) };
    if (element === 'smtpAccount')
      return { element, current: await client.smtpAccounts.Get({ ID }) };
    return { element, current: await client.groups.Get({ ID }) };
  }

  #tagOf(held: Held): string {
    const { element, current } = held;
    if (element === 'group') return groupTag(current);
    const facts = this.#facts(element, current.ID);
    if (element === 'incomingAccount') return entityTag(incomingFromWire(current, facts));
    return entityTag(smtpFromWire(current, facts));
  }

  async #update(step: UpdateStep): Promise<number> {
    const { client, inputs, before } = this.options;
    const held = this.#held.get(heldKey(step));
    if (held === undefined) throw new Error(`step ${step.id} runs without its lock`);
    const { element, current } = held;
    if (element === 'group') {
      const Email = inputs.groupAddresses.get(step.id) ?? current.Email;
      await client.groups.Put({ Group: { ...current, Email } });
    } else if (element === 'incomingAccount') {
      const changes = inputs.incomingUpdates.get(step.id) ?? {};
      const account = applyIncoming(current, changes, before.units);
      await client.pop3Accounts.Put({ Pop3Account: account });
      const options = await this.#changeOptions(element, current.ID, changes);
      const passwordSent = account.Password !== '';
      this.saved.incoming.set(current.ID, { account, options, passwordSent });
    } else {
      const changes = inputs.smtpUpdates.get(step.id) ?? {};
      const account = applySmtp(current, changes, before.units);
      await client.smtpAccounts.Put({ SmtpAccount: account });
      const options = await this.#changeOptions(element, current.ID, changes);
      const passwordSent = account.Password !== '';
      this.saved.smtp.set(current.ID, { account, options, passwordSent });
    }
    return current.ID;
  }

  /** Writes the options when they change; the lock is held. */
  async #changeOptions(
    element: AccountElement,
    ID: number,
    changes: Parameters<typeof applyOptions>[1],
  ): Promise<AccountOptions | null> {
    const { client, before } = this.options;
    if (!before.hasMailBridge) return null;
    const current = optionsOf(this.#facts(element, ID));
    const Options = applyOptions(current, changes);
    if (JSON.stringify(current) !== JSON.stringify(Options)) {
      await client.mailBridge.PutOptions({ Kind: wireKind(element), ID, Options });
    }
    return Options;
  }

  async #setOptions(step: OptionsStep): Promise<number> {
    const { client, inputs } = this.options;
    const ID = idOf(this.options, step.accountStep);
    const Options = inputs.options.get(step.id);
    if (Options === undefined) throw new Error(`no options for step ${step.id}`);
    const service = step.element === 'incomingAccount' ? client.pop3Accounts : client.smtpAccounts;
    await service.Lock({ ID });
    try {
      await client.mailBridge.PutOptions({ Kind: wireKind(step.element), ID, Options });
    } finally {
      await unlock(client, step.element, ID);
    }
    return ID;
  }

  async #verify(): Promise<void> {
    const { client, limits, inputs, warnings } = this.options;
    const [accounts, elements] = await Promise.all([
      readAccountLists(client),
      readElementLists(client),
    ]);
    const created = this.#created;
    verifyCreated(created, { ...accounts, ...elements }, limits);
    for (const { step, id } of created) {
      const options = inputs.options.get(`${step.id}.options`) ?? null;
      const incoming = accounts.incoming.find(({ ID }) => ID === id);
      if (step.element === 'incomingAccount' && incoming) {
        const passwordSent = inputs.pop3.get(step.id)?.Password !== '';
        this.saved.incoming.set(id, { account: incoming, options, passwordSent });
      }
      const smtp = accounts.smtp.find(({ ID }) => ID === id);
      if (step.element === 'smtpAccount' && smtp) {
        const passwordSent = inputs.smtp.get(step.id)?.Password !== '';
        this.saved.smtp.set(id, { account: smtp, options, passwordSent });
      }
      const rule = elements.rules.find(({ ID }) => ID === id);
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
    if (step.element === 'incomingAccount') {
      const account = await withLock(pop3Accounts, ID, async (current) => {
        const active = { ...current, State: Pop3State.psActive };
        await pop3Accounts.Put({ Pop3Account: active });
        return active;
      });
      const { options = null, passwordSent = false } = this.saved.incoming.get(ID) ?? {};
      this.saved.incoming.set(ID, { account, options, passwordSent });
    } else {
      const account = await withLock(smtpAccounts, ID, async (current) => {
        const active = { ...current, State: SmtpState.ssActive };
        await smtpAccounts.Put({ SmtpAccount: active });
        return active;
      });
      const { options = null, passwordSent = false } = this.saved.smtp.get(ID) ?? {};
      this.saved.smtp.set(ID, { account, options, passwordSent });
    }
    return ID;
  }
}

const wireKind = (element: AccountElement): number =>
  element === 'incomingAccount' ? AccountKind.akPop3 : AccountKind.akSmtp;

const heldKey = (step: { readonly element: string; readonly existingId: number }): string =>
  `${step.element}.${String(step.existingId)}`;
