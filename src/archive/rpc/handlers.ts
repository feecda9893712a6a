/** What a service of the archive is made of: one function a method, typed by the wire contract. */
import type { MethodType, ParametersOf } from '../../greyhound/index.js';

/** Who calls: proven by Basic sign-in. Locks and events belong to user and client id. */
export interface Caller {
  readonly realmId: number;
  readonly userId: number;
  readonly username: string;
  /** 32 characters, chosen by the calling program. */
  readonly clientId: string;
}

/** Every method of a service; none may be missing. `ended`: the caller has given up, or has its answer. */
export type Handlers<M> = {
  readonly [K in keyof M]: M[K] extends MethodType<infer P, infer R>
    ? (parameters: ParametersOf<P>, caller: Caller, ended: AbortSignal) => R | Promise<R>
    : never;
};
