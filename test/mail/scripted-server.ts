/** Servers that say what a script tells them, for faults that a real server cannot be made to show. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { EgressPolicy } from '../../src/platform/egress.js';
import type { ConnectDependencies, MailEndpoint } from '../../src/mail/endpoint.js';
import { MailFailure } from '../../src/mail/errors.js';

/** Bytes (a string stands for latin1), or `CLOSE`, `RESET`, `SILENCE`. */
export type Step = string | Buffer;

export interface ScriptedServer {
  readonly port: number;
  /** Lines that clients sent, in order. */
  readonly lines: string[];
  /** Connections that are open now. */
  readonly open: Set<net.Socket>;
  close(): void;
}

/** Plays steps one after another, each as a segment of its own. */
export async function play(socket: net.Socket, steps: readonly Step[]): Promise<boolean> {
  for (const step of steps) {
    if (socket.destroyed) return false;
    if (step === 'CLOSE') socket.end();
    else if (step === 'RESET') socket.resetAndDestroy();
    if (step === 'CLOSE' || step === 'RESET' || step === 'SILENCE') return false;
    socket.write(typeof step === 'string' ? Buffer.from(step, 'latin1') : step);
    await sleep(10);
  }
  return true;
}

export interface Script {
  readonly greeting: readonly Step[];
  /** What a line is answered with. */
  readonly answer: (line: string, socket: net.Socket) => readonly Step[];
  /** TLS from the first byte, or after the line `upgradeOn`. */
  readonly tls?: tls.SecureContextOptions;
  readonly upgradeOn?: string | RegExp;
}

export async function serve(script: Script): Promise<ScriptedServer> {
  const lines: string[] = [];
  const open = new Set<net.Socket>();
  const talk = (socket: net.Socket) => {
    let rest = '';
    let turn = Promise.resolve();
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const parts = (rest + data.toString('latin1')).split('\r\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        const upgrades = isUpgrade(script, line) && !(socket instanceof tls.TLSSocket);
        // what the client sends next is the handshake
        if (upgrades) socket.pause().removeAllListeners('data');
        turn = turn.then(async () => {
          if ((await play(socket, script.answer(line, socket))) && upgrades)
            talk(new tls.TLSSocket(socket, { isServer: true, ...script.tls }));
        });
      }
    });
  };
  const onConnection = (socket: net.Socket) => {
    talk(socket);
    void play(socket, script.greeting);
  };
  const isImplicit = script.tls !== undefined && script.upgradeOn === undefined;
  const server = isImplicit
    ? tls.createServer({ ...script.tls }, onConnection)
    : net.createServer(onConnection);
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket: net.Socket) => {
    socket.setNoDelay(true).on('error', () => undefined);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { port: (server.address() as net.AddressInfo).port, lines, open, close };
}

function isUpgrade({ upgradeOn }: Script, line: string): boolean {
  return upgradeOn instanceof RegExp ? upgradeOn.test(line) : upgradeOn === line;
}

/** A certificate made now. `days` below zero makes one that has expired. */
export function makeCertificate(names: string, days = 30): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const at = (name: string) => join(folder, name);
  const date = (offsetDays: number) =>
    new Date(Date.now() + offsetDays * 86_400_000)
      .toISOString()
      .replace(/[-:T]|\.\d+/g, '')
      .slice(2);
  try {
    const config = `[ca]\ndefault_ca=own\n[own]\ndatabase=${at('index')}\nserial=${at('serial')}\nnew_certs_dir=${folder}\ndefault_md=sha256\npolicy=any\nx509_extensions=ext\n[any]\ncommonName=supplied\n[ext]\nsubjectAltName=${names}\n`;
    execFileSync('sh', ['-c', `: > index; echo 01 > serial; cat > c.cnf`], {
      cwd: folder,
      input: config,
    });
    const quiet = { stdio: 'ignore', cwd: folder } as const;
    execFileSync(
      'openssl',
      [
        'req',
        '-new',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-subj',
        `/CN=${randomUUID()}`,
        '-keyout',
        'key',
        '-out',
        'csr',
      ],
      quiet,
    );
    execFileSync(
      'openssl',
      [
        'ca',
        '-batch',
        '-config',
        'c.cnf',
        '-selfsign',
        '-keyfile',
        'key',
        '-in',
        'csr',
        '-out',
        'cert',
        '-notext',
        '-startdate',
        date(-60),
        '-enddate',
        date(days),
      ],
      quiet,
    );
    return { key: readFileSync(at('key'), 'utf8'), cert: readFileSync(at('cert'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function dependencies(ca: readonly string[] = []): ConnectDependencies {
  return { egress: EgressPolicy.parse('127.0.0.1'), trust: { ca } };
}

export function endpoint(port: number, changes: Partial<MailEndpoint> = {}): MailEndpoint {
  return {
    host: '127.0.0.1',
    port,
    security: 'none',
    timeoutMs: 400,
    tlsException: null,
    allowClearTextLogin: true,
    ...changes,
  };
}

/** What the work fails with. @throws Error when it does not fail, or with something else */
export async function failureOf(work: Promise<unknown>): Promise<MailFailure> {
  const outcome: unknown = await work.catch((error: unknown) => error);
  if (outcome instanceof MailFailure) return outcome;
  throw new Error('a failure was expected', { cause: outcome });
}
