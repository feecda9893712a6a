/** The JSON body of a request, with everything that can be wrong about it as a failure of ours. */
import express from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { refuse, type BridgeFailure } from '../failure.js';

const DEFAULT_LIMIT_BYTES = 1024 * 1024;

/**
 * @returns undefined for a request without a body
 * @throws BridgeFailure unsupportedMediaType, bodyTooLarge, invalidJson
 */
export async function readBody(
  request: Request,
  response: Response,
  limitBytes = DEFAULT_LIMIT_BYTES,
): Promise<unknown> {
  if (!hasBody(request)) return undefined;
  if (!request.is('application/json')) throw refuse('unsupportedMediaType');
  await new Promise<void>((resolve, reject) => {
    parser(limitBytes)(request, response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(bodyFailure(error, limitBytes));
    });
  });
  return request.body as unknown;
}

const hasBody = (request: Request): boolean =>
  request.headers['transfer-encoding'] !== undefined ||
  Number(request.headers['content-length'] ?? 0) > 0;

const parsers = new Map<number, RequestHandler>();

function parser(limitBytes: number): RequestHandler {
  const known = parsers.get(limitBytes);
  if (known !== undefined) return known;
  const fresh = express.json({ limit: limitBytes, strict: false, type: 'application/json' });
  parsers.set(limitBytes, fresh);
  return fresh;
}

/** body-parser names its errors in `type`. Its message quotes the body, so it is not kept. */
function bodyFailure(error: unknown, limitBytes: number): BridgeFailure {
  const type = (error as { type?: unknown }).type;
  if (type === 'entity.too.large') return refuse('bodyTooLarge', { params: { limitBytes } });
  if (type === 'charset.unsupported' || type === 'encoding.unsupported')
    return refuse('unsupportedMediaType');
  return refuse('invalidJson');
}
