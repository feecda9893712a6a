/** One line a request: what was asked for by route, never addresses with values, headers or bodies. */
import type { NextFunction, Request, Response } from 'express';
import type { IdSource } from '../../platform/ids.js';
import type { Logger } from '../../platform/log.js';

export interface MeasuredRequest {
  readonly method: string;
  /** Template, such as `/api/v1/groups/{id}`. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

/** Gives every request an id, sent back as X-Request-Id and named in problems. */
export function logRequests(
  logger: Logger,
  ids: IdSource,
  onRequest: (measured: MeasuredRequest) => void,
) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const requestId = ids.next();
    const startedAt = performance.now();
    response.locals['requestId'] = requestId;
    response.setHeader('X-Request-Id', requestId);
    response.on('close', () => {
      const { operationId, tokenId, route } = response.locals;
      const durationMs = performance.now() - startedAt;
      logger.info(
        {
          requestId,
          method: request.method,
          operationId: operationId as unknown,
          tokenId: tokenId as unknown,
          status: response.statusCode,
          complete: response.writableFinished,
          durationMs: Math.round(durationMs),
        },
        'request',
      );
      const { method } = request;
      if (typeof route === 'string')
        onRequest({ method, route, status: response.statusCode, durationMs });
    });
    next();
  };
}
