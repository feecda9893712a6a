/** Streams bytes of the archive to the caller, never interpreted by a browser on the way. */
import { finished, pipeline } from 'node:stream/promises';
import type { RequestContext } from '../http/route.js';

interface Download {
  readonly stream: NodeJS.ReadableStream;
  readonly sizeBytes: number | null;
}

type Streaming = Pick<RequestContext<unknown, unknown, unknown>, 'request' | 'response'>;

/**
 * The file name goes into Content-Disposition as RFC 6266 and RFC 8187 want it.
 * @param contentType as somebody on the internet wrote it; what is no media type becomes octet-stream
 */
export async function sendFile(
  { request, response }: Streaming,
  { stream, sizeBytes }: Download,
  { name, contentType }: { readonly name: string; readonly contentType: string },
): Promise<{ status: number; streamed: true }> {
  response.attachment(name.replace(/[\p{Cc}/\\]/gu, '_') || 'attachment');
  response.setHeader('Content-Type', safeType(contentType));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'");
  if (sizeBytes !== null) response.setHeader('Content-Length', sizeBytes);
  if (request.method === 'HEAD') {
    stream.resume();
    await finished(stream);
    response.end();
    return { status: 200, streamed: true };
  }
  try {
    await pipeline(stream, response);
  } catch (error) {
    // The caller went away, or the archive stopped in mid-stream: the cut connection says so.
    if (!response.headersSent) throw error;
  }
  return { status: 200, streamed: true };
}

const mediaType = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}/;

const safeType = (contentType: string): string =>
  mediaType.exec(contentType.trim())?.[0] ?? 'application/octet-stream';
