/** The product as a process of its own, on a data folder that outlives it: to be killed and started again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withFreePorts } from '../../fixtures/servers/ports.js';
import type { CompiledSource } from './compiled-source.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from './temporary-directory.js';

export const PRODUCT_TOKEN = 'admin-token-of-the-product-process';
export const productArchive = { username: 'bridge', password: 'geheimes Archivpasswort' } as const;

export interface ProductOptions {
  /** On top of what every test needs. */
  readonly environment?: Readonly<Record<string, string>>;
}

export class ProductProcess {
  #child: ChildProcess | null = null;
  #output = '';
  readonly baseUrl: string;
  readonly archiveUrl: string;

  private constructor(
    private readonly main: string,
    private readonly directory: TemporaryDirectory,
    private readonly ports: { readonly bridge: number; readonly archive: number },
    private readonly options: ProductOptions,
  ) {
    this.baseUrl = `http://127.0.0.1:${ports.bridge}`;
    this.archiveUrl = `http://127.0.0.1:${ports.archive}`;
  }

  /** Starts it and waits until it is ready. */
  static async open(source: CompiledSource, options: ProductOptions = {}): Promise<ProductProcess> {
    const directory = await makeTemporaryDirectory();
    return withFreePorts(['bridge', 'archive'], async (ports) => {
      const product = new ProductProcess(source.path('main.js'), directory, ports, options);
      await product.start();
      return product;
    });
  }

  get dataDir(): string {
    return join(this.directory.path, 'data');
  }

  /** Standard output and error since the last start. */
  get output(): string {
    return this.#output;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the process and waits until it is ready. @throws Error with its output when it ends instead */
  async start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const child = this.spawn(environment);
    while (child.exitCode === null && child.signalCode === null) {
      const response = await fetch(`${this.baseUrl}/readyz`).catch(() => null);
      if (response?.status === 200) return;
      await sleep(5);
    }
    throw new Error(`the product ended before it was ready: ${this.#output}`);
  }

  /** Starts the process without waiting for anything. */
  spawn(environment: Readonly<Record<string, string>> = {}): ChildProcess {
    const child = spawn(process.execPath, [this.main], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...this.environment, ...environment },
    });
    this.#output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (this.#output += data.toString()));
    this.#child = child;
    return child;
  }

  get environment(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      MB_DATA_DIR: this.dataDir,
      MB_PORT: String(this.ports.bridge),
      MB_ARCHIVE_PORT: String(this.ports.archive),
      MB_ARCHIVE_USERNAME: productArchive.username,
      MB_ARCHIVE_PASSWORD: productArchive.password,
      MB_ADMIN_TOKEN: PRODUCT_TOKEN,
      MB_EGRESS_ALLOW: '127.0.0.0/8',
      MB_DISK_RESERVE_MIB: '0',
      MB_LOG_LEVEL: 'warn',
      ...this.options.environment,
    };
  }

  /** `kill -9`. Resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** As a supervisor ends it. @returns the exit code when the process is gone, null when a signal ended it */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Ends it and removes its data. */
  async close(): Promise<void> {
    await this.kill();
    await this.directory.remove();
  }

  /** A request with the admin's token. */
  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    return fetch(this.baseUrl + path, {
      method,
      headers: {
        Authorization: `Bearer ${PRODUCT_TOKEN}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  }
}
