/**
 * An archive whose answers a test writes out, over real HTTP: for faults and orders of events that a real archive
 * cannot be made to show. Methods that were not scripted answer with a fault.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly method: string;
  readonly params: readonly unknown[];
}

export class Fault {
  constructor(
    readonly code: number,
    readonly message: string,
  ) {}
}

type Script = (params: readonly unknown[]) => unknown;
type Transfer = (id: number, body: Buffer, request: IncomingMessage) => Buffer;

export interface WireArchive {
  readonly url: string;
  readonly calls: Call[];
  /** Number of HTTP requests, of whatever kind. */
  readonly requests: () => number;
  /** What the method answers, as on the wire; a Fault becomes an error. */
  on(method: string, script: Script): void;
  /** A binary transfer by its function, e.g. `ItemsAttachment`. */
  onTransfer(name: string, transfer: Transfer): void;
  /** Credentials that are accepted; everybody's unless told. */
  acceptOnly(password: string): void;
  /** Takes over a whole request; for answers that are no JSON. */
  intercept(handler: ((response: ServerResponse) => void) | null): void;
  close(): Promise<void>;
}

export async function startWireArchive(): Promise<WireArchive> {
  const scripts = new Map<string, Script>();
  const transfers = new Map<string, Transfer>();
  const calls: Call[] = [];
  let requests = 0;
  let password: string | null = null;
  let takeOver: ((response: ServerResponse) => void) | null = null;

  const answer = (body: string, response: ServerResponse): void => {
    const { method, params, id } = JSON.parse(body) as Call & { id: string };
    calls.push({ method, params });
    const result = scripts.get(method)?.(params) ?? new Fault(9001, `unknown method ${method}`);
    const outcome =
      result instanceof Fault
        ? { error: { name: 'JSONRPCError', code: result.code, message: result.message } }
        : { result };
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ version: '1.1', id, ...outcome }));
  };

  const transfer = (request: IncomingMessage, body: Buffer, response: ServerResponse): void => {
    const [, name = '', id = ''] = /^\/xmlrpc\/([A-Za-z]+)(\d+)$/.exec(request.url ?? '') ?? [];
    const script = transfers.get(name);
    if (script === undefined) {
      response.statusCode = 404;
      response.end();
      return;
    }
    calls.push({ method: name, params: [Number(id)] });
    response.setHeader('Content-Type', 'application/octet-stream');
    response.end(script(Number(id), body, request));
  };

  const server = createServer((request, response) => {
    requests += 1;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const credentials = Buffer.from(
        (request.headers.authorization ?? '').replace('Basic ', ''),
        'base64',
      ).toString('latin1');
      if (takeOver !== null) takeOver(response);
      else if (password !== null && !credentials.endsWith(`:${password}`)) {
        response.statusCode = 401;
        response.end();
      } else if (request.url === '/json') answer(body.toString('utf8'), response);
      else transfer(request, body, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    calls,
    requests: () => requests,
    on: (method, script) => void scripts.set(method, script),
    onTransfer: (name, script) => void transfers.set(name, script),
    acceptOnly: (accepted) => void (password = accepted),
    intercept: (handler) => void (takeOver = handler),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
