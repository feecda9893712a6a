import { afterEach, describe, expect, it } from '@jest/globals';
import type net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pop3Session, type Pop3Options } from '../../../src/mail/pop3/session.js';
import type { MessageListing } from '../../../src/mail/message-transfer.js';
import {
  dependencies,
  endpoint,
  serve,
  type ScriptedServer,
  type Step,
} from '../scripted-server.js';

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

async function open(
  retr: (number: number, socket: net.Socket) => readonly Step[],
  options: Pop3Options = {},
  capabilities = 'PIPELINING',
): Promise<{ session: Pop3Session; server: ScriptedServer }> {
  const server = await serve({
    greeting: ['+OK\r\n'],
    answer: (line, socket) => {
      if (line === 'CAPA') return [`+OK\r\n${capabilities}\r\n.\r\n`];
      if (line.startsWith('RETR')) return retr(Number(line.slice(5)), socket);
      return line === 'DELE 2' ? ['-ERR no\r\n'] : ['+OK\r\n'];
    },
  });
  const session = await Pop3Session.connect(endpoint(server.port), dependencies(), options);
  closers.push(
    () => server.close(),
    () => session.close(),
  );
  return { session, server };
}

const listing = (count: number, sizeBytes = 10): MessageListing[] =>
  Array.from({ length: count }, (_, index) => ({ number: index + 1, sizeBytes }));

/** Number, text and failure of every message that comes. */
async function fetchAll(session: Pop3Session, messages: readonly MessageListing[]) {
  const texts = new Map<number, string>();
  const got: string[] = [];
  const sink = ({ number }: MessageListing) => ({
    write: (piece: Buffer) => {
      texts.set(number, (texts.get(number) ?? '') + piece.toString('latin1'));
      return undefined;
    },
  });
  for await (const { message, failure } of session.retrieve(messages, sink))
    got.push(`${message.number} ${failure?.code ?? texts.get(message.number) ?? ''}`);
  return got;
}

describe('POP3 retrieval', () => {
  it('yields every message in order; one that is refused fails alone', async () => {
    const { session } = await open((n) =>
      n === 2 ? ['-ERR gone\r\n'] : [`+OK\r\nmail ${n}\r\n.\r\n`],
    );
    expect(await fetchAll(session, listing(4))).toEqual([
      '1 mail 1\r\n',
      '2 serverRefused',
      '3 mail 3\r\n',
      '4 mail 4\r\n',
    ]);
  });

  it('has one command on the way where PIPELINING is not offered', async () => {
    let onTheWay = 0;
    const { session, server } = await open(
      (n) => {
        onTheWay = Math.max(
          onTheWay,
          server.lines.filter((line) => line.startsWith('RETR')).length - n,
        );
        return ['+OK\r\nx\r\n.\r\n'];
      },
      {},
      'UIDL',
    );
    await fetchAll(session, listing(5));
    expect(onTheWay).toBe(0);
  });

  it('keeps at most the window by bytes and by number on the way', async () => {
    const most = async (window: object) => {
      let onTheWay = 0;
      const { session, server } = await open(
        (n) => {
          onTheWay = Math.max(
            onTheWay,
            server.lines.filter((line) => line.startsWith('RETR')).length - n + 1,
          );
          return [`+OK\r\nmail ${n}\r\n.\r\n`];
        },
        { limits: window },
      );
      expect(await fetchAll(session, listing(30))).toHaveLength(30);
      return onTheWay;
    };
    expect(await most({ windowBytes: 45 })).toBe(4);
    expect(await most({ windowMessages: 7 })).toBe(7);
    expect(await most({ windowBytes: 1 })).toBe(1);
  });

  it('drops a message over the limit and goes on, whether LIST told its size or not', async () => {
    const { session, server } = await open(
      (n) => [`+OK\r\n${'x'.repeat(n === 2 ? 500 : 5)}\r\n.\r\n`],
      { limits: { maxMessageBytes: 100 } },
    );
    const messages = listing(3).concat({ number: 4, sizeBytes: 101 });
    expect((await fetchAll(session, messages)).sort()).toEqual([
      '1 xxxxx\r\n',
      '2 messageTooLarge',
      '3 xxxxx\r\n',
      '4 messageTooLarge',
    ]);
    expect(server.lines).not.toContain('RETR 4');
    await session.noop();
  });

  it('yields what was complete, then what broke, and throws when the connection breaks', async () => {
    const { session } = await open((n) =>
      n < 3 ? [`+OK\r\nmail ${n}\r\n.\r\n`] : ['+OK\r\nhalf', 'RESET'],
    );
    const got: string[] = [];
    const work = (async () => {
      for await (const { message, failure } of session.retrieve(listing(5), () => ({
        write: () => undefined,
      })))
        got.push(`${message.number} ${failure?.code ?? 'complete'}`);
    })();
    await expect(work).rejects.toMatchObject({ code: 'connectionLost' });
    expect(got).toEqual(['1 complete', '2 complete', '3 connectionLost']);
  });

  it.each(['throws', 'rejects'])('throws what a sink %s, and ends the connection', async (how) => {
    const { session } = await open((n) => [`+OK\r\nmail ${n}\r\n.\r\n`]);
    const full = new Error('disk full');
    const write = () => {
      if (how === 'throws') throw full;
      return Promise.reject(full);
    };
    const work = (async () => {
      await session.retrieve(listing(5), () => ({ write })).next();
    })();
    await expect(work).rejects.toBe(full);
    await expect(session.noop()).rejects.toMatchObject({ code: 'connectionLost' });
  });

  it('holds the server back when a sink is slow: 50 MB never wait in memory', async () => {
    const MIB = 1024 * 1024;
    const piece = Buffer.from(`${'x'.repeat(1022)}\r\n`.repeat(64));
    let written = 0;
    const { session } = await open((_n, socket) => {
      const total = 50 * MIB;
      const feed = () => {
        while (written < total) {
          written += piece.length;
          if (!socket.write(piece)) return void socket.once('drain', feed);
        }
        socket.write('.\r\n');
      };
      socket.write('+OK\r\n', feed);
      return [];
    });
    let taken = 0;
    let mostAhead = 0;
    let mostReadAhead = 0;
    const sink = {
      async write(part: Buffer) {
        // pauses longer than the server's whole time for silence must not count against it
        await (taken === 0 ? sleep(600) : new Promise(setImmediate));
        mostAhead = Math.max(mostAhead, written - taken);
        taken += part.length;
        mostReadAhead = Math.max(mostReadAhead, part.length);
      },
    };
    for await (const { sizeBytes, failure } of session.retrieve(
      [{ number: 1, sizeBytes: 50 * MIB }],
      () => sink,
    )) {
      expect(failure).toBeNull();
      expect(sizeBytes).toBe(50 * MIB);
    }
    expect(taken).toBe(50 * MIB);
    expect(mostReadAhead).toBeLessThanOrEqual(64 * 1024);
    // 1 MiB of ours, one read, and what the kernel holds on loopback (a few MiB each way)
    expect(mostAhead).toBeLessThan(16 * MIB);
  });

  it('ends a message that comes too slowly though never silent', async () => {
    const drip = (socket: net.Socket) => {
      socket.write('+OK\r\n');
      const timer = setInterval(() => socket.write('x'), 50);
      socket.once('close', () => clearInterval(timer));
      return [];
    };
    const { session } = await open((_n, socket) => drip(socket));
    await expect(fetchAll(session, listing(1))).rejects.toMatchObject({ code: 'responseTimeout' });
  });

  it('deletes many at once and tells which failed', async () => {
    const { session } = await open(() => []);
    const results = await session.deleteAll([1, 2, 3]);
    expect(results.map(({ number, failure }) => [number, failure?.code])).toEqual([
      [1, undefined],
      [2, 'serverRefused'],
      [3, undefined],
    ]);
  });
});
