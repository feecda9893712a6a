/**
 * A service is a table of methods: parameters in documented order, and the result. The client and the embedded
 * archive read the same table, so that the two sides cannot drift apart.
 */
import type { ValueOf, WireType } from './codec.js';

export interface MethodType<P, R> {
  /** In the order in which they stand on the wire. */
  readonly parameters: P;
  /** null for a procedure. */
  readonly result: WireType<R> | null;
  /** How many parameters older servers know, newest first; tried after a parameter-count error. */
  readonly olderCounts: readonly number[];
}

export type ParametersOf<P> = { [K in keyof P]: ValueOf<P[K]> };

export function method<const P, R>(
  parameters: P,
  result: WireType<R> | null,
  olderCounts: readonly number[] = [],
): MethodType<P, R> {
  return { parameters, result, olderCounts };
}

/** A procedure: no result. */
export const procedure = <const P>(parameters: P): MethodType<P, undefined> =>
  method<P, undefined>(parameters, null);

export interface AnyMethod {
  readonly parameters: object;
  readonly result: { readonly label: string } | null;
  readonly olderCounts: readonly number[];
}

export interface ServiceType<M> {
  /** '' for methods that belong to none. */
  readonly name: string;
  readonly methods: M;
}

export function service<const M extends Readonly<Record<string, AnyMethod>>>(
  name: string,
  methods: M,
): ServiceType<M> {
  return { name, methods };
}

/** Every method of a service as a function from named parameters to its result. */
export type ServiceCalls<M> = {
  readonly [K in keyof M]: M[K] extends MethodType<infer P, infer R>
    ? keyof P extends never
      ? () => Promise<R>
      : (parameters: ParametersOf<P>) => Promise<R>
    : never;
};

/** As it stands on the wire, e.g. `RpcGroups.Get`. */
export const methodName = (service: { readonly name: string }, method: string): string =>
  service.name === '' ? method : `${service.name}.${method}`;

/** Parameter names and types in wire order. */
export const parameterList = (type: AnyMethod): [string, WireType<unknown>][] =>
  Object.entries(type.parameters) as [string, WireType<unknown>][];
