/**
 * Links from their beginning to their use: begun at the archive, followed there, used by one save and by none that
 * failed, and given back when nobody uses them in time.
 */
import { newTicket } from '../../platform/ids.js';
import type { ArchiveAccess } from '../archive-access.js';
import { sameName, isEmailAddress } from '../accounts/fields.js';
import { BridgeFailure, refuse } from '../failure.js';
import type {
  AccountRef,
  KnownLinks,
  LinkFailure,
  LinkRecord,
  LinkSession,
  StepRef,
} from './link.js';
import { LinkLedger, type LedgerDependencies } from './link-ledger.js';
import type { LinkPort, LinkWish, TouchedLinks } from './link-port.js';
import {
  dropSignIn,
  signInProgress,
  startSignIn,
  type SignInProgress,
  type SignInRequest,
} from './sign-in.js';

/** How long a person may take in a browser. */
const LIFETIME_MS = 30 * 60_000;

export interface LinkDependencies extends LedgerDependencies {
  readonly access: ArchiveAccess;
  /** Where browsers reach the bridge. */
  readonly publicUrl: () => string;
}

export interface LinkRequest extends Omit<SignInRequest, 'redirectUrl'> {
  readonly returnUrl: string | null;
  readonly knownError: string;
}

export class Links implements LinkPort {
  readonly #ledger: LinkLedger;
  readonly #open = new Set<string>();

  constructor(private readonly dependencies: LinkDependencies) {
    this.#ledger = new LinkLedger(dependencies);
  }

  /** Ids of links that are not over: pending, or finished and not used yet. */
  get open(): readonly string[] {
    return [...this.#open];
  }

  /** After a start: what was open is open again, and what saves did meanwhile is noted. */
  async resume(): Promise<void> {
    const { store } = this.dependencies;
    for (const linkId of await store.sessionIds()) {
      const session = await store.session(linkId);
      if (session !== null && !isOver(session)) this.#open.add(linkId);
    }
    await this.settleAll();
  }

  /** @throws BridgeFailure, MailFailure, ArchiveFailure as startSignIn */
  async start(request: LinkRequest): Promise<LinkSession> {
    const { access, clock, publicUrl, store } = this.dependencies;
    const { target, flow, returnUrl, knownError } = request;
    const id = newTicket();
    const redirectUrl = `${publicUrl().replace(/\/+$/, '')}/oauth/return/${id}`;
    const started = await startSignIn(access, { ...request, redirectUrl });
    const expiresAt = started.expiresAt ?? new Date(clock.now().getTime() + LIFETIME_MS);
    const session: LinkSession = {
      ...started,
      id,
      target,
      flow,
      returnUrl,
      knownError,
      expiresAt: expiresAt.toISOString(),
      state: 'pending',
      reference: '',
      signedInAs: '',
      failure: null,
      claim: null,
      used: false,
    };
    await store.putSession(session);
    this.#open.add(id);
    await this.#ledger.noteAttempt(session);
    const isForNobody = started.url === '' && started.userCode === '';
    return isForNobody ? ((await this.refresh(id)) ?? session) : session;
  }

  /** As it is kept, with what the save that claimed it has done; null: unknown, or long over. */
  async session(linkId: string): Promise<LinkSession | null> {
    const session = await this.dependencies.store.session(linkId);
    if (session === null || session.claim === null || session.used) return session;
    return this.#settleUse(linkId);
  }

  /**
   * Asks the archive how far it is.
   * @throws ArchiveFailure, BridgeFailure when it cannot be asked
   */
  async refresh(linkId: string): Promise<LinkSession | null> {
    if ((await this.session(linkId)) === null) return null;
    return this.#ledger.exclusively(linkId, async (session) => {
      if (session === null || session.claim !== null || isOver(session)) return session;
      if (this.#hasExpired(session)) return this.#expire(session);
      if (session.state !== 'pending') return session;
      const { access } = this.dependencies;
      return this.#advance(session, await signInProgress(access, session.handle, session.target));
    });
  }

  /**
   * Forgets a link that no account uses, at the archive too.
   * @throws BridgeFailure operationUnfinished while a save has it
   */
  async discard(linkId: string): Promise<void> {
    const session = await this.session(linkId);
    if (session === null || session.used) return;
    if (session.claim !== null) throw stillOpen(session.claim);
    await this.#ledger.exclusively(linkId, async () => {
      await dropSignIn(this.dependencies.access, session.handle);
      await this.dependencies.store.removeSession(linkId);
      this.#open.delete(linkId);
    });
    await this.#ledger.changeAttempt(session, () => null);
  }

  /** A finished link that cannot be written to its account: nobody gets it. */
  fail(linkId: string, failure: LinkFailure): Promise<LinkSession | null> {
    return this.#ledger.exclusively(linkId, async (session) => {
      if (session === null || session.used || session.claim !== null) return session;
      await dropSignIn(this.dependencies.access, session.handle);
      return this.#end(session, { state: 'failed', failure, signedInAs: session.signedInAs });
    });
  }

  known(): Promise<KnownLinks> {
    return this.dependencies.store.known();
  }

  record(account: AccountRef): Promise<LinkRecord> {
    return this.dependencies.store.record(account);
  }

  async credentialFor(linkId: string, wish: LinkWish, field: string): Promise<string> {
    const session = await this.refresh(linkId);
    if (session === null) throw refuse('linkExpired', { field });
    if (!isMeantFor(session, wish)) throw refuse('linkForOtherAccount', { field });
    if (session.used) throw refuse('linkUsed', { field });
    if (session.claim !== null) throw stillOpen(session.claim);
    if (session.state === 'finished') return session.reference;
    if (isExpiry(session.failure)) throw refuse('linkExpired', { field });
    throw new BridgeFailure('linkNotFinished', {
      disposition: 'actionRequired',
      origin: 'caller',
      field,
    });
  }

  begin(operationId: string, touched: TouchedLinks): Promise<void> {
    return this.#ledger.begin(operationId, touched);
  }

  async settle({ uses, ends }: TouchedLinks): Promise<void> {
    for (const { linkId } of uses) await this.#settleUse(linkId);
    for (const { account } of ends) await this.#settleEnd(account);
  }

  async settleAll(): Promise<void> {
    for (const linkId of this.#open) await this.session(linkId);
    for (const [key, { leaving }] of (await this.known()).records)
      if (leaving !== null) await this.#settleEnd(refOf(key));
  }

  async #settleUse(linkId: string): Promise<LinkSession | null> {
    const { session, leftOver } = await this.#ledger.settleUse(linkId);
    if (session?.used === true) this.#open.delete(linkId);
    await this.#discardLeftOver(leftOver);
    return session;
  }

  async #settleEnd(account: AccountRef): Promise<void> {
    await this.#discardLeftOver(await this.#ledger.settleEnd(account));
  }

  /** A link whose save is still open is left to it. */
  async #discardLeftOver(linkId: string | null): Promise<void> {
    if (linkId === null) return;
    const session = await this.session(linkId);
    if (session?.claim === null) await this.discard(linkId);
  }

  #hasExpired({ expiresAt }: LinkSession): boolean {
    return Date.parse(expiresAt) <= this.dependencies.clock.now().getTime();
  }

  async #expire(session: LinkSession): Promise<LinkSession> {
    await dropSignIn(this.dependencies.access, session.handle);
    const code = session.flow === 'device' ? 'deviceCodeExpired' : 'codeExpired';
    return this.#end(session, { state: 'failed', failure: { code, params: {} }, signedInAs: '' });
  }

  async #advance(session: LinkSession, progress: SignInProgress): Promise<LinkSession> {
    if (progress.state === 'failed' || progress.state === 'consentGranted')
      return this.#end(session, progress);
    const advanced: LinkSession = { ...session, failure: null, ...progress };
    const isSame = JSON.stringify(advanced) === JSON.stringify(session);
    if (!isSame) await this.dependencies.store.putSession(advanced);
    return advanced;
  }

  async #end(
    session: LinkSession,
    { state, failure, signedInAs }: Extract<SignInProgress, { state: 'failed' | 'consentGranted' }>,
  ): Promise<LinkSession> {
    const ended: LinkSession = { ...session, state, failure, signedInAs, reference: '' };
    await this.dependencies.store.putSession(ended);
    this.#open.delete(session.id);
    await this.#ledger.changeAttempt(session, (attempt) => ({ ...attempt, state, failure }));
    return ended;
  }
}

/** Nothing will come of it any more, or has come already. */
const isOver = ({ state, used }: LinkSession): boolean =>
  used || state === 'failed' || state === 'consentGranted';

const isExpiry = (failure: LinkFailure | null): boolean =>
  failure?.code === 'codeExpired' || failure?.code === 'deviceCodeExpired';

function refOf(key: string): AccountRef {
  const [kind, id] = key.split('/');
  return { kind: kind === 'smtp' ? 'smtp' : 'incoming', id: Number(id) };
}

/** Same kind, server and mailbox. Whether a user name that is no address goes with it, the archive knows. */
function isMeantFor({ target }: LinkSession, wish: LinkWish): boolean {
  const isSameAccount = target.accountId === null || target.accountId === wish.accountId;
  if (!isSameAccount || target.kind !== wish.kind || !sameName(target.host, wish.host))
    return false;
  const addresses = [wish.username, wish.emailAddress ?? ''].filter((one) =>
    isEmailAddress(one.trim()),
  );
  const isOfTarget = (address: string): boolean =>
    sameName(address, target.address) || sameName(address, target.delegate);
  return addresses.length === 0 || addresses.some(isOfTarget);
}

const stillOpen = ({ operationId }: StepRef): BridgeFailure =>
  new BridgeFailure('operationUnfinished', {
    disposition: 'transient',
    origin: 'archive',
    params: { operationId },
  });
