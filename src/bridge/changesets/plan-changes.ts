/**
 * A save as a plan: what must hold afterwards is checked, then every change becomes steps. Pure.
 *
 * Order: locks and everything that is created first, as both can be taken back, then verification; then what cannot be
 * taken back: deletions, updates, activation. In effect the deletions come first (SAL-35): they free their places and
 * names, and a new account stays inactive until they are done.
 */
import type { Pop3Account, SmtpAccount } from '../../greyhound/index.js';
import { checkIncomingAfter, checkSmtpAfter, fieldAt } from '../accounts/account-rules.js';
import { isRealPassword, sameName } from '../accounts/fields.js';
import type {
  IncomingAccountCreate,
  IncomingAccountUpdate,
  SmtpAccountCreate,
  SmtpAccountUpdate,
  SmtpForIncoming,
} from '../accounts/schemas.js';
import { requireOptionsSupport } from '../accounts/wire.js';
import { refuse } from '../failure.js';
import { groupTag } from '../groups/group-tag.js';
import { isLinked } from '../oauth/link-state.js';
import {
  accountSteps,
  planActivation,
  PlanBuilder,
  planProvisioning,
  planVerification,
  VERIFY,
} from '../provisioning/plan.js';
import { standingOf, type ArchiveSnapshot } from '../provisioning/snapshot.js';
import type { DeleteStep, LockStep, Plan, UpdateStep } from '../provisioning/steps.js';
import type { Limits } from '../provisioning/verify.js';
import {
  submissionSignIn,
  wantedFor,
  wantedSmtp,
  type WantedProvisioning,
} from '../provisioning/wanted.js';
import { AccountBook, incomingKind, smtpKind } from './account-book.js';
import type { Changes, ListName } from './schemas.js';
import { checkClearText, checkNewSignIn } from './sign-in-rules.js';

export interface SaveRequest {
  readonly changes: Changes;
  /** Whether the caller proved that it knows the present state; then it is compared again under the lock. */
  readonly guarded: boolean;
  /** Where a change stands in the request; '' when the request is that change alone. */
  readonly path: (list: ListName, action: 'create' | 'update' | 'delete', index: number) => string;
}

/** For changesets: `incomingAccounts.create.0`. */
export const changesetPath: SaveRequest['path'] = (list, action, index) =>
  `${list}.${action}.${String(index)}`;

/** Begins the ids of the steps of a new incoming account. */
export const createKey = (creates: readonly unknown[], index: number): string =>
  creates.length === 1 ? '' : `${String(index)}.`;

export const smtpCreateStep = (index: number): string => `smtp${String(index)}`;

export const updateStep = (element: UpdateStep['element'], id: number): string =>
  `update.${element}.${String(id)}`;

type Incoming = AccountBook<Pop3Account, IncomingAccountUpdate>;
type Smtp = AccountBook<SmtpAccount, SmtpAccountUpdate>;

class ChangePlanner {
  readonly #plan = new PlanBuilder();
  readonly #incoming: Incoming;
  readonly #smtp: Smtp;
  readonly #locks: LockStep[] = [];
  readonly #deletions: Omit<DeleteStep, 'dependsOn'>[] = [];
  readonly #updates: Omit<UpdateStep, 'dependsOn'>[] = [];
  readonly #activate: string[] = [];

  constructor(
    private readonly request: SaveRequest,
    private readonly present: ArchiveSnapshot,
    private readonly limits: Limits,
  ) {
    this.#incoming = new AccountBook(incomingKind, present, present.incoming, limits);
    this.#smtp = new AccountBook(smtpKind, present, present.smtp, limits);
  }

  build(): Plan {
    const { incomingAccounts, smtpAccounts, groups } = this.request.changes;
    const pathOf = this.request.path;
    for (const [index, id] of incomingAccounts.delete.entries()) {
      this.#deleteIncoming(id, pathOf('incomingAccounts', 'delete', index));
    }
    for (const [index, id] of smtpAccounts.delete.entries()) {
      // It may already go along with the incoming account of its name.
      if (this.#smtp.isDeleted(id)) continue;
      this.#delete(this.#smtp, this.#smtp.take(id, pathOf('smtpAccounts', 'delete', index)));
    }
    for (const [index, { id, ...changes }] of incomingAccounts.update.entries()) {
      const path = pathOf('incomingAccounts', 'update', index);
      const step = this.#update(this.#incoming, id, changes, path);
      this.#plan.inputs.incomingUpdates.set(step, changes);
    }
    for (const [index, { id, ...changes }] of smtpAccounts.update.entries()) {
      const path = pathOf('smtpAccounts', 'update', index);
      const step = this.#update(this.#smtp, id, changes, path);
      this.#plan.inputs.smtpUpdates.set(step, changes);
    }
    for (const [index, { id, email }] of groups.update.entries()) {
      this.#updateGroup(id, email, pathOf('groups', 'update', index));
    }
    const wanted = incomingAccounts.create.map((create, index) => {
      const key = createKey(incomingAccounts.create, index);
      return this.#wantIncoming(key, create, pathOf('incomingAccounts', 'create', index));
    });
    // A name that is taken is told as such, not as its group that exists.
    checkIncomingAfter(this.#incoming.after(), this.limits);
    for (const [index, account] of wanted.entries()) {
      this.#createIncoming(account, pathOf('incomingAccounts', 'create', index));
    }
    for (const [index, create] of smtpAccounts.create.entries()) {
      const path = pathOf('smtpAccounts', 'create', index);
      this.#createSmtp(smtpCreateStep(index), create, path);
    }
    return this.#end();
  }

  #deleteIncoming(id: number, path: string): void {
    const account = this.#incoming.take(id, path);
    this.#delete(this.#incoming, account);
    // The SMTP account of the same name goes along, whoever made it (SAL-31, SAL-36).
    for (const smtp of this.#smtp.standing.filter(({ Name }) => sameName(Name, account.Name))) {
      if (this.#smtp.isManagedExternally(smtp)) {
        const name = smtp.Name;
        this.#plan.warnings.push({ code: 'smtpManagedExternally', element: 'smtpAccount', name });
      } else this.#delete(this.#smtp, smtp);
    }
  }

  #delete<A extends Pop3Account | SmtpAccount>(
    book: AccountBook<A, IncomingAccountUpdate & SmtpAccountUpdate>,
    account: A,
  ): void {
    const { element } = book.kind;
    this.#lock(element, account, book.tag(account));
    book.remove(account);
    const id = `delete.${element}.${String(account.ID)}`;
    const { Name: name, ID: existingId } = account;
    this.#deletions.push({ id, action: 'delete', element, name, existingId });
  }

  #update<A extends Pop3Account | SmtpAccount, U extends IncomingAccountUpdate | SmtpAccountUpdate>(
    book: AccountBook<A, U>,
    id: number,
    changes: U,
    path: string,
  ): string {
    const account = book.take(id, path);
    const { element } = book.kind;
    this.#lock(element, account, book.tag(account));
    book.update(account, changes, path);
    const step = updateStep(element, id);
    this.#plan.places.set(step, path);
    this.#updates.push({
      id: step,
      action: 'update',
      element,
      name: account.Name,
      existingId: id,
    });
    return step;
  }

  #updateGroup(id: number, email: string, path: string): void {
    const group = this.present.groups.find(({ ID }) => ID === id);
    const field = fieldAt(path, 'id');
    if (group === undefined) throw refuse('notFound', { field });
    if (this.#updates.some((step) => step.element === 'group' && step.existingId === id)) {
      throw refuse('invalidRequest', { field });
    }
    this.#lock('group', group, groupTag(group));
    const step = updateStep('group', id);
    const name = group.Name;
    this.#updates.push({ id: step, action: 'update', element: 'group', name, existingId: id });
    this.#plan.inputs.groupAddresses.set(step, email);
  }

  #lock(
    element: LockStep['element'],
    { ID: existingId, Name: name }: { readonly ID: number; readonly Name: string },
    tag: string,
  ): void {
    const id = `lock.${element}.${String(existingId)}`;
    const expectedTag = this.request.guarded ? tag : null;
    this.#locks.push({
      id,
      action: 'lock',
      element,
      name,
      existingId,
      expectedTag,
      dependsOn: [],
    });
  }

  /** What the accounts are after deletions and updates of the same save. */
  #presentAfter(): ArchiveSnapshot {
    const [incoming, smtp] = [this.#incoming.standing, this.#smtp.standing];
    return { ...this.present, incoming, smtp };
  }

  #wantIncoming(key: string, create: IncomingAccountCreate, path: string): WantedProvisioning {
    this.#checkNew(create, path, false);
    if (create.smtp) this.#checkSubmission(create, create.smtp, fieldAt(path, 'smtp'));
    const wanted = wantedFor(key, create, this.#presentAfter());
    const [incomingStep, smtpStep] = accountSteps(key);
    this.#plan.places.set(incomingStep, path).set(smtpStep, fieldAt(path, 'smtp'));
    if ('account' in wanted.incoming) this.#incoming.add(wanted.incoming.account, path);
    return wanted;
  }

  #createIncoming(wanted: WantedProvisioning, path: string): void {
    planProvisioning(this.#plan, wanted, this.#presentAfter());
    const [incomingStep, smtpStep] = accountSteps(wanted.key);
    const isNewSmtp = this.#plan.steps.some(
      ({ id, action }) => id === smtpStep && action === 'create',
    );
    if (isNewSmtp && 'account' in wanted.smtp) this.#smtp.add(wanted.smtp.account, path);
    if (wanted.active) this.#activate.push(incomingStep, smtpStep);
  }

  /** An SMTP account that goes with an incoming one signs in as that one does, unless it says otherwise. */
  #checkSubmission(create: IncomingAccountCreate, smtp: SmtpForIncoming, path: string): void {
    const authentication = submissionSignIn(create, smtp);
    const isOAuth2 = create.authentication === 'oauth2';
    checkClearText(null, { ...smtp, authentication }, path);
    // the password of the incoming account serves both, its link too
    const isShared = authentication === 'password' && !isOAuth2 && !isRealPassword(smtp.password);
    const password = isShared ? create.password : smtp.password;
    checkNewSignIn({ ...smtp, authentication, password, active: create.active }, path, isOAuth2);
    requireOptionsSupport(smtp, this.present.hasMailBridge);
  }

  /** An SMTP account alone creates nothing else (SAL-106). */
  #createSmtp(id: string, create: SmtpAccountCreate, path: string): void {
    this.#checkNew(create, path, this.#hasLinkedPartner(create.name));
    this.#plan.places.set(id, path);
    const { account, options } = wantedSmtp(create, this.present.units);
    this.#smtp.add(account, path);
    const { Name: name, Host: host, Username: username } = account;
    this.#plan.inputs.smtp.set(id, account);
    this.#plan.add({
      id,
      element: 'smtpAccount',
      action: 'create',
      existingId: null,
      name,
      host,
      username,
      dependsOn: [],
    });
    this.#plan.addOptions('smtpAccount', id, name, options);
    if (create.active === true) this.#activate.push(id);
  }

  #checkNew(
    create: IncomingAccountCreate | SmtpAccountCreate,
    path: string,
    usesLink: boolean,
  ): void {
    checkClearText(null, create, path);
    checkNewSignIn(create, path, usesLink);
    requireOptionsSupport(create, this.present.hasMailBridge);
  }

  /** Whether the archive lets an SMTP account of this name sign in by the link of an incoming one (SAL-112). */
  #hasLinkedPartner(name: string): boolean {
    if (!this.present.hasMailBridge) return false;
    return this.present.incoming.some(
      (account) =>
        sameName(account.Name, name) &&
        isLinked(standingOf(this.present, { kind: 'incoming', id: account.ID }).state),
    );
  }

  #end(): Plan {
    const plan = this.#plan;
    checkSmtpAfter(this.#smtp.after(), this.limits);
    for (const lock of this.#locks) plan.add(lock);
    planVerification(plan);
    const prepared = plan.steps.map(({ id }) => id);
    const verified = prepared.includes(VERIFY) ? [VERIFY] : prepared;
    const deletions = this.#deletions.map(({ id }) => id);
    for (const step of this.#deletions) plan.add({ ...step, dependsOn: verified });
    for (const step of this.#updates) {
      plan.add({ ...step, dependsOn: [...verified, ...deletions] });
    }
    const changed = [...deletions, ...this.#updates.map(({ id }) => id)];
    planActivation(plan, this.#activate, [...verified, ...changed]);
    return plan;
  }
}

/** @throws BridgeFailure for whatever stands against the save; then nothing has been changed */
export const planChanges = (request: SaveRequest, present: ArchiveSnapshot, limits: Limits): Plan =>
  new ChangePlanner(request, present, limits).build();
