/**
 * The embedded mail archive: opens its data folder, answers RPC on a port, fetches and sends. `archive.db` holds
 * accounts, items and what belongs to them, `raw.db` the bytes of the messages.
 */
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { ConnectDependencies } from '../mail/endpoint.js';
import type { Arming } from '../platform/arming.js';
import { monotonic, type Clock } from '../platform/clock.js';
import { diskSpaceOf, type AskDiskSpace } from '../platform/disk-space.js';
import type { Logger } from '../platform/log.js';
import { hasContent, requireContent, StorageWatch } from '../platform/storage-fault.js';
import type { Vault } from '../platform/vault.js';
import { AccountStore, type AccountRef } from './accounts/account-store.js';
import { RealmMailOptions } from './accounts/mail-options.js';
import { createServerCheck } from './accounts/server-check.js';
import { InboundFiling } from './filing/inbound-filing.js';
import { inboundScriptCompiler, StoredRuleRunner } from './filing/rule-runner.js';
import { AttachmentWriter } from './items/attachment-writer.js';
import { itemHandlers } from './items/handlers.js';
import { ItemReader } from './items/item-reader.js';
import { ItemReferences } from './items/item-references.js';
import { ItemTransfers } from './items/item-transfers.js';
import { NameDirectory } from './items/item-views.js';
import { ItemWriter } from './items/item-writer.js';
import { openMailParser } from './items/mime/mail-parsers.js';
import { ReadingStates } from './items/reading-states.js';
import { ParseQueue } from './items/parse-queue.js';
import { ArchiveFlow } from './mail-flow.js';
import { OAuth } from './oauth/index.js';
import { createObjectStores } from './objects/stores.js';
import { PersonMails } from './retention/person.js';
import { Retention } from './retention/retention.js';
import { DiskGuard } from './retrieval/disk-guard.js';
import { MailIntake } from './retrieval/intake.js';
import { MailboxFolders } from './retrieval/mailbox-folders.js';
import { ServerComparison } from './retrieval/mailbox-proof.js';
import { MailQuarantine } from './retrieval/quarantine.js';
import { MailboxScheduler } from './retrieval/scheduler.js';
import { synchronizedDeletion } from './retrieval/synchronized-deletion.js';
import { MailTraffic } from './retrieval/traffic.js';
import { Clients } from './rpc/clients.js';
import { EventQueues } from './rpc/events.js';
import { publishLocks } from './rpc/lock-events.js';
import { LockTable } from './rpc/locks.js';
import { Realms } from './rpc/realms.js';
import { createRpcServer } from './rpc/server.js';
import { createServices } from './rpc/services.js';
import { indexFile } from './search/index-file.js';
import { IndexKeeper } from './search/index-keeper.js';
import { ItemSearch } from './search/item-search.js';
import { SearchIndex } from './search/search-index.js';
import { CompletenessRecords } from './store/completeness-records.js';
import { findDamagedRows } from './store/damaged-rows.js';
import { archiveFile, holdsMail, openArchiveDatabase } from './store/database.js';
import { EarlierMails } from './store/earlier-mails.js';
import { MailLedger } from './store/mail-ledger.js';
import { MailOutbox } from './store/mail-outbox.js';
import { MailStore } from './store/mail-store.js';
import { RawMailStore } from './store/raw-mail-store.js';
import { SentCopies } from './store/sent-copies.js';
import { Doubts } from './submission/doubts.js';
import { MailsUnderWay } from './submission/mails-under-way.js';
import { OutboxDesk } from './submission/outbox-desk.js';
import { storageUseOf } from './storage-use.js';
import { OutboxSender } from './submission/outbox-sender.js';
import { LockState } from '../greyhound/index.js';
import { SentCopier } from './submission/sent-copier.js';
import { SubmissionTrials } from './submission/submission-trial.js';

export interface ArchiveOptions extends ConnectDependencies {
  /** Created when it does not exist. */
  readonly dataDir: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The realm that there always is; another password than before replaces the stored one. */
  readonly realm: { readonly username: string; readonly password: string };
  readonly vault: Vault;
  /** Where browsers reach this product, without a slash at the end: they come back from providers there. */
  readonly publicUrl: () => string;
  /** Until it is armed nothing is deleted on servers and nothing is sent. */
  readonly arming: Arming;
  /** Room that fetching leaves on the disk, bytes; null: 1 GiB, of smaller disks 5 %. */
  readonly diskReserveBytes?: number | null;
  /** How much there is; the disk of the data folder unless told. */
  readonly askDisk?: AskDiskSpace;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Archive {
  readonly port: number;
  /** What browsers do while somebody signs in at a provider. */
  readonly browser: Pick<OAuth['browser'], 'handle'>;
  /** Ends timers, sessions and the server within 6 seconds; a message that is being sent may end first. */
  readonly close: () => Promise<void>;
}

/** Longer than callers are silent between two calls: a connection that ends just when it is used again loses a call. */
const KEEP_ALIVE_MS = 75_000;
/** With what the bridge grants requests before, less than the 10 seconds that supervisors wait. */
const SEND_GRACE_MS = 5000;

export async function openArchive(options: ArchiveOptions): Promise<Archive> {
  const { dataDir, vault, clock, logger, arming, egress, trust } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const rawFile = join(dataDir, 'raw.db');
  const storage = new StorageWatch(clock);
  if (hasContent(rawFile)) requireContent(archiveFile(dataDir));
  const database = await openArchiveDatabase(dataDir, storage);
  if (await holdsMail(database)) requireContent(rawFile);
  const raw = await RawMailStore.open(rawFile, storage);
  const clients = new Clients(monotonic);
  const events = new EventQueues(clients);
  const store = new MailStore(database, raw, clock, (realmId) => {
    events.publish(realmId, 'ItemCountChanged');
    indexing.wake();
  });
  await store.sweep().catch((error: unknown) => {
    logger.error({ err: error }, 'bytes that nothing refers to could not be removed');
  });
  const accounts = new AccountStore(database, vault, clock);
  const connect = { egress, trust };
  const oauth = new OAuth({ ...options, database, accounts, connect });
  const { credentials } = oauth;
  const stores = createObjectStores(database, clock);
  const realms = new Realms(database, clock);
  const locks = new LockTable(clients);
  publishLocks(locks, events);
  const ledger = new MailLedger(database, clock);
  const earlierMails = new EarlierMails(database, clock);
  const completeness = new CompletenessRecords(database);
  const outbox = new MailOutbox(database, clock);
  const filing = new InboundFiling(stores);

  const parser = openMailParser(raw, rawFile);
  const parsing = new ParseQueue(store, parser, logger);
  const index = await SearchIndex.open(database, indexFile(dataDir));
  const indexing = new IndexKeeper({ dataDir, index, store, parser, logger });
  const askDisk = options.askDisk ?? diskSpaceOf(dataDir);
  const guard = new DiskGuard(askDisk, options.diskReserveBytes ?? null, clock, logger);
  const intake = new MailIntake(store, ledger, filing, () => parsing.wake());
  const scheduler = new MailboxScheduler({
    store,
    ledger,
    earlierMails,
    completeness,
    intake,
    guard,
    connect,
    credentials,
    arming,
    logger,
    accounts,
    clock,
  });
  const underWay = new MailsUnderWay();
  const copies = new SentCopies(database, clock);
  const copier = new SentCopier({ store, copies, accounts, connect, credentials, arming, logger });
  const sender = new OutboxSender({
    store,
    outbox,
    underWay,
    copies,
    onSent: () => copier.wake(),
    accounts,
    connect,
    credentials,
    arming,
    logger,
  });
  const reading = new ReadingStates(clients, events);
  const directory = new NameDirectory(stores, realms);
  const search = new ItemSearch(database, index);
  const reader = new ItemReader(store, search, directory, locks, parsing, reading);
  const attachments = new AttachmentWriter({ store, outbox, underWay });
  const references = new ItemReferences(stores, realms);
  const writer = new ItemWriter({
    store,
    outbox,
    underWay,
    reader,
    parsing,
    references,
    accounts,
    onReleased: (accountId) => sender.released(accountId),
    onDeleting: synchronizedDeletion(accounts, ledger, (realmId, accountId) => {
      void scheduler.fetchAccount(realmId, accountId);
    }),
  });
  const retention = new Retention({
    store,
    accounts,
    isLocked: (realmId, id) => locks.lockData('item', id, realmId).LockState === LockState.lsLocked,
    arming,
    logger,
  });
  const unexpected = (error: unknown): void => {
    logger.error({ err: error }, 'fetching and sending could not begin');
  };
  /** Settings that were wrong may be right now: what waits to be sent need not wait for its next try. */
  const hurry = async (ref: AccountRef): Promise<void> => {
    // of an incoming account only the link matters, with which SMTP accounts of its name send
    const mayMatter = ref.kind === 'smtp' || (await accounts.ownLink(ref)) !== null;
    if (mayMatter) await sender.sendNow(ref.realmId);
  };
  const rules = new StoredRuleRunner(store, stores, filing);
  const services = createServices({
    database,
    clock,
    realms,
    clients,
    locks,
    events,
    accounts,
    stores,
    serverCheck: createServerCheck(connect),
    itemQuery: reader,
    itemLabels: reader,
    itemVariables: reader,
    ruleRunner: rules,
    scriptCompiler: inboundScriptCompiler,
    storageUse: storageUseOf(dataDir, askDisk),
    traffic: new MailTraffic({
      database,
      outbox,
      fetchNow: (realmId) => scheduler.fetchNow(realmId),
      sendNow: (realmId) => sender.sendNow(realmId),
      onError: unexpected,
    }),
    quarantine: new MailQuarantine(database, (realmId, accountId) => {
      void scheduler.fetchAccount(realmId, accountId);
    }),
    proof: new ServerComparison({
      accounts,
      ledger,
      earlierMails,
      store,
      completeness,
      connect,
      credentials,
      scheduler,
    }),
    submissionTrial: new SubmissionTrials({ accounts, credentials, connect, arming, scheduler }),
    oauth,
    outboxControl: new OutboxDesk({ outbox, writer, locks }),
    folders: new MailboxFolders(accounts, { connect, credentials }),
    earlierMails,
    mailOptions: new RealmMailOptions(database),
    retention,
    persons: new PersonMails(store, underWay),
    flow: new ArchiveFlow(database, clock, arming, storage, guard),
    doubts: new Doubts({
      store,
      outbox,
      underWay,
      accounts,
      realms,
      sendNow: (realmId) => sender.sendNow(realmId),
    }),
    items: itemHandlers({
      store,
      reader,
      writer,
      attachments,
      references,
      reading,
      rules,
      locks,
      groups: stores.groups,
    }),
  });
  const binary = new ItemTransfers({ store, reader, attachments, parsing, locks });
  const server = createServer(
    createRpcServer({ services, binary, realms, clients, logger, clock }),
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  let looking: ReturnType<typeof findDamagedRows> | null = null;
  const close = async (): Promise<void> => {
    server.prependListener('request', (_request, response) => {
      response.shouldKeepAlive = false;
    });
    const closed = new Promise((resolve) => server.close(resolve));
    events.close();
    server.closeIdleConnections();
    const cut = setTimeout(() => server.closeAllConnections(), 1000);
    const indexed = indexing.close();
    const kept = retention.close();
    await Promise.all([
      scheduler.close(),
      sender.close(SEND_GRACE_MS),
      copier.close(),
      parsing.close(),
      closed,
    ]);
    await indexed;
    await kept;
    clearTimeout(cut);
    looking?.stop();
    await looking?.ended;
    await oauth.close();
    index.close();
    await raw.close();
    await database.destroy();
  };
  try {
    await realms.ensureRealmUser(options.realm);
    await sender.recover();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, options.host, resolve);
    });
    accounts.onChange((ref) => void hurry(ref).catch(unexpected));
    await oauth.start();
    sender.start();
    copier.start();
    await scheduler.start();
  } catch (error) {
    await close();
    throw error;
  }
  parsing.wake();
  indexing.start();
  retention.start();
  looking = findDamagedRows(database, storage, logger);
  return { port: (server.address() as AddressInfo).port, browser: oauth.browser, close };
}
