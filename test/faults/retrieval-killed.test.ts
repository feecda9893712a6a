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
  Pop3Protocol,
  RpcAccountOptions,
  RpcPop3Account,
  withLock,
} from '../../src/greyhound/index.js';
import { compileSource, type CompiledSource } from '../support/compiled-source.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.js';
import { extent, randomFrom, report } from './extent.js';
import { imapVerb, pop3Verb, startWatchedProxy, type WatchedProxy } from './watched-proxy.js';

const USER = { address: 'a@example.test', password: 'geheim' };
const SEED = 20_260_301;
const MAILS = extent({ short: 600, full: 5000 });
const KILLS = extent({ short: 12, full: 300 });

/** When to kill: so many milliseconds after this many commands of a kind. */
interface Aim {
  readonly verb: string;
  left: number;
  readonly delayMs: number;
}

const random = randomFrom(SEED);
const below = (limit: number): number => Math.floor(random() * limit);

/** What differs between the protocols. */
interface Fetching {
  readonly suite: string;
  readonly protocol: number;
  readonly portOf: (dovecot: Dovecot) => number;
  readonly verbOf: (line: string) => string;
  /** What the process was doing when it was killed, as far as the server sees it; begun by these commands. */
  readonly phases: Readonly<Record<string, string>>;
  /** One kind of point after the other, each at random; null: at any time from the start on. */
  readonly aims: () => readonly (Aim | null)[];
}

const POP3: Fetching = {
  suite: 'retrieval-killed',
  protocol: Pop3Protocol.ppPop3,
  portOf: ({ pop3Port }) => pop3Port,
  verbOf: pop3Verb,
  phases: { CAPA: 'sign-in', UIDL: 'list', RETR: 'fetch', DELE: 'delete', QUIT: 'quit' },
  aims: () => [
    { verb: 'RETR', left: 1 + below(250), delayMs: below(40) },
    { verb: 'DELE', left: 1 + below(80), delayMs: below(3) },
    { verb: 'QUIT', left: 1, delayMs: below(8) },
    null,
    { verb: 'RETR', left: 1 + below(60), delayMs: below(200) },
    { verb: 'PASS', left: 1, delayMs: below(10) },
    { verb: 'QUIT', left: 1, delayMs: below(3) },
    { verb: 'UIDL', left: 1, delayMs: below(20) },
    { verb: 'DELE', left: 1 + below(20), delayMs: 0 },
  ],
};

const IMAP: Fetching = {
  suite: 'retrieval-killed-imap',
  protocol: Pop3Protocol.ppImap4,
  portOf: ({ imapPort }) => imapPort,
  verbOf: imapVerb,
  phases: {
    AUTHENTICATE: 'sign-in',
    SELECT: 'list',
    BODY: 'fetch',
    STORE: 'mark',
    EXPUNGE: 'expunge',
    LOGOUT: 'quit',
  },
  // one command fetches or marks up to a hundred mails
  aims: () => [
    { verb: 'BODY', left: 1 + below(4), delayMs: below(60) },
    { verb: 'STORE', left: 1 + below(3), delayMs: below(3) },
    { verb: 'EXPUNGE', left: 1, delayMs: below(8) },
    null,
    { verb: 'BODY', left: 1 + below(2), delayMs: below(200) },
    { verb: 'AUTHENTICATE', left: 1, delayMs: below(10) },
    { verb: 'EXPUNGE', left: 1, delayMs: 0 },
    { verb: 'SEARCH', left: 1, delayMs: below(5) },
    { verb: 'LOGOUT', left: 1, delayMs: 0 },
    { verb: 'STORE', left: 1, delayMs: 0 },
  ],
};

let source: CompiledSource;
let directory: TemporaryDirectory;
let dovecot: Dovecot;
let proxy: WatchedProxy;
let fetching: Fetching;
beforeAll(async () => {
  source = await compileSource();
}, 60_000);
afterAll(() => source.remove());

async function begin(how: Fetching): Promise<void> {
  fetching = how;
  delivered.clear();
  proven.clear();
  directory = await makeTemporaryDirectory();
  dovecot = await startDovecot({ users: [USER] });
  proxy = await startWatchedProxy(how.portOf(dovecot), how.verbOf, onCommand, onEnd);
}

async function finish(): Promise<void> {
  child?.kill('SIGKILL');
  await proxy.stop();
  await dovecot.stop();
  await directory.remove();
}

const key = randomBytes(32).toString('hex');

let child: ChildProcess | null = null;
/** Of the session under way. */
let phase = 'start';
let aim: Aim | null = null;
let sessionsEnded = 0;
/** Sessions that had ended when the process was started. */
let endedBefore = 0;

function onCommand(verb: string): void {
  // what comes after the session waits for new mail
  if (sessionsEnded > endedBefore) return;
  phase = fetching.phases[verb] ?? phase;
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
  endedBefore = sessionsEnded;
  child = fork(script, [dirname(source.path('index.js')), directory.path, key], { execArgv: [] });
  return child;
}

async function end(process: ChildProcess): Promise<void> {
  const ended = once(process, 'exit');
  process.kill('SIGKILL');
  if (process.exitCode === null && process.signalCode === null) await ended;
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
    Protocol: fetching.protocol,
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
async function live(life: number): Promise<string | null> {
  const aims = fetching.aims();
  aim = aims[life % aims.length] ?? null;
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

describe.each([
  ['POP3', POP3],
  ['IMAP', IMAP],
])('an archive that is killed while it fetches and deletes by %s', (_name, how) => {
  beforeAll(() => begin(how), 60_000);
  afterAll(finish);

  it(
    'SAL-20 has every mail exactly once, and none is gone from the server that is not stored',
    async () => {
      await deliver(MAILS);
      const phases = ['start', ...Object.values(how.phases)];
      const kills = new Map(phases.map((one) => [one, 0]));
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
      report(how.suite, {
        seed: SEED,
        mails: delivered.size,
        kills: sessions(),
        ...Object.fromEntries([...kills].map(([name, count]) => [`in ${name}`, count])),
        'sessions that came to their end': undisturbed,
      });
    },
    extent({ short: 300_000, full: 3_600_000 }),
  );
});
