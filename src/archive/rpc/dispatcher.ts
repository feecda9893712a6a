/** Carries out the calls of both front ends; logged are method, duration and error number. */
import type { Request, Response } from 'express';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { WireError, type WireType } from '../../greyhound/index.js';
import type { Logger } from '../../platform/log.js';
import { storageFaultOf } from '../../platform/storage-fault.js';
import { systemCode } from '../../platform/system-error.js';
import { RpcError } from '../errors.js';
import { BytesDamaged } from '../store/raw-mail-store.js';
import { refusalOf } from './refused-methods.js';
import type { Caller } from './handlers.js';
import { call, type RpcService } from './rpc-service.js';

export interface RpcCall {
  readonly name: string;
  /** Positional. */
  readonly params: unknown;
}

export type RpcAnswer =
  | { readonly result: unknown; readonly type: WireType<unknown> | null }
  | { readonly error: RpcError };

/** null: the caller has given up, and nothing was done. */
export type Dispatch = (
  given: RpcCall,
  request: Request,
  response: Response,
) => Promise<RpcAnswer | null>;

export const callerOf = (response: Response): Caller => response.locals['caller'] as Caller;

/** Made once: without it every call would make an exception of its own. */
const ENDED = new Error('the exchange has ended');

export function createDispatch(services: readonly RpcService[], logger: Logger): Dispatch {
  const methods = new Map(services.flatMap(({ methods: table }) => [...table]));
  const carryOut = async (
    { name, params }: RpcCall,
    caller: Caller,
    ended: AbortSignal,
  ): Promise<RpcAnswer> => {
    try {
      const method = methods.get(name);
      if (method === undefined) throw notServed(name);
      return { result: await call(method, params, caller, ended), type: method.result };
    } catch (error) {
      return { error: asRpcError(error, name, logger) };
    }
  };
  return async (given, request, response) => {
    const startedMs = performance.now();
    if (await isGone(request)) return null;
    const ended = new AbortController();
    response.once('close', () => ended.abort(ENDED));
    const answer = await carryOut(given, callerOf(response), ended.signal);
    const ms = Math.round(performance.now() - startedMs);
    const error = 'error' in answer ? answer.error.number : undefined;
    logger.debug({ method: given.name, ms, error }, 'rpc');
    return answer;
  };
}

function notServed(name: string): RpcError {
  const reason = refusalOf(name);
  return reason === undefined
    ? new RpcError('unknownMethod', `Unknown method ${name}.`)
    : new RpcError('notSupported', `This archive does not offer ${name}: ${reason}.`);
}

/**
 * Whether the caller has given up: it may already be repeating the call, so this one is not carried out any more. After
 * a stall its end waits right behind the call: the event loop reads it in the turn after the one that read the call.
 */
async function isGone({ socket }: Request): Promise<boolean> {
  await nextTurn();
  await nextTurn();
  return socket.destroyed || socket.readableEnded || socket.writableEnded;
}

/** An unexpected error is answered without its words: they might hold what a mail or a form held. */
export function asRpcError(error: unknown, method: string, logger: Logger): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof WireError) return new RpcError('badParameters', error.message);
  const fault = error instanceof BytesDamaged ? 'damaged' : storageFaultOf(error);
  if (fault !== null) {
    logger.error({ method, fault, code: systemCode(error) }, 'storage failed');
    return new RpcError('storageUnavailable', `The archive's storage does not work: ${fault}.`);
  }
  const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: '' };
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  logger.error({ method, errorName: name, frames }, 'rpc call failed unexpectedly');
  return new RpcError('internal', 'The archive could not carry out the call.');
}
