/** rpc_global: what happened since a client last asked, by long polling. */
import { int, list, struct, text, type ValueOf } from './codec.js';
import { method, service } from './service.js';

/** The reference does not tell the form of `Parameters`: here an object in JSON. */
export const RpcEvent = struct('RpcEvent', { Name: text, Parameters: text });
export type ArchiveEvent = ValueOf<typeof RpcEvent>;

/** Its methods stand on the wire without a service before them. */
export const RpcGlobal = service('', {
  /** @param ClientTimeout seconds */
  GetEvent: method({ ClientTimeout: int }, list(RpcEvent)),
});
