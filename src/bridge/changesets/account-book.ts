/** One kind of account while a save is planned: what stands now and what will stand. Pure. */
import type { Pop3Account, SmtpAccount } from '../../greyhound/index.js';
import { fieldAt, type AccountAfter } from '../accounts/account-rules.js';
import { applyIncoming, incomingFromWire } from '../accounts/incoming-wire.js';
import type { IncomingAccountUpdate, SmtpAccountUpdate } from '../accounts/schemas.js';
import { applySmtp, smtpFromWire } from '../accounts/smtp-wire.js';
import {
  entityTag,
  requireOptionsSupport,
  type AccountFacts,
  type Units,
} from '../accounts/wire.js';
import { refuse } from '../failure.js';
import { factsOf, standingOf, type AccountSnapshot } from '../provisioning/snapshot.js';
import type { AccountElement } from '../provisioning/steps.js';
import type { Limits } from '../provisioning/verify.js';
import { checkClearText, checkSignInChange } from './sign-in-rules.js';

interface Kind<A, U> {
  readonly element: AccountElement;
  readonly list: 'incoming' | 'smtp';
  readonly view: (account: A, facts: AccountFacts) => Parameters<typeof entityTag>[0] & SignIn;
  readonly apply: (current: A, changes: U, units: Units | null) => A;
}

type SignIn = NonNullable<Parameters<typeof checkClearText>[0]>;

type WireAccount = Pop3Account | SmtpAccount;

export const incomingKind: Kind<Pop3Account, IncomingAccountUpdate> = {
  element: 'incomingAccount',
  list: 'incoming',
  view: incomingFromWire,
  apply: applyIncoming,
};

export const smtpKind: Kind<SmtpAccount, SmtpAccountUpdate> = {
  element: 'smtpAccount',
  list: 'smtp',
  view: smtpFromWire,
  apply: applySmtp,
};

export class AccountBook<
  A extends WireAccount,
  U extends IncomingAccountUpdate | SmtpAccountUpdate,
> {
  readonly #present: readonly A[];
  #standing: readonly A[];
  readonly #updated = new Map<A, string | null>();
  readonly #added: AccountAfter[] = [];

  constructor(
    readonly kind: Kind<A, U>,
    private readonly snapshot: AccountSnapshot,
    present: readonly A[],
    private readonly limits: Limits,
  ) {
    this.#present = present;
    this.#standing = present;
  }

  /** Accounts that stand after the deletions and updates so far. */
  get standing(): readonly A[] {
    return this.#standing;
  }

  isDeleted(id: number): boolean {
    const hasId = ({ ID }: A): boolean => ID === id;
    return this.#present.some(hasId) && !this.#standing.some(hasId);
  }

  isManagedExternally(account: A): boolean {
    return this.#facts(account).managedExternally;
  }

  /**
   * The account that a change is about.
   * @throws BridgeFailure notFound, managedExternally; invalidRequest for a second change of one account
   */
  take(id: number, path: string): A {
    const account = this.#standing.find(({ ID }) => ID === id);
    const field = fieldAt(path, 'id');
    if (account === undefined) throw refuse('notFound', { field });
    if (this.#updated.has(account)) throw refuse('invalidRequest', { field });
    if (this.isManagedExternally(account)) {
      throw refuse('managedExternally', { params: { name: account.Name } });
    }
    return account;
  }

  remove(account: A): void {
    this.#standing = this.#standing.filter((other) => other !== account);
  }

  /**
   * @throws BridgeFailure clearTextLoginNotAllowed, notSupportedByArchive, invalidRequest, alreadyLinked, stillLinked
   */
  update(current: A, changes: U, path: string): void {
    const view = this.kind.view(current, this.#facts(current));
    const standing = standingOf(this.snapshot, { kind: this.kind.list, id: current.ID });
    checkSignInChange(view, standing, changes, path);
    checkClearText(view, changes, path);
    requireOptionsSupport(changes, this.snapshot.hasMailBridge);
    const account = this.kind.apply(current, changes, this.snapshot.units);
    this.#standing = this.#standing.map((other) => (other === current ? account : other));
    // An account that already shares its name or mailbox may still be switched off or repaired.
    this.#updated.set(account, identity(account) === identity(current) ? null : path);
  }

  add(account: A, path: string): void {
    this.#added.push({ ...facets(account), path, isNew: true });
  }

  tag(account: A): string {
    return entityTag(this.kind.view(account, this.#facts(account)));
  }

  after(): AccountAfter[] {
    const standing = this.#standing.map((account) => {
      const path = this.#updated.get(account) ?? null;
      return { ...facets(account), path, isNew: false };
    });
    return [...standing, ...this.#added];
  }

  #facts(account: A): AccountFacts {
    const { list } = this.kind;
    return factsOf(this.snapshot, list, account.ID, this.limits[list]);
  }
}

const facets = (account: WireAccount) => ({
  name: account.Name,
  host: account.Host,
  username: account.Username,
  mailbox: 'Mailbox' in account ? account.Mailbox : '',
});

const identity = (account: WireAccount): string => JSON.stringify(facets(account));
