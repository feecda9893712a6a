/**
 * The archive on the wire: JSON-RPC 1.1 at POST /json, bytes at /xmlrpc/<Function><ID> and /json/<Function><ID>.
 * What the contract leaves open is answered plainly: errors with HTTP 200 in JSON-RPC 1.1 layout, 401 for wrong
 * credentials, null as the result of a procedure. Nothing is read of a body before the caller has signed in.
 * Logged are method, duration and error number; never bodies, never credentials.
 */
import express, {
  type ErrorRequestHandler,
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { WireError } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import { storageFaultOf } from '../../platform/storage-fault.js';
import { systemCode } from '../../platform/system-error.js';
import { RpcError } from '../errors.js';
import { mountBinaryTransfers } from './binary-routes.js';
import type { BinaryTransfers } from './binary-transfer.js';
import type { Caller } from './handlers.js';
import type { LockTable } from './locks.js';
import type { Realms } from './realms.js';
import { call, type RpcService } from './rpc-service.js';
import { SignIn } from './sign-in.js';

const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

export interface RpcServerOptions {
  readonly services: readonly RpcService[];
  readonly binary: BinaryTransfers;
  readonly realms: Realms;
  readonly locks: LockTable;
  readonly logger: Logger;
  readonly clock: Clock;
}

export function createRpcServer(options: RpcServerOptions): Express {
  const { services, binary, realms, locks, logger, clock } = options;
  const methods = new Map(services.flatMap(({ methods: table }) => [...table]));
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requireSignIn(new SignIn(realms, clock)), countAsCall(locks));
  app.post(
    '/json',
    requireJson,
    express.json({ limit: BODY_LIMIT_BYTES }),
    async (request, response) => {
      const startedMs = performance.now();
      const { name, params, id } = readCall(request.body);
      const answered = (outcome: object, error?: number) => {
        logger.debug({ method: name, ms: Math.round(performance.now() - startedMs), error }, 'rpc');
        response.json({ version: '1.1', ...outcome, ...(id === undefined ? {} : { id }) });
      };
      if (await isGone(request)) return;
      try {
        const method = methods.get(name);
        if (method === undefined) throw new RpcError('unknownMethod', `Unknown method ${name}.`);
        answered({ result: await call(method, params, callerOf(response)) });
      } catch (error) {
        const rpcError = asRpcError(error, name, logger);
        answered(errorBody(rpcError), rpcError.number);
      }
    },
  );
  app.all('/json', (_request, response) => {
    response.set('Allow', 'POST').status(405).end();
  });
  mountBinaryTransfers(app, {
    binary,
    callerOf,
    asRpcError: (error, name) => asRpcError(error, name, logger),
  });
  app.use((_request, response) => {
    response.status(404).end();
  });
  app.use(refuseBody(logger));
  return app;
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

const callerOf = (response: Response): Caller => response.locals['caller'] as Caller;

const errorBody = (error: RpcError): object => ({
  error: { name: 'JSONRPCError', code: error.number, message: error.message },
});

const refuse = (response: Response, status: number, error: RpcError): void => {
  response.status(status).json({ version: '1.1', ...errorBody(error) });
};

function readCall(body: unknown): { name: string; params: unknown; id: unknown } {
  const { method, params, id } = body as { method?: unknown; params?: unknown; id?: unknown };
  return { name: typeof method === 'string' ? method.slice(0, 200) : '', params, id };
}

/** An unexpected error is answered without its words: they might hold what a mail or a form held. */
function asRpcError(error: unknown, method: string, logger: Logger): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof WireError) return new RpcError('badParameters', error.message);
  const fault = storageFaultOf(error);
  if (fault !== null) {
    logger.error({ method, fault, code: systemCode(error) }, 'storage failed');
    return new RpcError('storageUnavailable', `The archive's storage does not work: ${fault}.`);
  }
  const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: '' };
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  logger.error({ method, errorName: name, frames }, 'rpc call failed unexpectedly');
  return new RpcError('internal', 'The archive could not carry out the call.');
}

function requireSignIn(signIn: SignIn): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction) => {
    const address = request.socket.remoteAddress ?? '';
    const result = await signIn.signIn(request.headers.authorization, address);
    if (result.outcome === 'signedIn') {
      response.locals['caller'] = result.caller;
      next();
    } else if (result.outcome === 'tooManyAttempts') {
      response.set('Retry-After', String(result.retryAfterSeconds));
      refuse(response, 429, new RpcError('signInFailed', 'Too many failed sign-ins.'));
    } else {
      response.set('WWW-Authenticate', 'Basic realm="mail archive"');
      refuse(response, 401, new RpcError('signInFailed', 'User name or password is wrong.'));
    }
  };
}

const countAsCall =
  (locks: LockTable): RequestHandler =>
  (_request, response, next) => {
    response.once('close', locks.enter(callerOf(response)));
    next();
  };

const requireJson: RequestHandler = (request, response, next) => {
  if (request.is('application/json') !== false) next();
  else
    refuse(response, 415, new RpcError('badRequest', 'Content-Type has to be application/json.'));
};

/** What express.json refuses; broken JSON is an RPC error like any other. */
const refuseBody =
  (logger: Logger): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { type, status } = error as { type?: unknown; status?: unknown };
    if (type === 'entity.parse.failed')
      refuse(response, 200, new RpcError('badRequest', 'The body is no JSON object.'));
    else if (typeof status === 'number' && status < 500)
      refuse(response, status, new RpcError('badRequest', 'The body cannot be read.'));
    else refuse(response, 500, asRpcError(error, '', logger));
  };
