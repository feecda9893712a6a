/** A service with its handlers, in the form in which the server calls it: types checked when it is put together. */
import {
  methodName,
  parameterList,
  type AnyMethod,
  type ServiceType,
  type WireType,
} from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { Caller, Handlers } from './handlers.js';

type Run = (parameters: Record<string, unknown>, caller: Caller, ended: AbortSignal) => unknown;

export interface RpcMethod {
  readonly parameters: readonly (readonly [name: string, type: WireType<unknown>])[];
  /** null for a procedure. */
  readonly result: WireType<unknown> | null;
  readonly run: Run;
}

export interface RpcService {
  /** By full name, e.g. `RpcGroups.Get`. */
  readonly methods: ReadonlyMap<string, RpcMethod>;
}

export function bindService<M extends Readonly<Record<string, AnyMethod>>>(
  service: ServiceType<M>,
  handlers: Handlers<M>,
): RpcService {
  const runs = handlers as Readonly<Record<string, Run>>;
  const methods = Object.entries(service.methods).map(([name, type]): [string, RpcMethod] => {
    const run = runs[name];
    const fullName = methodName(service, name);
    if (run === undefined) throw new Error(`${fullName} has no handler`);
    const result = type.result as WireType<unknown> | null;
    return [fullName, { parameters: parameterList(type), result, run }];
  });
  return { methods: new Map(methods) };
}

/**
 * Positional parameters: those missing at the end are their type's default, surplus ones are ignored.
 * @returns the result as it stands on the wire; null for a procedure
 * @throws WireError for a parameter that is not what the contract says
 */
export async function call(
  method: RpcMethod,
  given: unknown,
  caller: Caller,
  ended: AbortSignal,
): Promise<unknown> {
  if (given !== undefined && given !== null && !Array.isArray(given))
    throw new RpcError('badParameters', 'params has to be an array, in documented order.');
  const values = (given ?? []) as unknown[];
  const parameters = method.parameters.map(([name, type], index) => [
    name,
    type.decode(values[index], name),
  ]);
  const result = await method.run(
    Object.fromEntries(parameters) as Record<string, unknown>,
    caller,
    ended,
  );
  return method.result === null ? null : method.result.encode(result);
}
