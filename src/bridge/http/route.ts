/**
 * A route as data: the same definition mounts the handler, validates the request and yields OpenAPI.
 * Definitions live in the `routes.ts` of their capability; http/app.ts mounts them.
 */
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { UserRecord } from '../directory/record.js';
import type { Run } from '../idempotency/idempotency.js';
import type { RecordWords } from '../texts/assignment.js';
import type { Language } from '../texts/text.js';

export type { Language };

export const scopes = [
  'settings:read',
  'settings:write',
  'accounts:read',
  'accounts:write',
  'messages:read',
  'messages:write',
  'messages:send',
  'rules:read',
  'health:read',
  'directory:read',
  'directory:write',
  'assignments:read',
  'assignments:write',
  'act-as',
  'messages:export',
] as const;
export type Scope = (typeof scopes)[number];

/** What the bearer token proves. */
export interface TokenIdentity {
  readonly installationId: string;
  readonly tokenId: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** Who asks, and for whom. */
export interface CallerIdentity extends TokenIdentity {
  /** The ERP user whose rights apply (users/acting-user.ts); null: nobody in particular, with all the token's rights. */
  readonly user: UserRecord | null;
}

export interface RequestContext<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly caller: CallerIdentity;
  readonly language: Language;
  /** What the ERP calls its records, where an adapter asks for answers in its words; ours unless told. */
  readonly recordWords?: RecordWords;
  /** Entity tag of If-Match without quotes, or `*` (RFC 9110 §13.1.1); undefined when the header is missing. */
  readonly ifMatch: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** For a POST with Idempotency-Key. */
  readonly run?: Run;
  /** For routes that stream (SSE, raw mail). */
  readonly request: Request;
  readonly response: Response;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  /** Without quotes. */
  readonly etag?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The handler has written the response itself. */
  readonly streamed?: boolean;
}

export interface RouteDefinition<P = unknown, Q = unknown, B = unknown> {
  readonly operationId: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** In OpenAPI's form, e.g. `/api/v1/incoming-accounts/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** null: public. */
  readonly scope: Scope | null;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Whether a request without a body is fine although `body` is given; the handler then gets undefined. */
  readonly bodyOptional?: boolean;
  /** 1 MB unless told. */
  readonly bodyLimitBytes?: number;
  /**
   * The body may be of any length: the handler reads it from `request` (http/streamed-body.ts) and gets undefined as
   * `body`. `lines` is NDJSON, and `body` describes one line of it; `bytes` is anything.
   */
  readonly streamsBody?: 'lines' | 'bytes';
  /** Success answers by status; null = no body. `contentType` for what is not JSON. */
  readonly responses: Readonly<
    Record<
      number,
      {
        readonly description: string;
        readonly schema: z.ZodType | null;
        readonly contentType?: string;
      }
    >
  >;
  /**
   * The handler finds what an earlier run with the same Idempotency-Key created (`run`), and goes on from there; or
   * it may be carried out as often as one likes.
   */
  readonly resumes?: boolean;
  /** Update or delete that needs If-Match (428 without). */
  readonly needsIfMatch?: boolean;
  readonly handler: (context: RequestContext<P, Q, B>) => Promise<Reply> | Reply;
}

/** Any route, for lists of them. A schema must be strict: what it does not name is refused, not dropped. */
export type AnyRoute = Omit<RouteDefinition, 'handler'> & {
  readonly handler: (context: RequestContext<never, never, never>) => Promise<Reply> | Reply;
};

/** Ties the handler's types to the schemas. */
export const route = <P = unknown, Q = unknown, B = unknown>(
  definition: RouteDefinition<P, Q, B>,
): AnyRoute => definition;
