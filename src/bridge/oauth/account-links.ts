/**
 * Linking accounts that stand. What a finished link means for its account is a save like every other one: under the
 * lock, journalled, and at most once however many ask for it.
 */
import type { Logger } from '../../platform/log.js';
import type { ArchiveAccess } from '../archive-access.js';
import { archiveFaultMeaning } from '../archive-faults.js';
import { isEmailAddress } from '../accounts/fields.js';
import { sendersFromWire } from '../accounts/smtp-wire.js';
import { noChanges } from '../changesets/schemas.js';
import type { Save, Saving } from '../changesets/save.js';
import { BridgeFailure, refuse } from '../failure.js';
import { ArchiveFailure, type Pop3Account, type SmtpAccount } from '../../greyhound/index.js';
import { MailFailure } from '../../mail/errors.js';
import { Failure } from '../../platform/failure.js';
import { ProcessLock } from '../provisioning/installation-lock.js';
import { mailboxAddress } from '../provisioning/mailbox-address.js';
import {
  readAccounts,
  standingOf,
  toldLink,
  usesOAuth2,
  type AccountSnapshot,
} from '../provisioning/snapshot.js';
import type { Language } from '../texts/index.js';
import { accountKey, type AccountRef, type LinkFlow, type LinkSession } from './link.js';
import { errorMark, isLinked, type LinkStanding } from './link-state.js';
import type { Links } from './links.js';

export interface AccountLinkDependencies {
  readonly access: ArchiveAccess;
  readonly links: Links;
  readonly saving: Saving;
  readonly installationId: string;
  readonly logger: Logger;
}

export interface AccountLinkRequest {
  readonly flow: LinkFlow;
  readonly provider: string;
  readonly delegate: string;
  readonly returnUrl: string | null;
  readonly language: Language;
}

/** How an account's link stands, with the try that is under way. */
export interface AccountLink extends LinkStanding {
  readonly provider: string;
  readonly signedInAs: string;
  readonly session: LinkSession | null;
}

export class AccountLinks {
  readonly #starting = new ProcessLock();
  readonly #completing = new Map<string, Promise<LinkSession | null>>();

  constructor(private readonly dependencies: AccountLinkDependencies) {}

  /**
   * Begins to link the account; a link that was begun before is given up.
   * @throws BridgeFailure notFound, alreadyLinked, and what would stand against the save at the end: managedExternally,
   *   clearTextLoginNotAllowed; what startSignIn throws
   */
  start(ref: AccountRef, request: AccountLinkRequest): Promise<LinkSession> {
    return this.#starting.run(accountKey(ref), async () => {
      const { links } = this.dependencies;
      const present = await this.#read();
      const account = accountIn(present, ref);
      const { state, via } = standingOf(present, ref);
      if (isLinked(state) && via === null) throw alreadyLinked();
      await this.dependencies.saving.dryRun(this.#save(ref, { authentication: 'oauth2' }));
      const { attempt } = await links.record(ref);
      if (attempt !== null) await links.discard(attempt.linkId);
      const { delegate, ...others } = request;
      const address = await this.#addressOf(account);
      const target = { kind: ref.kind, accountId: ref.id, host: account.Host, address, delegate };
      const session = await links.start({ ...others, target, knownError: errorMark(account) });
      return isToBeWritten(session) ? ((await this.look(session.id)) ?? session) : session;
    });
  }

  /**
   * The link as it is now: asks the archive, and writes a finished one to its account.
   * @returns null for an unknown one
   * @throws ArchiveFailure, BridgeFailure when the archive cannot be asked, or not be written to just now
   */
  async look(linkId: string): Promise<LinkSession | null> {
    const session = await this.dependencies.links.refresh(linkId);
    if (session === null || !isToBeWritten(session)) return session;
    const running = this.#completing.get(linkId);
    if (running !== undefined) return running;
    const completing = this.#complete(session).finally(() => this.#completing.delete(linkId));
    this.#completing.set(linkId, completing);
    return completing;
  }

  /** Looks at every link that is not over; what cannot be asked now is asked the next time. */
  async lookAtAll(): Promise<void> {
    const { links, logger } = this.dependencies;
    for (const linkId of links.open)
      try {
        await this.look(linkId);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        logger.warn({ code: error.code as string }, 'a link could not be completed yet');
      }
  }

  /** @throws BridgeFailure notFound; as look */
  async standing(ref: AccountRef): Promise<AccountLink> {
    const { attempt } = await this.dependencies.links.record(ref);
    if (attempt?.state === 'pending') await this.look(attempt.linkId);
    return this.#standing(ref);
  }

  /**
   * Ends the link; everything else of the account stays. Harmless when there is none.
   * @throws BridgeFailure notFound, managedExternally; ArchiveFailure
   */
  async unlink(ref: AccountRef): Promise<AccountLink> {
    const { links, saving } = this.dependencies;
    const present = await this.#read();
    const account = accountIn(present, ref);
    const { attempt } = await links.record(ref);
    if (attempt !== null) await links.discard(attempt.linkId);
    const { state, via } = standingOf(present, ref);
    const isHeld = (isLinked(state) || state === 'expired') && via === null;
    // without RpcMailBridge nobody knows what was linked elsewhere
    const isUnknown = !present.hasMailBridge && !present.links.records.has(accountKey(ref));
    const mayBeHeld = isUnknown && usesOAuth2(ref.kind, account);
    if (isHeld || mayBeHeld) await saving.save(this.#save(ref, { unlink: true }));
    return this.#standing(ref);
  }

  async #standing(ref: AccountRef): Promise<AccountLink> {
    const { links } = this.dependencies;
    const present = await this.#read();
    accountIn(present, ref);
    const standing = standingOf(present, ref);
    const { attempt } = await links.record(ref);
    const session = attempt === null ? null : await links.session(attempt.linkId);
    const { ProviderRef = '', Identity = '' } = toldLink(present, ref) ?? {};
    return { ...standing, provider: ProviderRef, signedInAs: Identity, session };
  }

  #read(): Promise<AccountSnapshot> {
    const { access, links } = this.dependencies;
    return readAccounts(access, links);
  }

  /** The mailbox that is to be linked. */
  async #addressOf(account: Pop3Account | SmtpAccount): Promise<string> {
    const username = account.Username.trim();
    if (isEmailAddress(username)) return username;
    const known =
      'Filter' in account
        ? sendersFromWire(account.Filter).find(isEmailAddress)
        : await mailboxAddress(await this.dependencies.access.client(), account);
    return known ?? username;
  }

  async #complete({ id, target, signedInAs }: LinkSession): Promise<LinkSession | null> {
    const { links, saving } = this.dependencies;
    const ref = { kind: target.kind, id: target.accountId ?? 0 };
    try {
      await saving.save(this.#save(ref, { authentication: 'oauth2', linkId: id }));
    } catch (error) {
      const current = await links.session(id);
      // somebody else, or this process before it died, was faster
      if (current?.used === true) return current;
      if (!isFinal(error)) throw error;
      const params = { ...textsOf(error), signedInAs, expected: target.address };
      return links.fail(id, { code: error.code, params });
    }
    return links.session(id);
  }

  #save({ kind, id }: AccountRef, changed: LinkChange): Save {
    const list = kind === 'incoming' ? 'incomingAccounts' : 'smtpAccounts';
    return {
      installationId: this.dependencies.installationId,
      changes: { ...noChanges, [list]: { ...noChanges[list], update: [{ id, ...changed }] } },
      guard: null,
      path: () => '',
    };
  }
}

interface LinkChange {
  readonly authentication?: 'oauth2';
  readonly linkId?: string;
  readonly unlink?: true;
}

/** Signed in, and its account does not have it yet. */
const isToBeWritten = ({ state, used, claim, target }: LinkSession): boolean =>
  state === 'finished' && !used && claim === null && target.accountId !== null;

const alreadyLinked = (): BridgeFailure =>
  new BridgeFailure('alreadyLinked', { disposition: 'actionRequired', origin: 'caller' });

/** @throws BridgeFailure notFound */
function accountIn(present: AccountSnapshot, { kind, id }: AccountRef): Pop3Account | SmtpAccount {
  const list: readonly (Pop3Account | SmtpAccount)[] = present[kind];
  const account = list.find(({ ID }) => ID === id);
  if (account === undefined) throw refuse('notFound');
  return account;
}

/** Whether trying again cannot help. An account that somebody else edits just now is not refused for good. */
function isFinal(error: unknown): error is BridgeFailure | ArchiveFailure | MailFailure {
  if (error instanceof ArchiveFailure) {
    const { disposition } = archiveFaultMeaning(error) ?? error;
    return disposition !== 'transient' && !error.method.endsWith('.Lock');
  }
  const isOurs = error instanceof BridgeFailure || error instanceof MailFailure;
  return isOurs && error.disposition !== 'transient';
}

const textsOf = ({ params }: Failure): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
