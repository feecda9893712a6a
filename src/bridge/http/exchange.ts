/** One request answered by one route definition. */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { ArchiveFailure } from '../../greyhound/index.js';
import { refuse } from '../failure.js';
import type { Answer, Idempotency, Outcome, Repetition } from '../idempotency/idempotency.js';
import { fieldTexts } from '../texts/fields.js';
import { fill, type Language } from '../texts/text.js';
import { actingUser, USER_HEADER, userIdOf, type Users } from '../users/index.js';
import { requireScope, type Authenticate } from './authentication.js';
import { readBody } from './body.js';
import { languageOf } from './language.js';
import { InvalidInput, problem } from './problems.js';
import type {
  AnyRoute,
  CallerIdentity,
  Reply,
  RequestContext,
  RouteDefinition,
  Scope,
} from './route.js';
import { validate } from './validation.js';

const anyPath = z.looseObject({});
const noQuery = z.strictObject({});
const noBody = z.strictObject({}).optional();

export interface Answering {
  readonly authenticate: Authenticate;
  readonly users: Users;
  readonly idempotency: Idempotency;
}

/** Public routes are nobody's. */
const anonymous: CallerIdentity = {
  installationId: '',
  tokenId: '',
  scopes: new Set(),
  user: null,
};

export function answerWith(definition: AnyRoute, answering: Answering) {
  const route = definition as RouteDefinition;
  return async (request: Request, response: Response): Promise<void> => {
    response.locals['operationId'] = route.operationId;
    response.locals['route'] = route.path;
    response.setHeader('Cache-Control', 'no-store');
    const language = languageOf(request);
    const caller = await identify(answering, route.scope, request, response);
    response.locals['tokenId'] = caller.tokenId;
    const context = await requestContext(route, request, response, caller, language);
    if (context.idempotencyKey === undefined || route.method !== 'post') {
      send(await route.handler(context), request, response);
      return;
    }
    const resumes = route.resumes === true;
    const { answer, repeated } = await answering.idempotency.once(
      {
        installationId: caller.installationId,
        key: `${caller.tokenId}/${context.idempotencyKey}`,
        fingerprint: fingerprint(context),
        resumes,
      },
      (run) =>
        outcome(
          async () => route.handler({ ...context, run }),
          (error) => answerTo(error, language, String(response.locals['requestId'])),
          resumes,
        ),
    );
    if (repeated) response.setHeader('Idempotency-Replayed', 'true');
    sendAnswer(answer, response);
  };
}

/** @throws BridgeFailure unauthenticated, forbidden, invalidRequest, userUnknown, userMayNotUseMail */
async function identify(
  { authenticate, users }: Answering,
  scope: Scope | null,
  request: Request,
  response: Response,
): Promise<CallerIdentity> {
  if (scope === null) return anonymous;
  const identity = await authenticate(request, response, scope);
  const named = request.headersDistinct[USER_HEADER.toLowerCase()];
  if (named === undefined) return { ...identity, user: null };
  requireScope(identity, 'act-as', response);
  const id = userIdOf(named);
  if (id === null) throw invalidHeader(USER_HEADER, languageOf(request));
  return { ...identity, user: await actingUser(users, id, scope) };
}

async function requestContext(
  route: RouteDefinition,
  request: Request,
  response: Response,
  caller: CallerIdentity,
  language: Language,
): Promise<RequestContext<unknown, unknown, unknown>> {
  const params = validate(route.params ?? anyPath, request.params, language);
  const query = validate(route.query ?? noQuery, { ...request.query }, language);
  const ifMatch = entityTag(request, language);
  if (route.needsIfMatch === true && ifMatch === undefined) throw refuse('preconditionRequired');
  const idempotencyKey = keyOf(request, language);
  const body = await requestBody(route, request, response, language);
  return { params, query, body, caller, language, ifMatch, idempotencyKey, request, response };
}

async function requestBody(
  route: RouteDefinition,
  request: Request,
  response: Response,
  language: Language,
): Promise<unknown> {
  if (route.method === 'get' || route.streamsBody !== undefined) return undefined;
  const given = await readBody(request, response, route.bodyLimitBytes);
  // A route that takes no body also takes an empty object, which many clients send.
  if (route.body === undefined) return validate(noBody, given, language);
  if (given === undefined && route.bodyOptional === true) return undefined;
  return validate(route.body, given, language);
}

/** If-Match with one strong tag (RFC 9110 §13.1.1); lists make no sense for one caller's version. */
function entityTag(request: Request, language: Language): string | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return header?.trim();
  const match = /^\s*"([^"]*)"\s*$/.exec(header);
  if (match?.[1] === undefined) throw invalidHeader('If-Match', language);
  return match[1];
}

function keyOf(request: Request, language: Language): string | undefined {
  const key = request.get('Idempotency-Key');
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw invalidHeader('Idempotency-Key', language);
  return key;
}

const invalidHeader = (field: string, language: Language): InvalidInput =>
  new InvalidInput([{ field, code: 'invalidRequest', message: fill(fieldTexts.header, language) }]);

/** What one user was answered is not for another one. */
function fingerprint({ request, body, caller }: RequestContext<unknown, unknown, unknown>): string {
  const user = caller.user === null ? [] : [caller.user.id];
  const asked = JSON.stringify([request.method, request.originalUrl, body ?? null, ...user]);
  return createHash('sha256').update(asked).digest('hex');
}

/**
 * A failure is an answer too. It is kept when trying again cannot or must not help: the caller's own mistakes, and
 * whatever the archive may have carried out although we did not hear of it, unless the work can look for that.
 */
async function outcome(
  work: () => Promise<Reply>,
  failed: (error: unknown) => { answer: Answer; isPermanent: boolean },
  resumes: boolean,
): Promise<Outcome> {
  try {
    return { answer: toAnswer(await work()), repetition: 'answer' };
  } catch (error) {
    const { answer, isPermanent } = failed(error);
    const maybeExecuted = error instanceof ArchiveFailure && error.maybeExecuted;
    const otherwise: Repetition = resumes ? 'resume' : maybeExecuted ? 'answer' : 'anew';
    return { answer, repetition: isPermanent && !maybeExecuted ? 'answer' : otherwise };
  }
}

/** @throws the error itself when it is none that is foreseen */
function answerTo(error: unknown, language: Language, requestId: string) {
  const body = problem(error, language, requestId);
  if (body.code === 'internalError') throw error;
  const headers = { 'Content-Type': 'application/problem+json' };
  return {
    answer: { status: body.status, headers, body },
    isPermanent: body.disposition === 'permanent',
  };
}

function toAnswer(reply: Reply): Answer {
  const etag = reply.etag === undefined ? {} : { ETag: `"${reply.etag}"` };
  return {
    status: reply.status,
    headers: { ...etag, ...reply.headers },
    ...(reply.body === undefined ? {} : { body: reply.body }),
  };
}

function send(reply: Reply, request: Request, response: Response): void {
  if (reply.streamed === true) return;
  const answer = toAnswer(reply);
  response.set(answer.headers);
  // 304 for a reader who has this version (RFC 9110 §13.1.2)
  if (reply.etag !== undefined && request.fresh) response.status(304).end();
  else sendAnswer(answer, response);
}

function sendAnswer({ status, headers, body }: Answer, response: Response): void {
  response.status(status).set(headers);
  if (body === undefined) response.end();
  else if (headers['Content-Type'] === undefined) response.json(body);
  else response.send(typeof body === 'string' ? body : JSON.stringify(body));
}
