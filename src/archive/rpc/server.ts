/**
 * The archive on the wire: JSON-RPC 1.1 at POST /json, XML-RPC at POST /xmlrpc, bytes at /xmlrpc/<Function><ID> and /json/<Function><ID>.
 * What the contract leaves open is answered plainly: errors with HTTP 200 in JSON-RPC 1.1 layout, 401 for wrong
 * credentials, null as the result of a procedure. Nothing is read of a body before the caller has signed in.
 * Neither bodies nor credentials are logged.
 */
import express, {
  type ErrorRequestHandler,
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import { RpcError } from '../errors.js';
import { mountBinaryTransfers } from './binary-routes.js';
import type { BinaryTransfers } from './binary-transfer.js';
import { asRpcError, callerOf, createDispatch, type RpcCall } from './dispatcher.js';
import type { Clients } from './clients.js';
import type { Realms } from './realms.js';
import type { RpcService } from './rpc-service.js';
import { SignIn } from './sign-in.js';
import { createXmlRpcRoute } from './xml-rpc-route.js';

const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

export interface RpcServerOptions {
  readonly services: readonly RpcService[];
  readonly binary: BinaryTransfers;
  readonly realms: Realms;
  readonly clients: Clients;
  readonly logger: Logger;
  readonly clock: Clock;
}

export function createRpcServer(options: RpcServerOptions): Express {
  const { services, binary, realms, clients, logger, clock } = options;
  const dispatch = createDispatch(services, logger);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requireSignIn(new SignIn(realms, clock)), countAsCall(clients));
  app.post(
    '/json',
    requireJson,
    express.json({ limit: BODY_LIMIT_BYTES }),
    async (request, response) => {
      const { id, ...given } = readCall(request.body);
      const answer = await dispatch(given, request, response);
      if (answer === null) return;
      const outcome = 'error' in answer ? errorBody(answer.error) : { result: answer.result };
      response.json({ version: '1.1', ...outcome, ...(id === undefined ? {} : { id }) });
    },
  );
  app.post('/xmlrpc', createXmlRpcRoute(dispatch, BODY_LIMIT_BYTES));
  app.all(['/json', '/xmlrpc'], (_request, response) => {
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

const errorBody = (error: RpcError): object => ({
  error: { name: 'JSONRPCError', code: error.number, message: error.message },
});

const refuse = (response: Response, status: number, error: RpcError): void => {
  response.status(status).json({ version: '1.1', ...errorBody(error) });
};

function readCall(body: unknown): RpcCall & { id: unknown } {
  const { method, params, id } = body as { method?: unknown; params?: unknown; id?: unknown };
  return { name: typeof method === 'string' ? method.slice(0, 200) : '', params, id };
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
  (clients: Clients): RequestHandler =>
  (_request, response, next) => {
    response.once('close', clients.enter(callerOf(response)));
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
