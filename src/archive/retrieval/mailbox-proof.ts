/**
 * Proof of completeness: what the server lists, compared with what is stored; and what a policy would delete there.
 * The server is asked in a session of its own, in the account's turn, whether the account is active or not.
 */
import type { AccountStore } from '../accounts/account-store.js';
import { checkFailedBy } from '../accounts/connection-test.js';
import {
  RpcDeletionCandidate,
  RpcDeletionPreview,
  type Completeness,
  type DeletionPreview,
} from '../../greyhound/index.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import { RpcError } from '../errors.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';
import { invalid } from '../objects/validation.js';
import type { MailboxProof } from '../rpc/ports.js';
import { completenessOf, type CompletenessRecords } from '../store/completeness-records.js';
import type { EarlierMail, EarlierMails } from '../store/earlier-mails.js';
import {
  HASH_PREFIX,
  isCertain,
  type LedgerEntry,
  type MailLedger,
  type Mailbox,
} from '../store/mail-ledger.js';
import type { MailStore } from '../store/mail-store.js';
import { isToBeDeleted, type DeletionSettings } from './deletion-policy.js';
import { CALL_LIMIT_MS, inTurnWithin } from './in-turn.js';
import { compareMailbox, isIntact, neededHashes, storedOnServer } from './mailbox-comparison.js';
import type { MailboxListing } from './mailbox-listing.js';
import { surveyMailbox } from './mailbox-survey.js';
import type { MailboxScheduler } from './scheduler.js';

const MAX_LISTED = 1000;

export interface ProofDependencies {
  readonly accounts: AccountStore;
  readonly ledger: MailLedger;
  readonly earlierMails: EarlierMails;
  readonly store: MailStore;
  readonly completeness: CompletenessRecords;
  readonly connect: ConnectDependencies;
  readonly credentials: AccountCredentials;
  readonly scheduler: Pick<MailboxScheduler, 'inTurn'>;
}

/** What the server holds now, beside what is stored. */
interface Survey {
  readonly listing: MailboxListing;
  readonly entries: ReadonlyMap<string, LedgerEntry>;
  /** Hashes of stored mails on the server whose bytes were read back and agree. */
  readonly intact: ReadonlySet<string>;
  readonly completeness: Completeness;
}

interface Candidate {
  readonly entry: LedgerEntry;
  readonly sizeBytes: number;
}

export class ServerComparison implements MailboxProof {
  constructor(private readonly dependencies: ProofDependencies) {}

  list(realmId: number): Promise<Completeness[]> {
    return this.dependencies.completeness.list(realmId);
  }

  async check(realmId: number, accountId: number): Promise<Completeness> {
    const { completeness } = await this.#survey({ realmId, accountId }).catch(rejectAsRpcError);
    return completeness;
  }

  /**
   * A server that cannot be asked does not matter while nothing that is stored would be deleted; the completeness is
   * then the one of the last session.
   */
  async deletionPreview(
    realmId: number,
    accountId: number,
    settings: DeletionSettings,
    limit: number,
  ): Promise<DeletionPreview> {
    if (limit < 0 || limit > MAX_LISTED) throw invalid('Limit', `must be 0 to ${MAX_LISTED}`);
    const mailbox = { realmId, accountId };
    const survey = await this.#survey(mailbox).catch(async (error: unknown) => {
      if (!(error instanceof MailFailure)) throw error;
      const { ledger } = this.dependencies;
      const due = this.#due(mayBeOnServer((await ledger.entries(mailbox)).values()), settings);
      return due.length === 0 ? null : rejectAsRpcError(error);
    });
    if (survey !== null) return this.#preview(mailbox, survey, settings, limit);
    const last = (await this.list(realmId)).find(({ AccountRef }) => AccountRef === accountId);
    return RpcDeletionPreview.make({ Completeness: last ?? completenessOf(accountId, null, null) });
  }

  /** @throws RpcError notFound; MailFailure when the server cannot be asked */
  async #survey(mailbox: Mailbox): Promise<Survey> {
    const { accounts, scheduler } = this.dependencies;
    const { realmId, accountId } = mailbox;
    const stored = await accounts.pop3(realmId, accountId);
    if (stored === null) throw new RpcError('notFound', `There is no account ${accountId}.`);
    return inTurnWithin(CALL_LIMIT_MS, scheduler, mailbox, async (signal) =>
      this.#compare(mailbox, await surveyMailbox(stored, this.dependencies, signal)),
    );
  }

  async #compare(mailbox: Mailbox, listing: MailboxListing): Promise<Survey> {
    const { ledger, store, completeness, earlierMails } = this.dependencies;
    const entries = await ledger.entries(mailbox);
    const quarantined = await ledger.quarantined(mailbox);
    const identities = new Map<number, string>();
    const hashes = neededHashes(storedOnServer(listing.mails, { entries, identities }));
    const intact = await store.raw.agreeing(hashes);
    // what only its bytes can tell, the next fetch reads again: so far it is missing
    const certain = new Map([...entries].filter(([, entry]) => isCertain(entry)));
    const earlier = (await earlierMails.of(mailbox)) ?? new Map<string, EarlierMail>();
    const known = { entries: certain, quarantined, identities, earlier };
    const comparison = compareMailbox(listing.mails, known, intact);
    const now = store.clock.now();
    await completeness.record(mailbox, comparison, now);
    const checked = completenessOf(mailbox.accountId, comparison, now);
    return { listing, entries, intact, completeness: checked };
  }

  async #preview(
    mailbox: Mailbox,
    survey: Survey,
    settings: DeletionSettings,
    limit: number,
  ): Promise<DeletionPreview> {
    const candidates = await this.#candidates(survey, settings);
    candidates.sort((one, other) => one.entry.storedAt.getTime() - other.entry.storedAt.getTime());
    const listed = candidates.slice(0, limit);
    const uidls = listed.map(({ entry }) => entry.uidl);
    const items = await this.dependencies.ledger.items(mailbox, uidls);
    return RpcDeletionPreview.make({
      Completeness: survey.completeness,
      Count: candidates.length,
      Size: candidates.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      Mails: listed.map(({ entry, sizeBytes }) =>
        RpcDeletionCandidate.make({
          ItemRef: items.get(entry.uidl)?.id ?? 0,
          Subject: items.get(entry.uidl)?.subject ?? '',
          Size: sizeBytes,
          StoredAt: entry.storedAt,
        }),
      ),
    });
  }

  /**
   * Mails on the server that are stored, with their bytes, and due. Which of the mails without a unique-id, or with new
   * ones for all (UIDVALIDITY), are stored is not known without reading them: as many as could be due count as due.
   */
  async #candidates(
    { listing, entries, intact, completeness }: Survey,
    settings: DeletionSettings,
  ): Promise<Candidate[]> {
    const { raw } = this.dependencies.store;
    const identified = storedOnServer(listing.mails, { entries, identities: new Map() });
    const sizes = new Map(
      identified
        .filter((stored) => isIntact(stored, intact))
        .map(({ mail, entry }) => [entry, mail.sizeBytes]),
    );
    const candidates = this.#due([...sizes.keys()], settings).map((entry) => ({
      entry,
      sizeBytes: sizes.get(entry) ?? 0,
    }));
    const byHash = [...entries.values()].filter(({ uidl }) => uidl.startsWith(HASH_PREFIX));
    const { Unidentified, Missing } = completeness;
    const unread = this.#due(mayBeOnServer(byHash), settings).slice(0, Unidentified);
    const renamed = [...entries.values()].filter(
      ({ uidl }) => !uidl.startsWith(HASH_PREFIX) && !listing.isNamed(uidl),
    );
    const unknown = Unidentified + Missing - unread.length;
    unread.push(...this.#due(renamed, settings).slice(0, unknown));
    for (const entry of unread)
      candidates.push({ entry, sizeBytes: (await raw.sizeOf(entry.rawHash)) ?? 0 });
    return candidates;
  }

  #due(entries: readonly LedgerEntry[], settings: DeletionSettings): LedgerEntry[] {
    const now = this.dependencies.store.clock.now();
    return entries.filter((entry) => isToBeDeleted(entry, settings, now));
  }
}

/** What has no unique-id stays in the ledger once it is deleted. */
const mayBeOnServer = (entries: Iterable<LedgerEntry>): LedgerEntry[] =>
  [...entries].filter(({ uidl, isDeleted }) => !isDeleted || !uidl.startsWith(HASH_PREFIX));

/** @throws always; a mail server's failure as checkFailed */
function rejectAsRpcError(error: unknown): never {
  throw error instanceof MailFailure ? checkFailedBy(error) : error;
}
