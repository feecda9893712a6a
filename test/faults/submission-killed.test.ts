/**
 * The archive is killed at every point between the acceptance of a mail and the server's final reply. Whatever the
 * moment: no mail vanishes, none is taken twice, and "sent", "failed" and "in doubt" are true.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { startMailSandbox } from '../../fixtures/servers/mail-sandbox.js';
import { SmtpAuthenticate, SmtpEncrypt } from '../../src/greyhound/index.js';
import { makeCertificate } from '../mail/scripted-server.js';
import { compileSource, type CompiledSource } from '../support/compiled-source.js';
import { extent, randomFrom, report } from './extent.js';
import { STOPS, StoppingSmtp, type Stop } from './stopping-smtp.js';
import { standingOf, SubmittingArchive, type Standing } from './submitting-archive.js';

const PLAIN = 'plain@example.test';
const SECURE = 'secure@example.test';

let source: CompiledSource;
let smtp: StoppingSmtp;
let archive: SubmittingArchive;
const certificate = makeCertificate('IP:127.0.0.1');
const fingerprint = new X509Certificate(certificate.cert).fingerprint256;

beforeAll(async () => {
  source = await compileSource();
}, 60_000);
afterAll(() => source.remove());
afterEach(async () => {
  await archive.close();
  smtp.close();
});

async function begin(): Promise<void> {
  smtp = await StoppingSmtp.start(certificate);
  archive = await SubmittingArchive.open(source);
  await archive.addSmtp({ Port: smtp.port, Filter: PLAIN });
  await archive.addSmtp(
    {
      Port: smtp.port,
      Filter: SECURE,
      Encrypt: SmtpEncrypt.seSTARTTLS,
      Authenticate: SmtpAuthenticate.saLogin,
      Username: 'me',
      Password: 'secret',
    },
    fingerprint,
  );
}

/** Looks into the database itself, again and again: the process under test would tell too late. */
async function marked(): Promise<void> {
  const database = new Database(join(archive.dataDir, 'archive.db'), { readonly: true });
  const sending = database.prepare(`select 1 from outbox where state = 'sending'`);
  while (sending.get() === undefined) await setImmediate();
  database.close();
}

/** What a mail may have become when the process was killed at the point, and how often the server took it. */
const outcomes: Readonly<Record<Stop, readonly `${Standing}, taken ${number}`[]>> = {
  greeting: ['sent, taken 1'],
  EHLO: ['sent, taken 1'],
  STARTTLS: ['sent, taken 1'],
  AUTH: ['sent, taken 1'],
  MAIL: ['sent, taken 1'],
  RCPT: ['sent, taken 1'],
  DATA: ['sent, taken 1'],
  'middle of the message': ['sent, taken 1'],
  'dot not yet read': ['in doubt, taken 1'],
  'dot, message lost': ['in doubt, taken 0'],
  'dot, message taken': ['in doubt, taken 1'],
  'reply written': ['sent, taken 1', 'in doubt, taken 1'],
};

/** From just before its dot a mail is in doubt when the process dies, and no sooner. */
async function killAt(stop: Stop, killDelayMs: number): Promise<void> {
  const isLarge = stop === 'middle of the message';
  smtp.stopAt = stop;
  const stopped = new Promise<void>((resolve) => (smtp.onStop = resolve));
  const ID = await archive.send({
    from: stop === 'STARTTLS' || stop === 'AUTH' ? SECURE : PLAIN,
    to: 'kunde@example.test',
    subject: stop,
    ...(isLarge ? { attachment: Buffer.alloc(12_000_000, 'x') } : {}),
  });
  const messageId = await archive.messageId(ID);
  await stopped;
  if (stop === 'dot not yet read') await marked();
  await sleep(killDelayMs);
  await archive.kill();
  smtp.resume();
  smtp.stopAt = null;
  await archive.start();
  const item = (await archive.settled()).find((one) => one.ID === ID);
  const standing = item === undefined ? 'vanished' : standingOf(item);
  const told = (what: string) => `${stop}, killed after ${killDelayMs} ms: ${what}`;
  const became = told(`${standing}, taken ${smtp.taken.get(messageId) ?? 0}`);
  expect(outcomes[stop].map(told)).toContain(became);
}

interface Tally {
  readonly mails: number;
  readonly kills: number;
  readonly sent: number;
  readonly 'in doubt': number;
}

/**
 * Mails are handed in while the process is killed again and again, at times that the seed tells.
 * @param taken how often the far end took each mail, by Message-ID, once everything is settled
 */
async function killAtRandom(
  given: { seed: number; mails: number; kills: number; longestMs: number },
  taken: () => Promise<ReadonlyMap<string, number>>,
): Promise<Tally> {
  const random = randomFrom(given.seed);
  const accepted = new Set<number>();
  const perKill = Math.ceil(given.mails / given.kills);
  const handIn = (count: number, kill: number) =>
    Array.from({ length: count }, async (_, index) => {
      const subject = `${kill}/${index}`;
      accepted.add(await archive.send({ from: PLAIN, to: 'kunde@example.test', subject }));
    });
  for (let kill = 0; kill < given.kills; kill += 1) {
    const handing = Promise.allSettled(handIn(perKill, kill));
    await sleep(random() * given.longestMs);
    await archive.kill();
    // the answers of some were lost with the process: they are handed in again, as other mails
    const lost = (await handing).filter(({ status }) => status === 'rejected').length;
    await archive.start();
    await Promise.all(handIn(lost, kill));
  }
  const items = await archive.settled(300_000);
  const counts = await taken();
  const name = `seed ${given.seed}`;
  const ids = new Set(items.map(({ ID }) => ID));
  expect([name, [...accepted].filter((id) => !ids.has(id))]).toEqual([name, []]);
  const tally = { sent: 0, failed: 0, queued: 0, 'in doubt': 0 };
  for (const item of items) {
    const standing = standingOf(item);
    tally[standing] += 1;
    const count = counts.get(await archive.messageId(item.ID)) ?? 0;
    const what = `${name}, mail ${item.Subject}: ${standing}, taken ${count}`;
    const allowed = { sent: [1], 'in doubt': [0, 1], failed: [0], queued: [] }[standing];
    expect(
      allowed.map((times) => `${name}, mail ${item.Subject}: ${standing}, taken ${times}`),
    ).toContain(what);
  }
  // one connection at a time: a kill interrupts one mail at most
  expect(tally['in doubt']).toBeLessThanOrEqual(given.kills);
  expect(tally.failed).toBe(0);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  expect(total).toBe(new Set(counts.keys()).size);
  return {
    mails: items.length,
    kills: given.kills,
    sent: tally.sent,
    'in doubt': tally['in doubt'],
  };
}

describe('an archive that is killed while it sends', () => {
  it('sends again what the server cannot have taken, and only that', async () => {
    await begin();
    const rounds = extent({ short: 1, full: 5 });
    const random = randomFrom(5);
    for (let round = 0; round < rounds; round += 1)
      for (const stop of STOPS) await killAt(stop, Math.floor(random() * 20));
    // what was broken off in the middle went out again with the same bytes
    const isRepeated = (beginning: Buffer) =>
      smtp.messages.some((one) => one.subarray(0, beginning.length).equals(beginning));
    expect(smtp.beginnings.map(isRepeated)).toEqual(smtp.beginnings.map(() => true));
    report('submission-killed-points', { points: STOPS.length, kills: rounds * STOPS.length });
  }, 600_000);

  it('knows the fate of every mail, killed at random times', async () => {
    await begin();
    const seed = 20261122;
    const jitter = randomFrom(seed + 1);
    smtp.delayMs = () => jitter() * 10;
    const given = {
      seed,
      mails: extent({ short: 40, full: 500 }),
      kills: extent({ short: 6, full: 100 }),
      longestMs: 250,
    };
    const tally = await killAtRandom(given, () => Promise.resolve(smtp.taken));
    report('submission-killed-random', { seed, ...tally });
  }, 1_800_000);

  it('knows the fate of every mail that went to Postfix, killed at random times', async () => {
    const sandbox = await startMailSandbox({
      users: [{ address: 'kunde@example.test', password: 'geheim' }],
    });
    smtp = await StoppingSmtp.start(certificate);
    archive = await SubmittingArchive.open(source);
    try {
      await archive.addSmtp({ Port: sandbox.smtpPort, Filter: PLAIN });
      const seed = 4711;
      const given = {
        seed,
        mails: extent({ short: 24, full: 250 }),
        kills: extent({ short: 3, full: 50 }),
        longestMs: 250,
      };
      const delivered = async () => {
        const counts = new Map<string, number>();
        const idOf = /^Message-ID: <([^>]+)>/im;
        // what Postfix has taken it delivers: the queue is empty when nothing more comes
        let before = -1;
        let mails = await sandbox.readMaildir('kunde@example.test');
        while (mails.length !== before) {
          before = mails.length;
          await sleep(1500);
          mails = await sandbox.readMaildir('kunde@example.test');
        }
        for (const { bytes } of mails) {
          const id = idOf.exec(bytes.toString('latin1'))?.[1] ?? '';
          counts.set(id, (counts.get(id) ?? 0) + 1);
        }
        return counts;
      };
      const tally = await killAtRandom(given, delivered);
      report('submission-killed-postfix', { seed, ...tally });
    } finally {
      await sandbox.stop();
    }
  }, 1_800_000);
});
