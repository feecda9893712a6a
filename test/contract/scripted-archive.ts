/** An archive that answers what a script says: for everything that a well-behaved one cannot be made to show. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedCall {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly id: string;
  /** The Basic credentials, decoded byte by byte. */
  readonly credentials: Buffer;
  readonly headers: IncomingMessage['headers'];
  readonly socket: Socket;
}

export interface ScriptedReply {
  readonly status?: number;
  /** An object is sent as JSON with version and id; text as it stands. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Answer = (
  call: ReceivedCall,
  response: ServerResponse,
) => ScriptedReply | null | Promise<ScriptedReply | null>;

export type ScriptedArchive = Awaited<ReturnType<typeof openScriptedArchive>>;

/** @param answer null when it has dealt with the response itself */
export async function openScriptedArchive(answer: Answer) {
  const calls: ReceivedCall[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const { method, params, id } = JSON.parse(body) as ReceivedCall;
    const basic = (request.headers.authorization ?? '').replace(/^Basic /, '');
    const credentials = Buffer.from(basic, 'base64');
    const { headers, socket } = request;
    const call = { method, params, id, credentials, headers, socket };
    calls.push(call);
    const reply = await answer(call, response);
    if (reply === null) return;
    const { body: given = {}, status = 200 } = reply;
    response.writeHead(status, { 'Content-Type': 'application/json', ...reply.headers });
    response.end(
      typeof given === 'string' ? given : JSON.stringify({ version: '1.1', id, ...given }),
    );
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    calls,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
