/** Values that stand for names in texts; several units of the contract have them under these names. */
import { list, struct, text, type ValueOf } from './codec.js';

export const RpcVariableItem = struct('RpcVariableItem', { Name: text, Data: text });
export type VariableItem = ValueOf<typeof RpcVariableItem>;
export const variables = list(RpcVariableItem);
