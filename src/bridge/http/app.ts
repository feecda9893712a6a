/**
 * The HTTP side of the bridge: takes route definitions and answers requests by them. A request goes through
 * sign-in, scope, acting user, If-Match, body, validation, Idempotency-Key and the handler, in this order; whatever goes wrong
 * on the way becomes one problem document.
 */
import express from 'express';
import type { Express, NextFunction, Request, Response, Router } from 'express';
import helmet from 'helmet';
import type { IdSource } from '../../platform/ids.js';
import type { Logger } from '../../platform/log.js';
import { refuse } from '../failure.js';
import type { Idempotency } from '../idempotency/idempotency.js';
import type { Users } from '../users/index.js';
import { bearerAuthentication, type TokenVerifier } from './authentication.js';
import { answerWith, type Answering } from './exchange.js';
import { languageOf } from './language.js';
import { knownFailure, problem } from './problems.js';
import { logRequests, type MeasuredRequest } from './request-log.js';
import type { AnyRoute } from './route.js';

export interface AppDependencies {
  readonly routes: readonly AnyRoute[];
  readonly tokens: TokenVerifier;
  readonly users: Users;
  readonly idempotency: Idempotency;
  readonly logger: Logger;
  readonly ids: IdSource;
  /** Told of every request that met a route, once it has ended. */
  readonly onRequest?: (measured: MeasuredRequest) => void;
}

export function createApp(dependencies: AppDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  const { logger, ids, onRequest = () => undefined } = dependencies;
  app.use(logRequests(logger, ids, onRequest));
  app.use(helmet());
  app.use(mountRoutes(dependencies));
  app.use(() => {
    throw refuse('notFound');
  });
  app.use(answerFailure(dependencies.logger));
  return app;
}

/** OpenAPI's `{id}` in the router's words. */
const routerPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

/** Fixed segments before parameters, so that `/check` is never taken for an id. */
const bySpecificity = (one: string, other: string): number =>
  one.replace(/\{\w+\}/g, '\uffff') < other.replace(/\{\w+\}/g, '\uffff') ? -1 : 1;

function mountRoutes({ routes, tokens, users, idempotency }: AppDependencies): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const answering: Answering = { authenticate: bearerAuthentication(tokens), users, idempotency };
  for (const [path, atPath] of [...groupByPath(routes)].sort(([one], [other]) =>
    bySpecificity(one, other),
  )) {
    const place = router.route(routerPath(path));
    for (const route of atPath) place[route.method](answerWith(route, answering));
    place.all(refuseOtherMethods(atPath));
  }
  return router;
}

function groupByPath(routes: readonly AnyRoute[]): Map<string, AnyRoute[]> {
  const groups = new Map<string, AnyRoute[]>();
  for (const route of routes) groups.set(route.path, [...(groups.get(route.path) ?? []), route]);
  return groups;
}

function refuseOtherMethods(routes: readonly AnyRoute[]) {
  const methods = routes.map((route) => route.method.toUpperCase());
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  return (request: Request, response: Response): void => {
    response.setHeader('Allow', allow);
    if (request.method === 'OPTIONS') response.status(204).end();
    else throw refuse('methodNotAllowed', { params: { allow } });
  };
}

function answerFailure(logger: Logger) {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const requestId = String(response.locals['requestId']);
    if (knownFailure(error).code === 'internalError')
      logger.error({ requestId, err: error }, 'unexpected');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const body = problem(error, languageOf(request), requestId);
    response.status(body.status).type('application/problem+json').send(JSON.stringify(body));
  };
}
