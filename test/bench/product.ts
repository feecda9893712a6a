/** The built product as a process of its own, as an operator runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withFreePorts } from '../../fixtures/servers/ports.js';
import { GreyhoundClient, newClientId } from '../../src/greyhound/index.js';

export interface Product {
  /** Milliseconds from the start of the process until /readyz answers 200. */
  readonly readyMs: number;
  readonly baseUrl: string;
  readonly token: string;
  readonly dataDir: string;
  readonly archive: GreyhoundClient;
  readonly archivePort: number;
  readonly archiveCredentials: typeof archiveCredentials;
  /** Resident memory now, MiB. */
  residentMib(): Promise<number>;
  stop(): Promise<void>;
}

const TOKEN = 'bench-token-0123456789';
const archiveCredentials = { username: 'bench', password: 'bench-password' };
const main = new URL('../../src/main.js', import.meta.url).pathname;

/** @param keptIn a folder to work in, which stays; else one of its own */
export async function startProduct(caCertificate?: string, keptIn?: string): Promise<Product> {
  const directory = keptIn ?? (await mkdtemp(join(tmpdir(), 'mail-bridge-bench-')));
  const dataDir = join(directory, 'data');
  const caFile = join(directory, 'ca.pem');
  if (caCertificate !== undefined) await writeFile(caFile, caCertificate);
  return withFreePorts(['bridgePort', 'archivePort'], async ({ bridgePort, archivePort }) => {
    const startedAt = performance.now();
    const process_ = spawn(process.execPath, [main], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        MB_DATA_DIR: dataDir,
        MB_PORT: String(bridgePort),
        MB_ARCHIVE_PORT: String(archivePort),
        MB_ARCHIVE_USERNAME: archiveCredentials.username,
        MB_ARCHIVE_PASSWORD: archiveCredentials.password,
        MB_ADMIN_TOKEN: TOKEN,
        MB_EGRESS_ALLOW: '127.0.0.0/8',
        MB_LOG_LEVEL: 'error',
        ...(caCertificate === undefined ? {} : { MB_TLS_CA_FILE: caFile }),
      },
    });
    const baseUrl = `http://127.0.0.1:${bridgePort}`;
    await untilReady(baseUrl, process_);
    const readyMs = performance.now() - startedAt;
    const archive = new GreyhoundClient({
      url: `http://127.0.0.1:${archivePort}`,
      ...archiveCredentials,
      clientId: newClientId(),
      timeoutMs: 120_000,
    });
    return {
      readyMs,
      baseUrl,
      token: TOKEN,
      dataDir,
      archive,
      archivePort,
      archiveCredentials,
      residentMib: () => residentMib(process_),
      stop: async () => {
        archive.close();
        if (process_.exitCode === null) {
          process_.kill('SIGTERM');
          await once(process_, 'exit');
        }
        if (keptIn === undefined) await rm(directory, { recursive: true, force: true });
      },
    };
  });
}

async function untilReady(baseUrl: string, process_: ChildProcess): Promise<void> {
  for (;;) {
    if (process_.exitCode !== null) throw new Error('the product ended before it was ready');
    const response = await fetch(`${baseUrl}/readyz`).catch(() => null);
    if (response?.status === 200) return;
    await sleep(5);
  }
}

async function residentMib(process_: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${String(process_.pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}
