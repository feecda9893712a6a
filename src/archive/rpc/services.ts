/** Puts the archive's RPC services together. */
import {
  RpcColors,
  RpcFilters,
  RpcGlobal,
  RpcGroups,
  RpcInfo,
  RpcItems,
  RpcMailBridge,
  RpcPop3Accounts,
  RpcRules,
  RpcSignatures,
  RpcSmtpAccounts,
  RpcTextBlocks,
  RpcTopics,
  RpcUsers,
} from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import { pop3Handlers, smtpHandlers } from '../accounts/account-handlers.js';
import type { AccountStore } from '../accounts/account-store.js';
import { ConnectionTest, type ServerCheck } from '../accounts/connection-test.js';
import { filterHandlers } from '../objects/filters.js';
import { groupHandlers } from '../objects/groups.js';
import { colorHandlers, topicHandlers } from '../objects/labels.js';
import { RuleGlobals } from '../objects/rule-globals.js';
import { ruleHandlers } from '../objects/rules.js';
import { signatureHandlers } from '../objects/signatures.js';
import { textBlockHandlers } from '../objects/text-blocks.js';
import type { ObjectStores } from '../objects/stores.js';
import type { OAuth } from '../oauth/index.js';
import type { ArchiveDatabase } from '../store/database.js';
import type { Handlers } from './handlers.js';
import { infoHandlers } from './info-service.js';
import type { Clients } from './clients.js';
import type { EventQueues } from './events.js';
import type { LockTable } from './locks.js';
import { mailBridgeHandlers } from './mail-bridge-service.js';
import type {
  DoubtResolver,
  EarlierItems,
  FlowControl,
  FolderList,
  OutboxControl,
  ItemLabels,
  ItemQuery,
  ItemVariables,
  MailboxProof,
  MailOptionsStore,
  Quarantine,
  RuleRunner,
  ScriptCompiler,
  SubmissionTrial,
  PersonControl,
  RetentionControl,
  StorageUse,
  TrafficStatus,
} from './ports.js';
import { RealmUsers } from './realm-users.js';
import type { Realms } from './realms.js';
import { bindService, type RpcService } from './rpc-service.js';
import { usersHandlers } from './users-service.js';

export interface AdminDependencies {
  readonly database: ArchiveDatabase;
  readonly clock: Clock;
  readonly realms: Realms;
  readonly clients: Clients;
  readonly locks: LockTable;
  readonly events: EventQueues;
  readonly accounts: AccountStore;
  readonly stores: ObjectStores;
  readonly serverCheck: ServerCheck;
  readonly itemQuery: ItemQuery;
  readonly itemLabels: ItemLabels;
  readonly itemVariables: ItemVariables;
  readonly ruleRunner: RuleRunner;
  readonly scriptCompiler: ScriptCompiler;
  readonly traffic: TrafficStatus;
  readonly storageUse: StorageUse;
  readonly quarantine: Quarantine;
  readonly proof: MailboxProof;
  readonly outboxControl: OutboxControl;
  readonly folders: FolderList;
  readonly earlierMails: EarlierItems;
  readonly mailOptions: MailOptionsStore;
  readonly retention: RetentionControl;
  readonly persons: PersonControl;
  readonly flow: FlowControl;
  readonly doubts: DoubtResolver;
  readonly submissionTrial: SubmissionTrial;
  readonly oauth: OAuth;
}

export interface ServiceDependencies extends AdminDependencies {
  readonly items: Handlers<typeof RpcItems.methods>;
}

export const createServices = (dependencies: ServiceDependencies): RpcService[] => [
  ...createAdminServices(dependencies),
  bindService(RpcItems, dependencies.items),
];

/** Everything but the items. */
export function createAdminServices(dependencies: AdminDependencies): RpcService[] {
  const { database, clock, realms, locks, events, accounts, stores } = dependencies;
  const { links, credentials } = dependencies.oauth;
  const check = dependencies.serverCheck;
  const connectionTest = new ConnectionTest({ accounts, links, credentials, check });
  const forAccounts = { accounts, locks, connectionTest, oauth: dependencies.oauth };
  const forFilters = {
    stores,
    realms,
    locks,
    rules: dependencies.ruleRunner,
    items: dependencies.itemQuery,
  };
  const forUsers = {
    ...dependencies,
    users: new RealmUsers(database, clock, realms),
    items: dependencies.itemLabels,
  };
  const forLabels = { stores, locks, items: dependencies.itemLabels };
  const forTextBlocks = { stores, locks, clock, items: dependencies.itemVariables };
  const forRules = {
    stores,
    locks,
    compiler: dependencies.scriptCompiler,
    globals: new RuleGlobals(database),
  };
  return [
    bindService(RpcGlobal, {
      GetEvent: ({ ClientTimeout }, caller, ended) => events.next(caller, ClientTimeout, ended),
    }),
    bindService(RpcInfo, infoHandlers(dependencies)),
    bindService(RpcUsers, usersHandlers(forUsers)),
    bindService(RpcPop3Accounts, pop3Handlers(forAccounts)),
    bindService(RpcSmtpAccounts, smtpHandlers(forAccounts)),
    bindService(RpcGroups, groupHandlers(stores, realms, locks)),
    bindService(RpcSignatures, signatureHandlers(stores, locks)),
    bindService(RpcFilters, filterHandlers(forFilters)),
    bindService(RpcRules, ruleHandlers(forRules)),
    bindService(RpcTopics, topicHandlers(forLabels)),
    bindService(RpcColors, colorHandlers(forLabels)),
    bindService(RpcTextBlocks, textBlockHandlers(forTextBlocks)),
    bindService(RpcMailBridge, mailBridgeHandlers({ ...dependencies, connectionTest })),
  ];
}
