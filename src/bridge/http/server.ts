/** Listens with an application and ends in good order. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

/** Node's own five minutes would cut a push of a few million records; the headers of a request still have one minute. */
const REQUEST_TIMEOUT_MS = 3_600_000;

export interface RunningServer {
  readonly port: number;
  /** Takes no more requests, lets those under way finish for `graceMs`, then cuts what is left. */
  close(graceMs?: number): Promise<void>;
}

/** @throws the system's error when the address cannot be listened on */
export async function listen(app: Express, host: string, port: number): Promise<RunningServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async (graceMs = 5_000) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}
