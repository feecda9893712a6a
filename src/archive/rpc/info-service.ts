/** RpcInfo: the archive about itself. */
import {
  MAIL_BRIDGE_ADD_ON,
  MAIL_BRIDGE_VERSION,
  RpcServerInfo,
  RpcServerSettings,
  RpcServerStatus,
  type RpcInfo,
} from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import type { Handlers } from './handlers.js';
import type { Clients } from './clients.js';
import type { TrafficStatus } from './ports.js';

/** The state of the contract that this archive speaks, and what speaks it. */
const VERSION = '5.5.0 (ERP mail bridge, embedded archive)';

/** Page size of RpcItems.GetList. */
export const ELEMENTS_PER_PAGE = 100;

export function infoHandlers(dependencies: {
  readonly clock: Clock;
  readonly clients: Clients;
  readonly traffic: TrafficStatus;
}): Handlers<typeof RpcInfo.methods> {
  const { clock, clients, traffic } = dependencies;
  const onlineSince = clock.now();
  return {
    GetServerInfo: () =>
      RpcServerInfo.make({
        OnlineSince: onlineSince,
        ServerTime: clock.now(),
        ServerTimeZone: 'UTC',
        Version: VERSION,
        Connections: clients.all().length,
        KeepAlive: true,
      }),
    // Every part runs while this process answers; sfRunning is 0.
    GetServerStatus: () => RpcServerStatus.empty(),
    GetServerSettings: () =>
      RpcServerSettings.make({
        ElementsPerPage: ELEMENTS_PER_PAGE,
        ElementsPerList: ELEMENTS_PER_PAGE,
      }),
    GetAddOnList: () => [{ Name: MAIL_BRIDGE_ADD_ON, Version: MAIL_BRIDGE_VERSION }],
    SendAndReceiveNow: (_parameters, { realmId }) => {
      traffic.sendAndReceiveNow(realmId);
      return undefined;
    },
  };
}
