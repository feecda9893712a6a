/**
 * Binary transfer over HTTP. A failure comes as an XML-RPC fault document, as the vendor's client expects it; an
 * unknown function or object as 404. So that a stored XML file is not taken for a fault, it is never sent as text/xml.
 */
import { isUtf8 } from 'node:buffer';
import type { Express, Request, Response } from 'express';
import { pipeline } from 'node:stream/promises';
import { decodeWindows1252 } from '../../greyhound/index.js';
import type { RpcError } from '../errors.js';
import type { BinaryTransfers, DownloadFunction } from './binary-transfer.js';
import type { Caller } from './handlers.js';
import { faultDocument } from './xml-rpc.js';

interface Dependencies {
  readonly binary: BinaryTransfers;
  readonly callerOf: (response: Response) => Caller;
  readonly asRpcError: (error: unknown, method: string) => RpcError;
}

const downloads: readonly DownloadFunction[] = [
  'ItemsAttachment',
  'ItemsOrginalEml',
  'ItemsCurrentEml',
];

export function mountBinaryTransfers(app: Express, dependencies: Dependencies): void {
  const { binary, callerOf, asRpcError } = dependencies;
  const failed = (response: Response, method: string, error: unknown): void => {
    if (response.headersSent) {
      // The length announced is not reached: the client sees a broken transfer, not a short file.
      response.destroy();
      return;
    }
    const rpcError = asRpcError(error, method);
    if (rpcError.code === 'notFound') response.status(404).end();
    else response.type('text/xml').send(faultDocument(rpcError));
  };
  app.get(['/xmlrpc/:transfer', '/json/:transfer'], async (request, response) => {
    const target = readTarget(request);
    try {
      const name = downloads.find((known) => known === target?.name);
      const download =
        name && target ? await binary.download(name, target.id, callerOf(response)) : null;
      if (download === null) {
        response.status(404).end();
        return;
      }
      response.set({
        'Content-Type': download.contentType.replace(/^text\/xml/i, 'application/xml'),
        'Content-Disposition': 'attachment',
        'X-Content-Type-Options': 'nosniff',
      });
      if (download.sizeBytes !== null) response.set('Content-Length', String(download.sizeBytes));
      await pipeline(download.stream, response);
    } catch (error) {
      failed(response, target?.name ?? '', error);
    }
  });
  app.post(['/xmlrpc/:transfer', '/json/:transfer'], async (request, response) => {
    const target = readTarget(request);
    try {
      if (target?.name !== 'ItemNewAttachment') {
        response.status(404).end();
        return;
      }
      const { name, contentType } = readUploadType(request.headers['content-type'] ?? '');
      const upload = { name, contentType, stream: request };
      await binary.uploadAttachment(target.id, upload, callerOf(response));
      response.status(200).end();
    } catch (error) {
      failed(response, target?.name ?? '', error);
    }
  });
}

/** Function and id stand together without a separator, e.g. `ItemsAttachment17`. */
function readTarget(request: Request): { name: string; id: number } | null {
  const match = /^([A-Za-z]+)(\d{1,10})$/.exec(String(request.params['transfer']));
  return match ? { name: match[1] ?? '', id: Number(match[2]) } : null;
}

/**
 * `application/octet-stream; name="file.pdf"`: the name percent-encoded, or as raw UTF-8 or windows-1252 bytes
 * (node hands header bytes over as Latin-1).
 */
export function readUploadType(header: string): { name: string; contentType: string } {
  const [type = ''] = header.split(';', 1);
  const quoted = /;\s*name="([^"]*)"/i.exec(header)?.[1];
  const raw = quoted ?? /;\s*name=([^;\s]+)/i.exec(header)?.[1] ?? '';
  const bytes = Buffer.from(raw, 'latin1');
  const text = isUtf8(bytes) ? bytes.toString('utf8') : decodeWindows1252(bytes);
  return { name: decodePercent(text), contentType: type.trim() || 'application/octet-stream' };
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
