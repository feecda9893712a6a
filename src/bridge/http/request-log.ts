/** One line a request: what was asked for by route, never addresses with values, headers or bodies. */
import type { NextFunction, Request, Response } from 'express';
import type { IdSource } from '../../platform/ids.js';
import type { Logger } from '../../platform/log.js';

/** Gives every request an id, sent back as X-Request-Id and named in problems. */
export function logRequests(logger: Logger, ids: IdSource) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const requestId = ids.next();
    const startedAt = performance.now();
    response.locals['requestId'] = requestId;
    response.setHeader('X-Request-Id', requestId);
    response.on('close', () => {
      const { operationId, tokenId } = response.locals;
      logger.info(
        {
          requestId,
          method: request.method,
          operationId: operationId as unknown,
          tokenId: tokenId as unknown,
          status: response.statusCode,
          complete: response.writableFinished,
          durationMs: Math.round(performance.now() - startedAt),
        },
        'request',
      );
    });
    next();
  };
}
