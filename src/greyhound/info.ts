/** rpc_infolib: the server about itself. */
import {
  bool,
  dateTime,
  enumeration,
  int,
  int64,
  list,
  struct,
  text,
  type ValueOf,
} from './codec.js';
import { method, procedure, service } from './service.js';

/** A status that is missing on the wire means running. */
export const StatusFlag = { sfRunning: 0, sfStopped: 1, sfFailure: 2 } as const;
const status = enumeration('RpcStatusFlag', StatusFlag);

export const RpcServerInfo = struct('RpcServerInfo', {
  OnlineSince: dateTime,
  ServerTime: dateTime,
  ServerTimeZone: text,
  Version: text,
  Edition: int,
  Win32ClientVersion: text,
  MethodCount: int,
  Connections: int,
  MaxConnections: int,
  HttpPort: int,
  RpcpPort: int,
  KeepAlive: bool,
  Compress: bool,
  UseRpcps: bool,
  UseSSL: bool,
  Hostname: text,
  IPAddress: text,
  CPU: text,
  CPUUsage: int,
  OS: text,
  TotalPhysicalMemory: int64,
  AvailablePhysicalMemory: int64,
  TotalVirtualMemory: int64,
  AvailableVirtualMemory: int64,
  DatabaseSize: int64,
  BiggestDatabaseTableSize: int64,
  DiskSize: int64,
  DiskFree: int64,
});
export type ServerInfo = ValueOf<typeof RpcServerInfo>;

export const RpcServerStatus = struct('RpcServerStatus', {
  MySqlServer: status,
  AppServer: status,
  QueueServer: status,
  CommServer: status,
  GatewayServer: status,
  AccessServer: status,
  SyncServer: status,
  CommServerLastAction: text,
  QueueServerLastAction: text,
});

export const RpcServerSettings = struct('RpcServerSettings', {
  PhoneAddressItemCountryPrefix: text,
  ElementsPerPage: int,
  ElementsPerList: int,
  EventsPerPage: int,
  EventsPerDay: int,
  MaxSearchResults: int,
  UseItemCount: bool,
});

const RpcQueueRule = struct('RpcQueueRule', {
  ID: int,
  Name: text,
  ItemCount: int,
  FilterCount: int,
});

/** What still has to be done with stored items. */
export const RpcQueueStatus = struct('RpcQueueStatus', {
  ActionSpamCount: int,
  ActionOcrCount: int,
  ActionHtmlInlineCount: int,
  ActionWorkflowCount: int,
  ActionIndexAddCount: int,
  ActionIndexDeleteCount: int,
  ActionVirusCount: int,
  QueueRules: list(RpcQueueRule),
});

const RpcRight = struct('RpcRight', { ID: int, ParentRef: int, Key: text, WorkSpaces: int });

export const RpcAddOn = struct('RpcAddOn', { Name: text, Version: text });

export const RpcInfo = service('RpcInfo', {
  CountCul: procedure({}),
  CountNamedCul: procedure({ ClientName: text }),
  GetQueueStatus: method({}, RpcQueueStatus),
  GetRightList: method({}, list(RpcRight)),
  GetServerInfo: method({ AdvancedFields: bool }, RpcServerInfo),
  GetServerStatus: method({}, RpcServerStatus),
  GetServerSettings: method({}, RpcServerSettings),
  GetAddOnList: method({}, list(RpcAddOn)),
  GetVariables: method({}, list(text)),
  InvalidateAllCaches: procedure({}),
  SendAndReceiveNow: procedure({}),
});
