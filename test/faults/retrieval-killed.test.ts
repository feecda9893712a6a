import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { fork, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeMessage } from '../../fixtures/messages/index.js';
import { startDovecot, type Dovecot } from '../../fixtures/servers/dovecot.js';
import { fillMaildir, listMaildir } from '../../fixtures/servers/maildir.js';
import { projectFile } from '../../fixtures/servers/project-file.js';
import { RawMailStore } from '../../src/archive/store/raw-mail-store.js';
import {
  GreyhoundClient,
  Pop3Delete,
  RpcAccountOptions,
  RpcPop3Account,
  withLock,
} from '../../src/greyhound/index.js';
import { compileSource, type CompiledSource } from '../support/compiled-source.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.js';
import { extent, randomFrom, report } from './extent.js';
import { startWatchedProxy, type WatchedProxy } from './watched-proxy.js';

const USER = { address: 'a@example.test', password: 'geheim' };
const SEED = 20_260_301;
const MAILS = extent({ short: 600, full: 5000 });
const KILLS = extent({ short: 12, full: 300 });

/** What the process was doing when it was killed, as far as the server sees it. */
const PHASES = ['start', 'sign-in', 'list', 'fetch', 'delete', 'quit'] as const;
type Phase = (typeof PHASES)[number];
const PHASE_OF: Readonly<Record<string, Phase>> = {
  CAPA: 'sign-in',
  UIDL: 'list',
  RETR: 'fetch',
  DELE: 'delete',
  QUIT: 'quit',
};

let source: CompiledSource;
let directory: TemporaryDirectory;
let dovecot: Dovecot;
let proxy: WatchedProxy;
beforeAll(async () => {
  source = await compileSource();
  directory = await makeTemporaryDirectory();
  dovecot = await startDovecot({ users: [USER] });
  proxy = await startWatchedProxy(dovecot.pop3Port, onCommand, onEnd);
}, 60_000);
afterAll(async () => {
  child?.kill('SIGKILL');
  await proxy.stop();
  await dovecot.stop();
  await directory.remove();
  await source.remove();
});

const random = randomFrom(SEED);
const below = (limit: number): number => Math.floor(random() * limit);
const key = randomBytes(32).toString('hex');

let child: ChildProcess | null = null;
/** Of the session under way. */
let phase: Phase = 'start';
/** When to kill: so many milliseconds after this many commands of a kind. */
let aim: { readonly verb: string; left: number; readonly delayMs: number } | null = null;
let sessionsEnded = 0;

function onCommand(verb: string): void {
  phase = PHASE_OF[verb] ?? phase;
  if (aim?.verb !== verb || (aim.left -= 1) > 0) return;
  const { delayMs } = aim;
  aim = null;
  const victim = child;
  if (delayMs === 0) victim?.kill('SIGKILL');
  else setTimeout(() => victim?.kill('SIGKILL'), delayMs);
}

function onEnd(): void {
  sessionsEnded += 1;
}

/** Starts the archive. */
function start(): ChildProcess {
  const script = projectFile('test', 'archive', 'retrieval', 'archive-process.mjs');
  phase = 'start';
  child = fork(script, [dirname(source.path('index.js')), directory.path, key], { execArgv: [] });
  return child;
}

async function end(process: ChildProcess): Promise<void> {
  const ended = once(process, 'exit');
  process.kill('SIGKILL');
  if (process.exitCode === null && process.signalCode === null) await ended;
}

/** One kind of point after the other, each at random; null: at any time from the start on. */
function aimOf(life: number): typeof aim {
  const aims = [
    { verb: 'RETR', left: 1 + below(250), delayMs: below(40) },
    { verb: 'DELE', left: 1 + below(80), delayMs: below(3) },
    { verb: 'QUIT', left: 1, delayMs: below(8) },
    null,
    { verb: 'RETR', left: 1 + below(60), delayMs: below(200) },
    { verb: 'PASS', left: 1, delayMs: below(10) },
    { verb: 'QUIT', left: 1, delayMs: below(3) },
    { verb: 'UIDL', left: 1, delayMs: below(20) },
    { verb: 'DELE', left: 1 + below(20), delayMs: 0 },
  ];
  return aims[life % aims.length] ?? null;
}

/** Delivered mails by their names on the server, with the SHA-256 of their bytes. */
const delivered = new Map<string, string>();
async function deliver(count: number): Promise<void> {
  const mails = Array.from({ length: count }, (_, at) => {
    const index = delivered.size + at;
    // one in 250 is longer than what is held in memory
    const sizeBytes = index % 250 === 99 ? 1_300_000 : 600 + below(12_000);
    return makeMessage({ index, sizeBytes });
  });
  const names = await fillMaildir(dovecot.maildirOf(USER.address), mails);
  mails.forEach((bytes, at) =>
    delivered.set(names[at] ?? '', createHash('sha256').update(bytes).digest('hex')),
  );
}

const onServer = () => listMaildir(dovecot.maildirOf(USER.address));

/** Hashes of gone mails that were found stored before. */
const proven = new Set<string>();

/** Looks into the files of the dead process. @returns names that are left on the server */
async function check(): Promise<ReadonlySet<string>> {
  const left = await onServer();
  const gone = [...delivered].flatMap(([name, hash]) => (left.has(name) ? [] : hash));
  const database = new Database(`${directory.path}/archive.db`, { readonly: true });
  const items = database.prepare('select raw_hash from items').pluck().all() as string[];
  database.close();
  expect(items).toHaveLength(new Set(items).size);
  const stored = new Set(items);
  expect(gone.filter((hash) => !stored.has(hash))).toEqual([]);
  const unproven = gone.filter((hash) => !proven.has(hash));
  for (const hash of await bytesOf(unproven)) proven.add(hash);
  expect(gone.filter((hash) => !proven.has(hash))).toEqual([]);
  return left;
}

/** How many items still wait for their second look. */
function unparsed(): number {
  const database = new Database(`${directory.path}/archive.db`, { readonly: true });
  const count = database.prepare('select count(*) from items where parse_state = 0').pluck().get();
  database.close();
  return Number(count);
}

/** Which of the hashes have their exact bytes in raw.db. */
async function bytesOf(hashes: readonly string[]): Promise<ReadonlySet<string>> {
  const raw = RawMailStore.openForReading(`${directory.path}/raw.db`);
  try {
    return await raw.agreeing(hashes);
  } finally {
    await raw.close();
  }
}

async function connectAccount(): Promise<void> {
  const [{ port }] = (await once(start(), 'message')) as [{ port: number }];
  const client = new GreyhoundClient({
    url: `http://127.0.0.1:${port}`,
    username: 'bridge',
    password: 'geheim',
    clientId: randomBytes(16).toString('hex'),
  });
  const { pop3Accounts, mailBridge } = client;
  const account = RpcPop3Account.make({
    Name: 'A',
    Host: '127.0.0.1',
    Port: proxy.port,
    Username: USER.address,
    Password: USER.password,
    Delete: Pop3Delete.pdYes,
    Interval: 100_000,
    Timeout: 20,
  });
  const ID = await pop3Accounts.New({ Pop3Account: account });
  const Options = RpcAccountOptions.make({ AllowClearTextLogin: true });
  await withLock(pop3Accounts, ID, async (current) => {
    await mailBridge.PutOptions({ Kind: 0, ID, Options });
    await pop3Accounts.Put({ Pop3Account: { ...current, State: 1 } });
  });
  client.close();
}

/** One life of the process. @returns the phase in which it was killed; null when its session came to an end before */
async function live(life: number): Promise<Phase | null> {
  const endedBefore = sessionsEnded;
  aim = aimOf(life);
  const early =
    aim === null ? sleep(below(600), 'early' as const) : new Promise<never>(() => undefined);
  const process = start();
  const exit = once(process, 'exit');
  const over = (async () => {
    while (sessionsEnded === endedBefore) await sleep(5);
    // what is killed ends its session too
    await sleep(20);
    return 'over' as const;
  })();
  const first = await Promise.race([exit, over, early]);
  const isOver = first === 'over' && process.signalCode === null && process.exitCode === null;
  aim = null;
  const killedIn = phase;
  await end(process);
  if (process.signalCode !== 'SIGKILL') throw new Error('the archive ended by itself');
  return isOver ? null : killedIn;
}

describe('an archive that is killed while it fetches and deletes', () => {
  it(
    'SAL-20 has every mail exactly once, and none is gone from the server that is not stored',
    async () => {
      await deliver(MAILS);
      const kills = new Map<Phase, number>(PHASES.map((one) => [one, 0]));
      const sessions = () => [...kills.values()].reduce((sum, count) => sum + count, 0);
      let undisturbed = 0;
      await connectAccount();
      await end(child as ChildProcess);
      await check();
      // however the delays fall on this machine, each phase is hit at least once
      const isMissing = () => [...kills.values()].includes(0);
      while (sessions() < KILLS || isMissing()) {
        const killedIn = await live(sessions() + undisturbed);
        const left = await check().catch((error: unknown) => {
          const life = sessions() + undisturbed;
          throw new Error(`seed ${SEED}, life ${life}, killed in ${killedIn ?? 'peace'}`, {
            cause: error,
          });
        });
        if (killedIn === null) undisturbed += 1;
        else kills.set(killedIn, (kills.get(killedIn) ?? 0) + 1);
        if (left.size === 0) await deliver(20 + below(200));
      }
      start();
      while ((await onServer()).size > 0 || unparsed() > 0) await sleep(50);
      await end(child as ChildProcess);
      await check();
      expect([...proven].sort()).toEqual([...delivered.values()].sort());
      report('retrieval-killed', {
        seed: SEED,
        mails: delivered.size,
        kills: sessions(),
        ...Object.fromEntries([...kills].map(([name, count]) => [`in ${name}`, count])),
        'sessions that came to their end': undisturbed,
      });
    },
    extent({ short: 120_000, full: 3_600_000 }),
  );
});
