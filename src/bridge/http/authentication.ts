/**
 * Bearer authentication (RFC 6750). Failed sign-ins are counted by address: after 20 in a minute the next ones
 * answer 429. A valid token is never locked out, so that nobody can shut an ERP out by guessing from its network.
 */
import type { Request, RequestHandler, Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import { BridgeFailure, refuse } from '../failure.js';
import type { Scope, TokenIdentity } from './route.js';

export interface TokenVerifier {
  /** Null for a token that is unknown or revoked. */
  verify(token: string): Promise<TokenIdentity | null>;
}

export type Authenticate = (
  request: Request,
  response: Response,
  scope: Scope,
) => Promise<TokenIdentity>;

const FAILURES_PER_MINUTE = 20;

/** One per application: it holds the counts. */
export function bearerAuthentication(tokens: TokenVerifier): Authenticate {
  const countFailure = rateLimit({
    windowMs: 60_000,
    limit: FAILURES_PER_MINUTE,
    standardHeaders: false,
    legacyHeaders: false,
    handler: (_request, response) => {
      response.setHeader('Retry-After', '60');
      throw refuse('tooManyRequests');
    },
  });
  return async (request, response, scope) => {
    const token = bearerToken(request);
    const caller = token === null ? null : await tokens.verify(token);
    if (caller === null) {
      if (token !== null) await run(countFailure, request, response);
      const error = token === null ? '' : ', error="invalid_token"';
      response.setHeader('WWW-Authenticate', `Bearer realm="mail-bridge"${error}`);
      throw new BridgeFailure('unauthenticated', {
        disposition: 'actionRequired',
        origin: 'caller',
      });
    }
    requireScope(caller, scope, response);
    return caller;
  };
}

/** @throws BridgeFailure forbidden */
export function requireScope({ scopes }: TokenIdentity, scope: Scope, response: Response): void {
  if (scopes.has(scope)) return;
  response.setHeader(
    'WWW-Authenticate',
    `Bearer realm="mail-bridge", error="insufficient_scope", scope="${scope}"`,
  );
  throw refuse('forbidden', { params: { scope } });
}

function bearerToken(request: Request): string | null {
  const match = /^Bearer +([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? '');
  return match?.[1] ?? null;
}

/** A middleware as a promise; it rejects with what the middleware throws. */
async function run(handler: RequestHandler, request: Request, response: Response): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    Promise.resolve(
      handler(request, response, (error?: unknown) => {
        if (error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('sign-in could not be counted'));
      }),
    ).catch(reject);
  });
}
