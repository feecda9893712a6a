/** The body of a request that is too long to be held in memory, as it comes in. */
import type { Request } from 'express';
import { createGunzip } from 'node:zlib';
import { refuse } from '../failure.js';

export const NDJSON = 'application/x-ndjson';

/** The caller went away before the body was complete: nobody is there to answer. */
export class BodyBrokeOff extends Error {
  override readonly name = 'BodyBrokeOff';
}

/**
 * NDJSON, as streamedBytes.
 * @throws BridgeFailure unsupportedMediaType; as streamedBytes
 */
export function streamedBody(request: Request): AsyncIterable<Uint8Array> {
  // `is` tells nothing of a request without a body
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== NDJSON) throw refuse('unsupportedMediaType');
  return streamedBytes(request);
}

/**
 * Read no faster than its reader takes it; gzip is unpacked (RFC 9110 §8.4). The reader may stop early: what is left
 * is read and dropped, so that the caller gets the answer.
 * @throws BridgeFailure unsupportedMediaType for another encoding; while reading BodyBrokeOff, and invalidRequest for
 *   what is no gzip
 */
export function streamedBytes(request: Request): AsyncIterable<Uint8Array> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') return readUnpacked(request);
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw refuse('unsupportedMediaType');
  return readGzip(request);
}

async function* readUnpacked(request: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new BodyBrokeOff('the request ended before its body did', { cause: error });
  } finally {
    request.resume();
  }
}

async function* readGzip(request: Request): AsyncGenerator<Uint8Array> {
  const unpacked = createGunzip();
  const brokeOff = () =>
    unpacked.destroy(new BodyBrokeOff('the request ended before its body did'));
  request.once('aborted', brokeOff);
  request.once('error', brokeOff);
  request.pipe(unpacked);
  try {
    yield* unpacked as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof BodyBrokeOff) throw error;
    throw refuse('invalidRequest', { field: 'body', cause: error });
  } finally {
    request.unpipe(unpacked);
    unpacked.destroy();
    request.resume();
  }
}
