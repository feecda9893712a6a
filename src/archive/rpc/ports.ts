/** What the RPC services need from the parts of the archive that move mail. */
import type { AccountTable } from '../store/admin-schema.js';
import type {
  MailFolder,
  OutboxItem,
  Completeness,
  DeletionPreview,
  Filter,
  MailFlow,
  MailOptions,
  PersonItems,
  QuarantineItem,
  RetentionEntry,
  RoundTrip,
  SenderCheck,
  VariableItem,
} from '../../greyhound/index.js';
import type { DiskSpace } from '../../platform/disk-space.js';
import type { Caller } from './handlers.js';
import type { DeletionSettings } from '../retrieval/deletion-policy.js';

/** What the archive's files take, and what room the disk under them has; null where it does not tell. */
export type StorageUse = () => Promise<{
  readonly usedBytes: number;
  readonly disk: DiskSpace | null;
}>;

/** How long mails are kept; see retention/. */
export interface RetentionControl {
  setHold(
    given: { readonly ID: number; readonly Value: boolean; readonly Reason: string },
    caller: Caller,
  ): Promise<void>;
  heldAmong(realmId: number, itemIds: readonly number[]): Promise<number[]>;
  apply(realmId: number): Promise<number>;
  countDue(realmId: number, accountId: number, keepDays: number): Promise<number>;
  log(realmId: number, limit: number): Promise<RetentionEntry[]>;
}

/** All mails of an e-mail address; see retention/. */
export interface PersonControl {
  find(realmId: number, address: string): Promise<PersonItems>;
  delete(
    given: { readonly Address: string; readonly Digest: string; readonly Reason: string },
    caller: Caller,
  ): Promise<number>;
}

/** Waiting mail of one account: in quarantine (incoming) or in the outbox (SMTP). */
export interface WaitingMail {
  readonly kind: AccountTable['kind'];
  readonly id: number;
  readonly count: number;
  /** Null when none waits. */
  readonly oldest: Date | null;
}

export interface TrafficStatus {
  /** Accounts with nothing waiting may be left out. */
  waiting(realmId: number): Promise<readonly WaitingMail[]>;
  /** Fetches and sends now for the accounts of this realm; does not wait for the end. */
  sendAndReceiveNow(realmId: number): void;
}

export interface Quarantine {
  list(realmId: number): Promise<QuarantineItem[]>;
  /** Forgets the failed tries. @throws RpcError notFound */
  retry(realmId: number, id: number): Promise<void>;
}

/** What is on the servers, compared with what is stored. */
export interface MailboxProof {
  /** Every incoming account, as of its last session. */
  list(realmId: number): Promise<Completeness[]>;
  /** Asks the server now. @throws RpcError notFound, or checkFailed when it cannot be asked */
  check(realmId: number, accountId: number): Promise<Completeness>;
  /** Asks the server now. @throws as `check` */
  deletionPreview(
    realmId: number,
    accountId: number,
    settings: DeletionSettings,
    limit: number,
  ): Promise<DeletionPreview>;
}

export interface FolderList {
  /** @throws RpcError notFound, invalidValue for an account without IMAP, checkFailed */
  list(realmId: number, accountId: number): Promise<MailFolder[]>;
}

/** Old mail. */
export interface EarlierItems {
  /** Which of these items lay in their mailbox before its account was first fetched. */
  among(realmId: number, itemIds: readonly number[]): Promise<number[]>;
}

/** Mails on their way out. */
export interface OutboxControl {
  list(realmId: number): Promise<OutboxItem[]>;
  /** @throws RpcError notFound, notLocked, lockedByOther, inUse, invalidValue, noAccountForSender */
  releaseAt(id: number, state: number, at: Date, caller: Caller): Promise<void>;
}

export interface MailOptionsStore {
  get(realmId: number): Promise<MailOptions>;
  /** @throws RpcError invalidValue */
  put(realmId: number, options: MailOptions): Promise<void>;
}

export interface FlowControl {
  flow(realmId: number): Promise<MailFlow>;
  arm(): Promise<void>;
}

export interface DoubtResolver {
  /** @param resolution InDoubtResolution. @throws RpcError notFound, or invalidValue for a mail that is not in doubt */
  resolve(realmId: number, itemId: number, resolution: number, byUserId: number): Promise<void>;
}

/** What is tried with an SMTP account beyond signing in. */
export interface SubmissionTrial {
  /** @throws RpcError notFound, invalidValue, or checkFailed when the server cannot be asked */
  senders(realmId: number, smtpId: number, senders: readonly string[]): Promise<SenderCheck[]>;
  /** @throws RpcError notFound, invalidValue */
  roundTrip(
    realmId: number,
    between: { readonly pop3Id: number; readonly smtpId: number; readonly address: string },
  ): Promise<RoundTrip>;
}

export interface RuleRunner {
  /** @throws RpcError notFound, or invalidValue for a rule that is not compiled */
  runOnItems(realmId: number, ruleId: number, itemIds: readonly number[]): Promise<void>;
}

export interface TriggeredRules extends RuleRunner {
  /** Runs the active rules with that trigger, in their order. @param trigger ordinal of RuleTrigger */
  trigger(realmId: number, trigger: number, itemIds: readonly number[]): Promise<void>;
}

export interface ItemLabels {
  /** Whether any item of the realm has this label or handler, also in the bin. */
  areLabelled(realmId: number, kind: 'topic' | 'color' | 'user', id: number): Promise<boolean>;
}

export interface ItemVariables {
  /** What an item offers to texts. @throws RpcError notFound */
  variables(realmId: number, itemId: number): Promise<VariableItem[]>;
}

export interface ItemQuery {
  idsOfFilter(realmId: number, filter: Filter): Promise<number[]>;
}

export interface ScriptCompiler {
  compile(source: string): { readonly ok: true } | { readonly ok: false; readonly message: string };
}
