/**
 * The archive's admin side on a real port, spoken to with the product's own client. The parts that move mail stand
 * behind ports; here they are recorders.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { RealmMailOptions } from '../../src/archive/accounts/mail-options.js';
import { AccountStore } from '../../src/archive/accounts/account-store.js';
import { createServerCheck } from '../../src/archive/accounts/server-check.js';
import { RpcError } from '../../src/archive/errors.js';
import { inboundScriptCompiler } from '../../src/archive/filing/rule-runner.js';
import { ArchiveFlow } from '../../src/archive/mail-flow.js';
import { OAuth } from '../../src/archive/oauth/index.js';
import { createObjectStores } from '../../src/archive/objects/stores.js';
import type { BinaryTransfers } from '../../src/archive/rpc/binary-transfer.js';
import { Clients } from '../../src/archive/rpc/clients.js';
import { EventQueues } from '../../src/archive/rpc/events.js';
import { publishLocks } from '../../src/archive/rpc/lock-events.js';
import { LockTable } from '../../src/archive/rpc/locks.js';
import type { WaitingMail } from '../../src/archive/rpc/ports.js';
import { Realms } from '../../src/archive/rpc/realms.js';
import { createRpcServer } from '../../src/archive/rpc/server.js';
import { createAdminServices } from '../../src/archive/rpc/services.js';
import { openArchiveDatabase } from '../../src/archive/store/database.js';
import { SubmissionTrials } from '../../src/archive/submission/submission-trial.js';
import {
  ArchiveFailure,
  GreyhoundClient,
  newClientId,
  type ArchiveConnectionOptions,
  type QuarantineItem,
} from '../../src/greyhound/index.js';
import { EgressPolicy } from '../../src/platform/egress.js';
import { alwaysArmed } from '../../src/platform/arming.js';
import { createLogger } from '../../src/platform/log.js';
import { StorageWatch } from '../../src/platform/storage-fault.js';
import { Vault } from '../../src/platform/vault.js';

export class SettableClock {
  #nowMs = Date.UTC(2026, 0, 5, 8);

  now(): Date {
    return new Date(this.#nowMs);
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

export interface ArchiveOptions {
  readonly dataDir?: string;
  readonly vault?: Vault;
  readonly egressAllow?: string;
  readonly binary?: BinaryTransfers;
  readonly gatherMs?: number;
}

const noTransfers: BinaryTransfers = {
  download: () => Promise.resolve(null),
  uploadAttachment: () => Promise.reject(new RpcError('notFound', 'There is no item.')),
};

export type ArchiveUnderTest = Awaited<ReturnType<typeof openArchiveUnderTest>>;

export async function openArchiveUnderTest(options: ArchiveOptions = {}) {
  const clock = new SettableClock();
  const database = await openArchiveDatabase(options.dataDir ?? ':memory:');
  const realms = new Realms(database, clock);
  const clients = new Clients(() => clock.now().getTime());
  const events = new EventQueues(clients, options.gatherMs ?? 10);
  const locks = new LockTable(clients);
  publishLocks(locks, events);
  const vault = options.vault ?? new Vault([Vault.newKey()]);
  const accounts = new AccountStore(database, vault, clock);
  const logged: string[] = [];
  const logger = createLogger('trace', { write: (line: string) => logged.push(line) });
  const waiting: WaitingMail[] = [];
  const labelled = new Set<string>();
  const quarantined: QuarantineItem[] = [];
  const ran: { realmId: number; ruleId: number; itemIds: readonly number[] }[] = [];
  const sendAndReceive: number[] = [];
  const connect = { egress: EgressPolicy.parse(options.egressAllow ?? '127.0.0.0/8'), trust: {} };
  const publicUrl = () => 'https://bridge.example.test';
  const arming = alwaysArmed;
  const oauth = new OAuth({ database, vault, clock, logger, accounts, connect, arming, publicUrl });
  const { credentials } = oauth;
  const services = createAdminServices({
    database,
    clock,
    realms,
    clients,
    locks,
    events,
    accounts,
    stores: createObjectStores(database, clock),
    serverCheck: createServerCheck(connect),
    oauth,
    submissionTrial: new SubmissionTrials({
      accounts,
      credentials,
      connect,
      arming: alwaysArmed,
      scheduler: { inTurn: (_realmId, _id, task) => task(new AbortController().signal) },
    }),
    scriptCompiler: inboundScriptCompiler,
    ruleRunner: {
      runOnItems: (realmId, ruleId, itemIds) => {
        ran.push({ realmId, ruleId, itemIds });
        return Promise.resolve();
      },
    },
    itemQuery: {
      idsOfFilter: (_realmId, filter) => Promise.resolve(filter.SearchFor.split(',').map(Number)),
    },
    itemLabels: {
      areLabelled: (_realmId, kind, id) => Promise.resolve(labelled.has(`${kind} ${String(id)}`)),
    },
    itemVariables: {
      variables: (_realmId, itemId) =>
        Promise.resolve([{ Name: 'ItemSubject', Data: `Subject of ${itemId}` }]),
    },
    traffic: {
      waiting: () => Promise.resolve(waiting),
      sendAndReceiveNow: (realmId) => void sendAndReceive.push(realmId),
    },
    quarantine: {
      list: () => Promise.resolve(quarantined),
      retry: (_realmId, id) => {
        const index = quarantined.findIndex(({ ID }) => ID === id);
        if (index < 0) return Promise.reject(new RpcError('notFound', `There is no mail ${id}.`));
        quarantined.splice(index, 1);
        return Promise.resolve();
      },
    },
    proof: {
      list: () => Promise.resolve([]),
      check: () => Promise.reject(new RpcError('checkFailed', 'no server')),
      deletionPreview: () => Promise.reject(new RpcError('checkFailed', 'no server')),
    },
    persons: {
      find: () => Promise.reject(new RpcError('invalidValue', 'Address: is none')),
      delete: () => Promise.reject(new RpcError('invalidValue', 'Address: is none')),
    },
    retention: {
      setHold: () => Promise.reject(new RpcError('notFound', 'There is no item.')),
      heldAmong: () => Promise.resolve([]),
      apply: () => Promise.resolve(0),
      countDue: () => Promise.resolve(0),
      log: () => Promise.resolve([]),
    },
    storageUse: () => Promise.resolve({ usedBytes: 0, disk: null }),
    outboxControl: {
      list: () => Promise.resolve([]),
      releaseAt: () => Promise.reject(new RpcError('notFound', 'There is no item.')),
    },
    folders: { list: () => Promise.resolve([]) },
    earlierMails: { among: () => Promise.resolve([]) },
    mailOptions: new RealmMailOptions(database),
    flow: new ArchiveFlow(database, clock, alwaysArmed, new StorageWatch(clock), {
      lowSince: () => Promise.resolve(null),
    }),
    doubts: { resolve: () => Promise.reject(new RpcError('notFound', 'There is no mail.')) },
  });
  const app = createRpcServer({
    services,
    binary: options.binary ?? noTransfers,
    realms,
    clients,
    logger,
    clock,
  });
  const server = await listen(createServer(app));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const openClients: GreyhoundClient[] = [];
  const username = 'bridge';
  const password = 'archive secret';
  const { realmId, userId } = await realms.ensureRealmUser({ username, password });
  return {
    url,
    username,
    password,
    realmId,
    userId,
    clock,
    database,
    realms,
    events,
    accounts,
    oauth,
    logged,
    waiting,
    labelled,
    quarantined,
    ran,
    sendAndReceive,
    /** A program of its own unless told: with its own client id. */
    client(given: Partial<ArchiveConnectionOptions> = {}): GreyhoundClient {
      const client = new GreyhoundClient({
        url,
        username,
        password,
        clientId: newClientId(),
        ...given,
      });
      openClients.push(client);
      return client;
    },
    /** The client of another realm. */
    async stranger(): Promise<GreyhoundClient> {
      await realms.ensureRealmUser({ username: 'stranger', password: 'x' });
      return this.client({ username: 'stranger', password: 'x' });
    },
    async close(): Promise<void> {
      for (const client of openClients) client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await oauth.close();
      await database.destroy();
    },
  };
}

function listen(server: Server): Promise<Server> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Lock, change, unlock, for tests that look at the change only. */
export async function locked<R>(
  service: Record<'Lock' | 'Unlock', (parameters: { ID: number }) => Promise<unknown>>,
  id: number,
  change: () => Promise<R>,
): Promise<R> {
  await service.Lock({ ID: id });
  try {
    return await change();
  } finally {
    await service.Unlock({ ID: id });
  }
}

/** The number and words of the fault that a call ends with. */
export async function faultOf(call: Promise<unknown>): Promise<{ code: number; text: string }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ArchiveFailure) || error.code !== 'archiveFault') throw error;
    return { code: Number(error.params['rawCode']), text: String(error.params['serverText']) };
  }
  throw new Error('the call succeeded');
}

/** As transmitted (src/archive/errors.ts). */
export const fault = {
  unknownMethod: 9001,
  badParameters: 9002,
  notFound: 9003,
  notLocked: 9004,
  lockedByOther: 9005,
  invalidValue: 9006,
  inUse: 9007,
  checkFailed: 9008,
  badRequest: 9010,
  notSupported: 9011,
  oauth2Refused: 9014,
  notAllowed: 9015,
} as const;

export const streamOf = (...chunks: readonly string[]): Readable => Readable.from(chunks);
