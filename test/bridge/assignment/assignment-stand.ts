/** A bridge with the real embedded archive and the real store of pushed records, and what tests do with them. */
import Database from 'better-sqlite3';
import { join } from 'node:path';
import type { Archive } from '../../../src/archive/index.js';
import { createAssignment, type AssignmentService } from '../../../src/bridge/assignment/index.js';
import { recordRoutes } from '../../../src/bridge/directory/routes.js';
import type { Directory } from '../../../src/bridge/directory/directory.js';
import {
  openDirectoryStore,
  type DirectoryStore,
} from '../../../src/bridge/directory/store/directory-store.js';
import type { PushedDirectory } from '../../../src/bridge/directory/store/pushed-directory.js';
import type { AnyRoute } from '../../../src/bridge/http/index.js';
import { tablesOf } from '../../../src/bridge/store/database.js';
import { DEFAULT_INSTALLATION } from '../../../src/bridge/store/installation.js';
import {
  asSet,
  ItemFlag,
  ItemKind,
  ItemState,
  RpcAddressItem,
  RpcDetailedItem,
  RpcEmailProperties,
  RpcGroup,
  RpcItemProperties,
  type GreyhoundClient,
} from '../../../src/greyhound/index.js';
import { systemClock } from '../../../src/platform/clock.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import { randomIds } from '../../../src/platform/ids.js';
import { createLogger } from '../../../src/platform/log.js';
import { openEmbeddedArchive } from '../../support/embedded-archive.js';
import { makeTemporaryDirectory } from '../../support/temporary-directory.js';
import {
  startBridge,
  type Answer,
  type BridgeHarness,
  type RequestOptions,
} from '../http/bridge-harness.js';

export interface StoredMail {
  readonly from: string;
  readonly to?: readonly string[];
  readonly subject?: string;
  readonly text?: string;
  /** The message that it answers. */
  readonly answers?: number;
  readonly date?: Date;
  /** Instead of a draft. */
  readonly isSent?: boolean;
}

export interface AssignmentStand {
  readonly bridge: BridgeHarness;
  readonly client: GreyhoundClient;
  readonly store: DirectoryStore;
  readonly assignment: AssignmentService;
  request(path: string, options?: RequestOptions): Promise<Answer>;
  push(type: string, records: readonly object[]): Promise<void>;
  group(name: string, email: string): Promise<number>;
  /** Puts a message into the archive. */
  mail(mail: StoredMail): Promise<number>;
  /** As one that lay in its mailbox before the account was first fetched. */
  makeEarlier(messageId: number): void;
  close(): Promise<void>;
}

export interface StandOptions {
  /** Takes the place of the pushed records where decisions are made. */
  readonly directory?: (pushed: PushedDirectory) => Directory;
  readonly markedMessages?: (header: string) => Promise<readonly number[]>;
}

export async function openAssignmentStand(options: StandOptions = {}): Promise<AssignmentStand> {
  const folder = await makeTemporaryDirectory();
  const logger = createLogger('silent');
  const realm = { username: 'bridge', password: 'archive-password' };
  const archive: Archive = await openEmbeddedArchive({
    dataDir: folder.path,
    realm,
    connect: { egress: EgressPolicy.parse('127.0.0.0/8'), trust: {} },
  });
  const installationId = DEFAULT_INSTALLATION;
  const store = await openDirectoryStore({
    dataDir: folder.path,
    installationId,
    clock: systemClock,
    logger,
  });
  const directory = options.directory?.(store.directory) ?? store.directory;
  // the routes are named before the harness has the database that they work with
  const routes: AnyRoute[] = [...recordRoutes(store)];
  const embedded = { url: `http://127.0.0.1:${String(archive.port)}`, ...realm };
  const opened: { assignment?: AssignmentService } = {};
  const bridge = await startBridge({
    embedded,
    users: store.directory,
    routes: ({ archive: access, database }) => {
      opened.assignment = createAssignment({
        archive: access,
        archiveId: () => access.archiveId(),
        directory,
        database: tablesOf(database),
        installationId,
        markedMessages: options.markedMessages ?? (() => Promise.resolve([])),
        clock: systemClock,
        ids: randomIds,
        logger,
      });
      return [...routes, ...opened.assignment.routes];
    },
  });
  const { assignment } = opened;
  if (assignment === undefined) throw new Error('the routes were not asked for');
  const client = await bridge.archive.client();
  /** In German unless told. */
  const request = (path: string, given: RequestOptions = {}) =>
    bridge.request(`/api/v1${path}`, {
      ...given,
      headers: { 'Accept-Language': 'de', ...given.headers },
    });
  const makeEarlier = (messageId: number): void => {
    const file = new Database(join(folder.path, 'archive.db'));
    file.prepare('update items set is_earlier = 1 where id = ?').run(messageId);
    file.close();
  };
  return {
    bridge,
    client,
    makeEarlier,
    store,
    assignment,
    request,
    push: async (type, records) => {
      const body = records.map((record) => `${JSON.stringify(record)}\n`).join('');
      const answer = await request(`/directory/${type}`, {
        method: 'PUT',
        body,
        headers: { 'Content-Type': 'application/x-ndjson' },
      });
      if (answer.status !== 200) throw new Error(`${String(answer.status)} ${answer.text}`);
    },
    group: (Name, Email) => client.groups.New({ Group: RpcGroup.make({ Name, Email }) }),
    mail: (mail) => client.items.New({ Item: itemOf(mail), CreateLocked: false }),
    close: async () => {
      await assignment.close();
      await bridge.close();
      await store.close();
      await archive.close();
      await folder.remove();
    },
  };
}

const addressOf = (text: string) => RpcAddressItem.make({ Text: text });

function itemOf({ from, to = [], subject = '', text = '', ...rest }: StoredMail) {
  const { answers = 0, date, isSent = false } = rest;
  return RpcDetailedItem.make({
    RefID: answers,
    Kind: ItemKind.ikEmail,
    State: isSent ? ItemState.isNew : ItemState.isDraft,
    Flags: asSet(ItemFlag.ifRead),
    From: addressOf(from),
    Recipients: to.map(addressOf),
    Subject: subject,
    StartDate: date ?? null,
    Properties: RpcItemProperties.make({
      Email: RpcEmailProperties.make({ ViewData: Buffer.from(text) }),
    }),
  });
}
