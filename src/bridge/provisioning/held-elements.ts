/** What stands and is changed or deleted by a save: locked first, read under the lock, given back at the end. */
import {
  AccountKind,
  ArchiveFailure,
  type AccountOptions,
  type Group,
  type Pop3Account,
  type SmtpAccount,
} from '../../greyhound/index.js';
import { applyIncoming, incomingFromWire } from '../accounts/incoming-wire.js';
import { applySmtp, smtpFromWire } from '../accounts/smtp-wire.js';
import type { IncomingAccountUpdate, SmtpAccountUpdate } from '../accounts/schemas.js';
import { applyOptions, entityTag, optionsOf, type AccountFacts } from '../accounts/wire.js';
import { refuse } from '../failure.js';
import { groupTag } from '../groups/group-tag.js';
import { removeElement, unlock, type RunContext } from './element-steps.js';
import { factsOf, usesOAuth2, type AccountSnapshot } from './snapshot.js';
import type { AccountElement, DeleteStep, LockStep, UpdateStep } from './steps.js';
import type { Limits } from './verify.js';

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

export interface HoldingContext extends RunContext {
  readonly before: AccountSnapshot;
  readonly limits: Limits;
}

type Held =
  | { readonly element: 'incomingAccount'; readonly current: Pop3Account }
  | { readonly element: 'smtpAccount'; readonly current: SmtpAccount }
  | { readonly element: 'group'; readonly current: Group };

type Holdable = Pick<LockStep, 'element' | 'existingId'>;

export const wireKind = (element: AccountElement): number =>
  element === 'incomingAccount' ? AccountKind.akPop3 : AccountKind.akSmtp;

const heldKey = ({ element, existingId }: Holdable): string => `${element}.${String(existingId)}`;

/** An account that is unlinked and neither linked anew nor signs in otherwise: then the archive lets go by itself. */
const staysOAuth2 = (
  { unlink, credential }: IncomingAccountUpdate | SmtpAccountUpdate,
  kind: 'incoming' | 'smtp',
  account: Pop3Account | SmtpAccount,
): boolean => unlink === true && credential === undefined && usesOAuth2(kind, account);

export class HeldElements {
  readonly #held = new Map<string, Held>();

  constructor(
    private readonly context: HoldingContext,
    private readonly saved: SavedAccounts,
  ) {}

  /** @throws BridgeFailure preconditionFailed when it is not what the caller had read */
  async lock(step: LockStep): Promise<number> {
    const held = await this.#take(step);
    if (step.expectedTag !== null && step.expectedTag !== this.#tagOf(held)) {
      throw refuse('preconditionFailed', { params: { changed: step.name } });
    }
    return step.existingId;
  }

  /** The lock may be gone, with the archive's memory or after a minute of silence: the next use takes it again. */
  forget(step: Holdable): void {
    this.#held.delete(heldKey(step));
  }

  async delete(step: DeleteStep): Promise<number> {
    await removeElement(this.context, step.element, step.existingId);
    this.forget(step);
    return step.existingId;
  }

  async update(step: UpdateStep): Promise<number> {
    const { client, inputs, before } = this.context;
    const { element, current } = this.#held.get(heldKey(step)) ?? (await this.#take(step));
    if (element === 'group') {
      const Email = inputs.groupAddresses.get(step.id) ?? current.Email;
      await client.groups.Put({ Group: { ...current, Email } });
    } else if (element === 'incomingAccount') {
      const changes = inputs.incomingUpdates.get(step.id) ?? {};
      const account = applyIncoming(current, changes, before.units);
      const put = () => client.pop3Accounts.Put({ Pop3Account: account });
      const options = await this.#withOptions(element, current.ID, changes, put);
      if (staysOAuth2(changes, 'incoming', account)) await this.#unlink(element, current.ID);
      const passwordSent = account.Password !== '';
      this.saved.incoming.set(current.ID, { account, options, passwordSent });
    } else {
      const changes = inputs.smtpUpdates.get(step.id) ?? {};
      const account = applySmtp(current, changes, before.units);
      const put = () => client.smtpAccounts.Put({ SmtpAccount: account });
      const options = await this.#withOptions(element, current.ID, changes, put);
      if (staysOAuth2(changes, 'smtp', account)) await this.#unlink(element, current.ID);
      const passwordSent = account.Password !== '';
      this.saved.smtp.set(current.ID, { account, options, passwordSent });
    }
    return current.ID;
  }

  /** Gives back every lock that was taken. */
  async release(): Promise<void> {
    const held = [...this.#held.values()];
    this.#held.clear();
    await Promise.all(
      held.map(({ element, current }) => unlock(this.context, element, current.ID)),
    );
  }

  /** Without RpcMailBridge the empty password that was written has to do. */
  async #unlink(element: AccountElement, ID: number): Promise<void> {
    const { client, before } = this.context;
    if (before.hasMailBridge) await client.mailBridge.UnlinkOAuth2({ Kind: wireKind(element), ID });
  }

  async #take(step: Holdable): Promise<Held> {
    const { client } = this.context;
    const ID = step.existingId;
    const service = { incomingAccount: client.pop3Accounts, smtpAccount: client.smtpAccounts };
    await (step.element === 'group' ? client.groups : service[step.element]).Lock({ ID });
    try {
      const held = await this.#read(step);
      this.#held.set(heldKey(step), held);
      return held;
    } catch (error) {
      await unlock(this.context, step.element, ID);
      throw error;
    }
  }

  async #read({ element, existingId: ID }: Holdable): Promise<Held> {
    const { client } = this.context;
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

  #facts(element: AccountElement, id: number): AccountFacts {
    const kind = element === 'incomingAccount' ? 'incoming' : 'smtp';
    return factsOf(this.context.before, kind, id, this.context.limits[kind]);
  }

  /**
   * Writes the options, when they change, and then the account. Options hold no secret and can be put back when the
   * account is refused, so that it is changed wholly or not at all.
   */
  async #withOptions(
    element: AccountElement,
    ID: number,
    changes: Parameters<typeof applyOptions>[1],
    put: () => Promise<unknown>,
  ): Promise<AccountOptions | null> {
    const { client, before } = this.context;
    if (!before.hasMailBridge) {
      await put();
      return null;
    }
    const current = optionsOf(this.#facts(element, ID));
    const wanted = applyOptions(current, changes);
    const write = (Options: AccountOptions) =>
      client.mailBridge.PutOptions({ Kind: wireKind(element), ID, Options });
    const areChanged = JSON.stringify(current) !== JSON.stringify(wanted);
    if (areChanged) await write(wanted);
    try {
      await put();
    } catch (error) {
      const isRefused = error instanceof ArchiveFailure && error.disposition !== 'transient';
      if (areChanged && isRefused) await write(current);
      throw error;
    }
    return wanted;
  }
}
