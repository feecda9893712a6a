/** RpcInfo: the archive about itself. */
import {
  MAIL_BRIDGE_ADD_ON,
  MAIL_BRIDGE_VERSION,
  RpcQueueStatus,
  RpcServerInfo,
  RpcServerSettings,
  RpcServerStatus,
  type RpcInfo,
} from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import { variableNames } from '../items/item-variables.js';
import { requirePrintable } from '../objects/validation.js';
import type { ArchiveDatabase } from '../store/database.js';
import { ParseState } from '../store/mail-schema.js';
import type { Handlers } from './handlers.js';
import type { Clients } from './clients.js';
import type { StorageUse, TrafficStatus } from './ports.js';

/** The state of the contract that this archive speaks, and what speaks it. */
const VERSION = '5.5.0 (ERP mail bridge, embedded archive)';

const MAX_CLIENT_NAME = 200;

/** Bytes; 0 where the disk tells nothing. */
const storageMembers = ({ usedBytes, disk }: Awaited<ReturnType<StorageUse>>) => ({
  DatabaseSize: BigInt(usedBytes),
  DiskSize: BigInt(disk?.sizeBytes ?? 0),
  DiskFree: BigInt(disk?.freeBytes ?? 0),
});

/** Page size of RpcItems.GetList. */
export const ELEMENTS_PER_PAGE = 100;

export function infoHandlers(dependencies: {
  readonly clock: Clock;
  readonly clients: Clients;
  readonly database: ArchiveDatabase;
  readonly traffic: TrafficStatus;
  readonly storageUse: StorageUse;
}): Handlers<typeof RpcInfo.methods> {
  const { clock, clients, database, traffic, storageUse } = dependencies;
  const onlineSince = clock.now();
  return {
    GetServerInfo: async ({ AdvancedFields }) =>
      RpcServerInfo.make({
        OnlineSince: onlineSince,
        ServerTime: clock.now(),
        ServerTimeZone: 'UTC',
        Version: VERSION,
        Connections: clients.all().length,
        KeepAlive: true,
        ...(AdvancedFields && storageMembers(await storageUse())),
      }),
    // Every part runs while this process answers; sfRunning is 0.
    GetServerStatus: () => RpcServerStatus.empty(),
    GetServerSettings: () =>
      RpcServerSettings.make({
        ElementsPerPage: ELEMENTS_PER_PAGE,
        ElementsPerList: ELEMENTS_PER_PAGE,
      }),
    GetAddOnList: () => [{ Name: MAIL_BRIDGE_ADD_ON, Version: MAIL_BRIDGE_VERSION }],
    // there are no licences to count; the name serves RpcUsers.Kick
    CountCul: () => undefined,
    CountNamedCul: ({ ClientName }, caller) => {
      requirePrintable('ClientName', ClientName);
      clients.of(caller).name = ClientName.slice(0, MAX_CLIENT_NAME);
    },
    GetQueueStatus: async (_parameters, { realmId }) => {
      const { count } = await database
        .selectFrom('items')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('realm_id', '=', realmId)
        .where('parse_state', '=', ParseState.open)
        .executeTakeFirstOrThrow();
      return RpcQueueStatus.make({ ActionIndexAddCount: count });
    },
    // a realm has no rights of its own: its users see all of it
    GetRightList: () => [],
    GetVariables: () => [...variableNames],
    // nothing is cached that could be out of date
    InvalidateAllCaches: () => undefined,
    SendAndReceiveNow: (_parameters, { realmId }) => {
      traffic.sendAndReceiveNow(realmId);
      return undefined;
    },
  };
}
