/** RpcMailBridge: what the documented contract lacks. */
import {
  AccountKind,
  RpcAccountStatus,
  RpcOAuth2Link,
  type RpcMailBridge,
} from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import { requireOwnAccount } from '../accounts/account-handlers.js';
import type { AccountKind as Kind, AccountStore } from '../accounts/account-store.js';
import { validateOptions } from '../accounts/account-validation.js';
import type { ConnectionTest } from '../accounts/connection-test.js';
import { oauth2Handlers } from '../oauth/handlers.js';
import type { OAuth } from '../oauth/index.js';
import { invalid } from '../objects/validation.js';
import type { Handlers } from './handlers.js';
import type { LockTable } from './locks.js';
import type {
  DoubtResolver,
  EarlierItems,
  FlowControl,
  FolderList,
  OutboxControl,
  MailboxProof,
  MailOptionsStore,
  Quarantine,
  PersonControl,
  RetentionControl,
  SubmissionTrial,
  TrafficStatus,
} from './ports.js';

const ordinals: Readonly<Record<Kind, number>> = {
  pop3: AccountKind.akPop3,
  smtp: AccountKind.akSmtp,
};

function kindOf(ordinal: number): Kind {
  if (ordinal === AccountKind.akPop3) return 'pop3';
  if (ordinal === AccountKind.akSmtp) return 'smtp';
  throw invalid('Kind', 'must be 0 (incoming) or 1 (SMTP)');
}

export function mailBridgeHandlers(dependencies: {
  readonly accounts: AccountStore;
  readonly locks: LockTable;
  readonly connectionTest: ConnectionTest;
  readonly traffic: TrafficStatus;
  readonly quarantine: Quarantine;
  readonly proof: MailboxProof;
  readonly outboxControl: OutboxControl;
  readonly folders: FolderList;
  readonly earlierMails: EarlierItems;
  readonly retention: RetentionControl;
  readonly persons: PersonControl;
  readonly mailOptions: MailOptionsStore;
  readonly flow: FlowControl;
  readonly doubts: DoubtResolver;
  readonly submissionTrial: SubmissionTrial;
  readonly oauth: OAuth;
  readonly clock: Clock;
}): Handlers<typeof RpcMailBridge.methods> {
  const { accounts, connectionTest, traffic, quarantine } = dependencies;
  const { proof, mailOptions, flow, doubts, submissionTrial, oauth } = dependencies;
  const { folders, earlierMails, outboxControl, retention, persons } = dependencies;

  const statusList = async (kind: Kind, realmId: number) => {
    const waiting = (await traffic.waiting(realmId)).filter((entry) => entry.kind === kind);
    const links = await oauth.links.describeAll(kind, realmId);
    return (await accounts.statuses(kind, realmId)).map((account) => {
      const mail = waiting.find(({ id }) => id === account.id);
      return RpcAccountStatus.make({
        Kind: ordinals[kind],
        AccountRef: account.id,
        PasswordSet: account.passwordSet,
        LastSignIn: account.lastSignIn,
        LastSuccess: account.lastSuccess,
        LastErrorAt: account.lastErrorAt,
        LastErrorCode: account.lastErrorCode,
        FailedTries: account.failedTries,
        NextTry: account.nextTry,
        SwitchedOffAt: account.switchedOffAt,
        SwitchedOffCode: account.switchedOffCode,
        Waiting: mail?.count ?? 0,
        OldestWaiting: mail?.oldest ?? null,
        Options: account.options,
        OAuth2: links.get(account.id) ?? RpcOAuth2Link.empty(),
      });
    });
  };

  return {
    SetHold: async (given, caller) => {
      await retention.setHold(given, caller);
    },
    GetHeldItems: ({ IDs }, { realmId }) => retention.heldAmong(realmId, IDs),
    CountDueItems: ({ ID, KeepDays }, { realmId }) => retention.countDue(realmId, ID, KeepDays),
    GetPersonItems: ({ Address }, { realmId }) => persons.find(realmId, Address),
    DeletePersonItems: (given, caller) => persons.delete(given, caller),
    ApplyRetention: (_parameters, { realmId }) => retention.apply(realmId),
    GetRetentionLog: ({ Limit }, { realmId }) => retention.log(realmId, Limit),
    GetUnits: () => ({ IntervalSeconds: 1, TimeoutSeconds: 1, DeleteAgeDays: 1 }),
    GetStatusList: async (_parameters, { realmId }) => [
      ...(await statusList('pop3', realmId)),
      ...(await statusList('smtp', realmId)),
    ],
    PutOptions: async ({ Kind, ID, Options }, caller) => {
      const kind = kindOf(Kind);
      await requireOwnAccount(dependencies, kind, ID, caller);
      validateOptions(Options);
      await accounts.putOptions({ kind, realmId: caller.realmId, id: ID }, Options);
    },
    CheckPop3: async ({ ID, Item, Options }, { realmId }) => {
      validateOptions(Options);
      return connectionTest.pop3({ realmId, id: ID, item: Item, options: Options });
    },
    CheckSmtp: async ({ ID, Item, Options }, { realmId }) => {
      validateOptions(Options);
      return connectionTest.smtp({ realmId, id: ID, item: Item, options: Options });
    },
    CheckImap: async ({ ID, Item, Options, Mailbox }, { realmId }) => {
      validateOptions(Options);
      return connectionTest.imap({ realmId, id: ID, item: Item, options: Options }, Mailbox);
    },
    UnlinkOAuth2: async ({ Kind, ID }, caller) => {
      const kind = kindOf(Kind);
      await requireOwnAccount(dependencies, kind, ID, caller);
      await accounts.dropLink({ kind, realmId: caller.realmId, id: ID });
      void oauth.sweep();
    },
    ...oauth2Handlers(dependencies),
    CheckSenders: ({ ID, Senders }, { realmId }) => submissionTrial.senders(realmId, ID, Senders),
    CheckRoundTrip: ({ Pop3Ref, SmtpRef, Address }, { realmId }) =>
      submissionTrial.roundTrip(realmId, { pop3Id: Pop3Ref, smtpId: SmtpRef, address: Address }),
    GetQuarantineList: (_parameters, { realmId }) => quarantine.list(realmId),
    RetryQuarantined: async ({ ID }, { realmId }) => {
      await quarantine.retry(realmId, ID);
    },
    GetFolders: ({ ID }, { realmId }) => folders.list(realmId, ID),
    GetEarlierItems: ({ IDs }, { realmId }) => earlierMails.among(realmId, IDs),
    GetCompletenessList: (_parameters, { realmId }) => proof.list(realmId),
    CheckCompleteness: ({ ID }, { realmId }) => proof.check(realmId, ID),
    GetDeletionPreview: ({ ID, Limit, ...settings }, { realmId }) =>
      proof.deletionPreview(realmId, ID, settings, Limit),
    GetMailOptions: (_parameters, { realmId }) => mailOptions.get(realmId),
    PutMailOptions: async ({ Options }, { realmId }) => {
      await mailOptions.put(realmId, Options);
    },
    GetOutbox: (_parameters, { realmId }) => outboxControl.list(realmId),
    ReleaseAt: async ({ ID, State, SendAt }, caller) => {
      if (SendAt === null) throw invalid('SendAt', 'must be given');
      await outboxControl.releaseAt(ID, State, SendAt, caller);
    },
    GetMailFlow: (_parameters, { realmId }) => flow.flow(realmId),
    Arm: async () => {
      await flow.arm();
    },
    ResolveInDoubt: async ({ ID, Resolution }, { realmId, userId }) => {
      await doubts.resolve(realmId, ID, Resolution, userId);
    },
  };
}
