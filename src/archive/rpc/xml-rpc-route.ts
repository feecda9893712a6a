/** POST /xmlrpc. Parsed as it comes in, so that a long call holds up nobody. Faults are answered with HTTP 200. */
import type { Request, RequestHandler, Response } from 'express';
import { decodeWindows1252 } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { Dispatch, RpcCall } from './dispatcher.js';
import { CallReader, faultDocument, responseDocument } from './xml-rpc.js';

/** Of the bytes that came; null at their end. */
type Decode = (bytes: Buffer | null) => string;

export function createXmlRpcRoute(dispatch: Dispatch, limitBytes: number): RequestHandler {
  return async (request, response) => {
    const decode = request.is(['text/xml', 'application/xml']) === false ? null : decoder(request);
    if (decode === null) {
      refuse(response, 415, 'The body has to be text/xml in utf-8, windows-1252 or iso-8859-1.');
      return;
    }
    const call = await readCall(request, decode, limitBytes);
    if (call === 'brokeOff') return;
    if (call === 'tooLarge') {
      response.set('Connection', 'close');
      refuse(response, 413, `The body is larger than ${String(limitBytes)} bytes.`);
      return;
    }
    const outcome =
      call instanceof RpcError ? { error: call } : await dispatch(call, request, response);
    if (outcome === null) return;
    send(
      response,
      'error' in outcome
        ? faultDocument(outcome.error)
        : responseDocument(outcome.type, outcome.result),
    );
  };
}

const send = (response: Response, document: string): void => {
  response.type('text/xml').send(document);
};

const refuse = (response: Response, status: number, message: string): void => {
  send(response.status(status), faultDocument(new RpcError('badRequest', message)));
};

/** What cannot be understood is read to its end all the same: the answer waits behind it. */
async function readCall(
  request: Request,
  decode: Decode,
  limitBytes: number,
): Promise<RpcCall | RpcError | 'tooLarge' | 'brokeOff'> {
  const reader = new CallReader();
  let failure: RpcError | null = null;
  let length = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer;
      length += bytes.length;
      if (length > limitBytes) return 'tooLarge';
      failure ??= refusalOf(() => {
        reader.write(decode(bytes));
      });
    }
  } catch (error) {
    if (!request.complete) return 'brokeOff';
    throw error;
  }
  failure ??= refusalOf(() => {
    reader.write(decode(null));
    reader.end();
  });
  return failure ?? reader.call;
}

function refusalOf(work: () => void): RpcError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
}

/** null: a charset that is not read here, or a compressed body. */
function decoder({ headers }: Request): Decode | null {
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return null;
  const charset = /charset="?([^";\s]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  if (/^(windows-1252|iso-8859-1)$/i.test(charset))
    return (bytes) => (bytes === null ? '' : decodeWindows1252(bytes));
  if (!/^(utf-?8|us-ascii)$/i.test(charset)) return null;
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  return (bytes) => {
    try {
      return bytes === null ? utf8.decode() : utf8.decode(bytes, { stream: true });
    } catch {
      throw new RpcError('badRequest', 'The body is not valid UTF-8.');
    }
  };
}
