/** Runs of retrieval-servers.test.ts: an archive's stores, and sessions with a server that misbehaves. */
import { expect } from '@jest/globals';
import { cp } from 'node:fs/promises';
import { InboundFiling } from '../../src/archive/filing/inbound-filing.js';
import { createObjectStores } from '../../src/archive/objects/stores.js';
import { MailIntake } from '../../src/archive/retrieval/intake.js';
import { MailboxFetch } from '../../src/archive/retrieval/mailbox-fetch.js';
import { Realms } from '../../src/archive/rpc/realms.js';
import { openArchiveDatabase } from '../../src/archive/store/database.js';
import { EarlierMails } from '../../src/archive/store/earlier-mails.js';
import { MailLedger } from '../../src/archive/store/mail-ledger.js';
import { MailStore } from '../../src/archive/store/mail-store.js';
import { RawMailStore } from '../../src/archive/store/raw-mail-store.js';
import {
  Pop3Delete,
  RpcAccountOptions,
  RpcPop3Account,
  type Pop3Account,
} from '../../src/greyhound/index.js';
import { alwaysArmed } from '../../src/platform/arming.js';
import { EgressPolicy } from '../../src/platform/egress.js';
import { createLogger } from '../../src/platform/log.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.js';
import { randomFrom } from './extent.js';
import { sha256, type Answer, type FaultyServer, type ServedMail } from './faulty-server.js';
import type { Behaviour, Policy } from './server-scene.js';

const DAY_MS = 86_400_000;
const MAX_BYTES = 2_000_000;
const ACCOUNT = 1;
const ROUNDS = 5;

export const policies: Readonly<Record<Policy, Partial<Pop3Account>>> = {
  never: { Delete: Pop3Delete.pdNo },
  immediately: { Delete: Pop3Delete.pdYes },
  afterDays: { Delete: Pop3Delete.pdDelayed, DeleteAge: 2 },
};

/** The archive's side: real stores in a folder, sessions on demand. */
class Fetcher {
  private constructor(
    readonly store: MailStore,
    private readonly realmId: number,
    private readonly clock: { day: number; now: () => Date },
    readonly close: () => Promise<void>,
  ) {}

  /** @param folder of a new archive, which stays as it is */
  static async open(folder: string): Promise<Fetcher> {
    const directory = await makeTemporaryDirectory();
    await cp(folder, directory.path, { recursive: true });
    const clock = { day: 0, now: () => new Date(1.7e12 + clock.day * DAY_MS) };
    const database = await openArchiveDatabase(directory.path);
    const raw = await RawMailStore.open(`${directory.path}/raw.db`);
    const { id } = await database.selectFrom('realms').select('id').executeTakeFirstOrThrow();
    return new Fetcher(new MailStore(database, raw, clock), id, clock, async () => {
      await raw.close();
      await database.destroy();
      await directory.remove();
    });
  }

  advanceDays(days: number): void {
    this.clock.day += days;
  }

  /** One session. @returns the code of its failure, or `ok` */
  async session(given: Partial<Pop3Account>): Promise<string> {
    const { store } = this;
    const { database, clock } = store;
    const ledger = new MailLedger(database, clock);
    const filing = new InboundFiling(createObjectStores(database, clock));
    const account = RpcPop3Account.make({
      ID: ACCOUNT,
      Host: '127.0.0.1',
      Username: 'u',
      Password: 'p',
      Timeout: 10,
      MaxSize: MAX_BYTES,
      ...given,
    });
    const options = RpcAccountOptions.make({ AllowClearTextLogin: true });
    const fetch = new MailboxFetch(
      { realmId: this.realmId, account, options },
      {
        store,
        ledger,
        earlierMails: new EarlierMails(database, clock),
        intake: new MailIntake(store, ledger, filing, () => undefined),
        connect: { egress: EgressPolicy.parse('127.0.0.0/8'), trust: {} },
        credentials: {
          pop3: (_realmId, { Username: username, Password: password }, login) =>
            login({ method: 'password', username, password }),
        },
        guard: { lowSince: () => Promise.resolve(null) },
        arming: alwaysArmed,
        logger: createLogger('silent'),
      },
    );
    try {
      await fetch.run(() => Promise.resolve());
      return 'ok';
    } catch (error) {
      return String((error as { code?: unknown }).code ?? error);
    }
  }

  /** How many items there are of each hash, as far as their bytes are there and agree. */
  async stored(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.store.database.selectFrom('items').select('raw_hash').execute();
    const hashes = rows.map((row) => row.raw_hash ?? '');
    const agreeing = await this.store.raw.agreeing(hashes);
    const counts = new Map<string, number>();
    for (const hash of hashes)
      if (agreeing.has(hash)) counts.set(hash, (counts.get(hash) ?? 0) + 1);
      else throw new Error('an item has no exact bytes');
    return counts;
  }

  async countQuarantined(): Promise<number> {
    const rows = await this.store.database.selectFrom('quarantine').select('id').execute();
    return rows.length;
  }

  /** As an administrator who has all mails in quarantine tried again. */
  async retryAll(): Promise<void> {
    await this.store.database.deleteFrom('quarantine').execute();
  }
}

/** Makes the folder of a new archive, to be copied. */
export async function makeTemplate(): Promise<TemporaryDirectory> {
  const template = await makeTemporaryDirectory();
  const database = await openArchiveDatabase(template.path);
  const realms = new Realms(database, { now: () => new Date() });
  await realms.ensureRealmUser({ username: 'bridge', password: 'geheim' });
  await database.destroy();
  await (await RawMailStore.open(`${template.path}/raw.db`)).close();
  return template;
}

/** How many mails of each hash. */
function countsOf(mails: Iterable<ServedMail>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { bytes } of mails) counts.set(sha256(bytes), (counts.get(sha256(bytes)) ?? 0) + 1);
  return counts;
}

export function makeMail(random: () => number, serial: number): Buffer {
  const size = random() < 0.1 ? 1_200_000 : 200 + Math.floor(random() * 20_000);
  const line = random() < 0.5 ? '.dotted line\r\n' : `line of mail ${serial}\r\n`;
  const body = line.repeat(Math.ceil(size / line.length));
  return Buffer.from(`Subject: ${serial}\r\nMessage-ID: <${serial}@a.test>\r\n\r\n${body}`);
}

/** One run: a server, how it misbehaves, what the account says. */
export interface Trial<Mail extends ServedMail, Name, Ask, Server> {
  readonly server: Server & FaultyServer<Mail, Name> & { conduct: (ask: Ask) => Answer };
  readonly behaviour: Behaviour<Server, Mail, Name, Ask>;
  readonly protocol: number;
  readonly policy: Policy;
  readonly seed: number;
  /** Folder of a new archive. */
  readonly template: string;
}

/** Sessions with a server that misbehaves, then with the same as a good one. @returns how many sessions it struck */
export async function run<Mail extends ServedMail, Name, Ask, Server>(
  trial: Trial<Mail, Name, Ask, Server>,
): Promise<number> {
  const { server, behaviour, policy, protocol } = trial;
  const random = randomFrom(trial.seed);
  const fetcher = await Fetcher.open(trial.template);
  const delivered: Mail[] = [];
  const deliver = (name?: Name, bytes?: Buffer): Mail => {
    const mail = server.deliver(bytes ?? makeMail(random, delivered.length), name);
    delivered.push(mail);
    return mail;
  };
  const takeAway = (mail: Mail) => {
    server.mails = server.mails.filter((one) => one !== mail);
  };
  const session = (Timeout: number) =>
    fetcher.session({ Port: server.port, Protocol: protocol, Timeout, ...policies[policy] });
  const check = async (stage: string) => {
    const stored = await fetcher.stored();
    for (const hash of countsOf(server.removed).keys())
      if (!stored.has(hash)) throw new Error(`${stage}: gone from the server and not stored`);
    const most = countsOf(delivered);
    for (const [hash, count] of stored)
      if (count > (most.get(hash) ?? 0))
        throw new Error(`${stage}: a mail is stored ${count} times`);
    if (policy === 'never' && server.removed.length > 0)
      throw new Error(`${stage}: deleted against the policy`);
    return stored;
  };
  try {
    for (let count = 3 + Math.floor(random() * 12); count > 0; count -= 1) deliver();
    const played = behaviour.play({ server, random, deliver, takeAway });
    const { conduct, before, after, withheld } = played;
    let struck = 0;
    if (conduct !== undefined) server.conduct = conduct;
    for (let round = 0; round < ROUNDS; round += 1) {
      before?.(round);
      if (random() < 0.5) deliver();
      const strokesBefore = server.strokes;
      const outcome = await session(behaviour.timeoutSeconds ?? 10);
      const isStruck = server.strokes > strokesBefore;
      const expected = isStruck ? behaviour.outcomes : ['ok'];
      if (!expected.includes(outcome))
        throw new Error(`session ${round} ended as ${outcome}, not as ${expected.join(' or ')}`);
      if (isStruck) struck += 1;
      await check(`after session ${round}`);
      after?.(policy);
      fetcher.advanceDays(1);
    }
    // while it lasts, one mail that cannot be had holds up no other
    const heldUp = withheld === undefined ? [] : delivered.filter((mail) => !withheld(mail));
    const meanwhile = await check('in the end');
    for (const hash of countsOf(heldUp).keys())
      if (!meanwhile.has(hash)) throw new Error('a mail was held up by another');
    if (behaviour.isInnocent === true && (await fetcher.countQuarantined()) > 0)
      throw new Error('a mail was blamed');

    server.conduct = () => undefined;
    await fetcher.retryAll();
    for (let more = 0; more < 2; more += 1) {
      fetcher.advanceDays(3);
      const outcome = await session(10);
      if (outcome !== 'ok') throw new Error(`a good server's session ended as ${outcome}`);
    }
    expect(await check('once the server is good')).toEqual(countsOf(delivered));
    if (policy !== 'never') expect(server.mails).toHaveLength(0);
    return struck;
  } finally {
    await fetcher.close();
    await server.stop();
  }
}
