/** An ERP on a free port of loopback that can be asked for records, and a live directory that asks it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { LiveDirectory } from '../../../../src/bridge/directory/live/live-directory.js';
import type { SourceSettings } from '../../../../src/bridge/directory/live/source-settings.js';
import type { ConnectDependencies } from '../../../../src/mail/endpoint.js';
import { EgressPolicy } from '../../../../src/platform/egress.js';
import { createLogger } from '../../../../src/platform/log.js';
import { recordLookUp } from '../../../../fixtures/erp-host/record-lookup.js';

export const TOKEN = 'erp-token-7f3a';

export interface Asked {
  readonly type: string;
  readonly addresses: readonly string[];
  readonly references: readonly string[];
  readonly ids: readonly string[];
}

export type Answering = (request: IncomingMessage, response: ServerResponse) => unknown;

export const answering =
  (body: unknown, status = 200): Answering =>
  (_request, response) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));

export class RunningErp {
  /** What was asked, call by call. */
  readonly asked: Asked[] = [];
  readonly headers: IncomingMessage['headers'][] = [];

  private constructor(
    public answer: Answering,
    readonly url: string,
    private readonly server: ReturnType<typeof createServer>,
  ) {}

  /** @param answer the reference host with the sample data unless told */
  static async start(answer?: Answering, tls?: { key: string; cert: string }): Promise<RunningErp> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}/look-ups`;
    const erp = new RunningErp(answer ?? recordLookUp({ token: TOKEN }), url, server);
    server.on('request', (request, response) => void erp.#serve(request, response));
    return erp;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    this.headers.push(request.headers);
    this.asked.push(JSON.parse(body) as Asked);
    const again = Object.assign(Readable.from([Buffer.from(body)]), {
      method: request.method,
      headers: request.headers,
    });
    await this.answer(again as unknown as IncomingMessage, response);
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

export const loopback: ConnectDependencies = {
  egress: EgressPolicy.parse('127.0.0.0/8'),
  trust: {},
};

export interface Asking {
  readonly directory: LiveDirectory;
  readonly log: () => string;
  /** In force with the next question. */
  settings: SourceSettings;
  elapsedMs: number;
}

export function asking(
  url: string,
  given: Partial<SourceSettings> = {},
  connect: ConnectDependencies = loopback,
): Asking {
  const lines: string[] = [];
  const settings: SourceSettings = {
    source: 'live',
    url,
    token: TOKEN,
    timeoutMs: 3000,
    cacheSeconds: 30,
    revision: 1,
    ...given,
  };
  const made = {
    settings,
    elapsedMs: 1000,
    log: () => lines.join(''),
  };
  const directory = new LiveDirectory({
    settings: { read: () => Promise.resolve(made.settings) },
    connect,
    users: {
      userAddresses: (addresses) =>
        Promise.resolve(new Set(addresses.filter((one) => one.endsWith('@mueller-shop.de')))),
      user: () => Promise.resolve(null),
    },
    logger: createLogger('trace', { write: (line) => void lines.push(line) }),
    elapsed: () => made.elapsedMs,
  });
  return Object.assign(made, { directory });
}
