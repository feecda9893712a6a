/** Fetching ends before the disk is full, and goes on when there is room again. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DiskGuard } from '../../../src/archive/retrieval/disk-guard.js';
import { Pop3Delete, RpcDetailedItem, RpcEmailProperties } from '../../../src/greyhound/index.js';
import { systemClock } from '../../../src/platform/clock.js';
import type { DiskSpace } from '../../../src/platform/disk-space.js';
import { createLogger } from '../../../src/platform/log.js';
import { waitFor } from '../../support/wait-for.js';
import { RunningArchive } from './running-archive.js';
import { ScriptedPop3 } from './scripted-pop3.js';

const GIB = 2 ** 30;
/** Two groups. */
const COUNT = 150;

let freeGib: number;
/** Whether the disk is full as soon as mail is stored. */
let fillsUp: boolean;
let server: ScriptedPop3;
let archive: RunningArchive;
beforeEach(async () => {
  freeGib = 50;
  fillsUp = false;
  server = await ScriptedPop3.start(
    Array.from({ length: COUNT }, (_, index) => ({
      uidl: `u-${String(index)}`,
      bytes: Buffer.from(`From: k@example.test\r\nSubject: ${String(index)}\r\n\r\nText\r\n`),
    })),
  );
  archive = await RunningArchive.open({
    askDisk: async () => {
      const isFull = fillsUp && (await stored()) > 0;
      return { sizeBytes: 100 * GIB, freeBytes: isFull ? 0 : freeGib * GIB };
    },
  });
});
afterEach(async () => {
  await archive.close();
  await server.stop();
});

const connect = (): Promise<number> =>
  archive.addPop3({ Username: 'u', Password: 'p', Port: server.port, Delete: Pop3Delete.pdYes });
const isLow = async () =>
  (await archive.client.mailBridge.GetMailFlow()).StorageFault === 'diskLow';
const stored = async () => (await archive.list()).length;
const expectNoBlame = async (id: number) => {
  expect((await archive.client.pop3Accounts.Get({ ID: id })).ErrorCount).toBe(0);
  expect(await archive.status(id)).toMatchObject({ FailedTries: 0, NextTry: null });
  expect(await archive.client.mailBridge.GetQuarantineList()).toEqual([]);
};

describe('a disk that is nearly full', () => {
  it('lets no session begin, and blames nobody; with room again all is fetched', async () => {
    freeGib = 0.5;
    const id = await connect();
    await waitFor(isLow);
    await archive.client.info.SendAndReceiveNow();
    expect(server.commands).toEqual([]);
    await expectNoBlame(id);

    freeGib = 50;
    await archive.fetchNow(id);
    expect(await stored()).toBe(COUNT);
    expect(server.mails).toEqual([]);
    expect(await isLow()).toBe(false);
  });

  it('ends a session between two groups: what is stored stays, nothing is deleted or lost', async () => {
    fillsUp = true;
    const id = await connect();
    await waitFor(isLow);
    await archive.client.info.SendAndReceiveNow();
    expect(await stored()).toBeLessThan(COUNT);
    expect(server.mails).toHaveLength(COUNT);
    await expectNoBlame(id);

    fillsUp = false;
    await archive.fetchNow(id);
    expect(await stored()).toBe(COUNT);
    expect(server.mails).toEqual([]);
  });
});

describe('the storage', () => {
  it('is told: what the archive takes, and what the disk has', async () => {
    const { info } = archive.client;
    const told = await info.GetServerInfo({ AdvancedFields: true });
    expect(told).toMatchObject({ DiskSize: BigInt(100 * GIB), DiskFree: BigInt(50 * GIB) });
    await archive.fetchNow(await connect());
    await archive.client.items.New({
      Item: RpcDetailedItem.make({
        Subject: 'large',
        Properties: { Email: RpcEmailProperties.make({ ViewData: randomBytes(4_000_000) }) },
      }),
      CreateLocked: false,
    });
    const { DatabaseSize } = await info.GetServerInfo({ AdvancedFields: true });
    expect(Number(DatabaseSize - told.DatabaseSize)).toBeGreaterThan(4_000_000);
    expect((await info.GetServerInfo({ AdvancedFields: false })).DatabaseSize).toBe(0n);
  });
});

describe('the reserve', () => {
  const guarded = (space: DiskSpace, reserveBytes: number | null) => {
    const now = { ...space };
    const guard = new DiskGuard(
      () => Promise.resolve(now),
      reserveBytes,
      systemClock,
      createLogger('silent'),
    );
    return {
      isLowWith: async (freeBytes: number) => {
        now.freeBytes = freeBytes;
        return (await guard.lowSince()) !== null;
      },
    };
  };

  it.each([
    ['1 GiB', 100 * GIB, null, GIB],
    ['5 % of a small disk', 10 * GIB, null, GIB / 2],
    ['what the operator says', 100 * GIB, 3 * GIB, 3 * GIB],
  ])('is %s; fetching begins again with a fifth more', async (_what, sizeBytes, told, reserve) => {
    const guard = guarded({ sizeBytes, freeBytes: sizeBytes }, told);
    expect(await guard.isLowWith(reserve)).toBe(false);
    expect(await guard.isLowWith(reserve - 1)).toBe(true);
    expect(await guard.isLowWith(reserve * 1.1)).toBe(true);
    expect(await guard.isLowWith(reserve * 1.21)).toBe(false);
    expect(await guard.isLowWith(reserve * 1.1)).toBe(false);
  });

  it('can be none', async () => {
    expect(await guarded({ sizeBytes: GIB, freeBytes: 0 }, 0).isLowWith(0)).toBe(false);
  });

  it('is not asked for where the disk tells nothing', async () => {
    const guard = new DiskGuard(
      () => Promise.reject(new Error('ENOSYS')),
      null,
      systemClock,
      createLogger('silent'),
    );
    expect(await guard.lowSince()).toBeNull();
  });
});
