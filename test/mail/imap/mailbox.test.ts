/** An opened mailbox against servers that misbehave: every wait ends, and memory holds one piece of a mail. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { MailFailure } from '../../../src/mail/errors.js';
import { ImapMailbox, limitsFor } from '../../../src/mail/imap/mailbox.js';
import { ImapSession } from '../../../src/mail/imap/session.js';
import type { MessageListing } from '../../../src/mail/message-transfer.js';
import type { Answer } from '../../faults/faulty-server.js';
import { ImapMailboxServer, type ImapAsk } from '../../faults/imap-server.js';
import { dependencies, endpoint } from '../scripted-server.js';

const MIB = 1024 * 1024;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open(
  conduct: (ask: ImapAsk) => Answer,
  mails: readonly Buffer[] = [1, 2, 3].map((number) => Buffer.from(`mail ${number}\r\n`)),
  timeoutMs = 400,
) {
  const server = await new ImapMailboxServer().start();
  for (const bytes of mails) server.deliver(bytes);
  const maxMessageBytes = 100 * MIB;
  const session = await ImapSession.connect(endpoint(server.port, { timeoutMs }), dependencies(), {
    limits: limitsFor(maxMessageBytes),
  });
  closers.push(
    () => session.close(),
    () => server.stop(),
  );
  await session.login({ method: 'password', username: 'u', password: 'p' });
  server.conduct = conduct;
  const mailbox = () => ImapMailbox.open(session, '', { isReadOnly: false, maxMessageBytes });
  return { server, session, mailbox };
}

const listing = (count: number, sizeBytes = 10): MessageListing[] =>
  Array.from({ length: count }, (_, at) => ({ number: at + 1, sizeBytes }));

/** What became of each mail, by number. */
async function fetchAll(mailbox: ImapMailbox, messages: readonly MessageListing[]) {
  const texts = new Map<number, string>();
  const got: string[] = [];
  const sink = ({ number }: MessageListing) => ({
    write: (piece: Buffer) => {
      texts.set(number, (texts.get(number) ?? '') + piece.toString('latin1'));
      return undefined;
    },
  });
  for await (const { message, failure } of mailbox.retrieve(messages, sink))
    got.push(`${message.number} ${failure?.code ?? texts.get(message.number)?.trim() ?? ''}`);
  return got;
}

describe('every wait on an IMAP server ends', () => {
  type Work = (mailbox: ImapMailbox, session: ImapSession) => Promise<unknown>;
  /** What is done, and which command is not answered. */
  const works: readonly (readonly [string, string, Work])[] = [
    ['opening', 'SELECT', () => Promise.resolve()],
    ['listing', 'SEARCH', (mailbox) => mailbox.uids()],
    ['searching', 'SEARCH', (mailbox) => mailbox.withMessageId('<a@b>')],
    ['describing', 'FETCH', (mailbox) => mailbox.describe([1, 2])],
    ['a header', 'BODY', (mailbox) => mailbox.header(1)],
    ['fetching', 'BODY', (mailbox) => fetchAll(mailbox, listing(3))],
    ['marking', 'STORE', (mailbox) => mailbox.markDeleted([1])],
    ['removing', 'EXPUNGE', (mailbox) => mailbox.expunge([1])],
  ];
  const drip = ({ socket, regular }: ImapAsk): null => {
    const reply = regular();
    let at = 0;
    const timer = setInterval(() => socket.write(reply.subarray(at, (at += 1))), 150);
    socket.once('close', () => clearInterval(timer));
    return null;
  };
  const ends: readonly (readonly [string, (ask: ImapAsk) => Answer, string])[] = [
    ['is silent', () => null, 'responseTimeout'],
    ['closes', ({ socket }) => (socket.end(), null), 'connectionLost'],
    ['resets', ({ socket }) => (socket.resetAndDestroy(), null), 'connectionLost'],
    [
      'stops in its answer',
      ({ socket, regular }) => (socket.write(regular().subarray(0, -2)), null),
      'responseTimeout',
    ],
    ['sends a byte now and then', drip, 'responseTimeout'],
    [
      'speaks of other things without end',
      ({ socket }) => {
        const timer = setInterval(() => socket.write('* OK still here\r\n'), 100);
        socket.once('close', () => clearInterval(timer));
        return null;
      },
      'responseTimeout',
    ],
    ['says BYE', ({ socket }) => (socket.write('* BYE later\r\n'), null), 'BYE'],
  ];
  const cases = works.flatMap(([name, command, work]) =>
    ends.map(
      ([end, conduct, expected]) => [name, end, { command, work, conduct, expected }] as const,
    ),
  );

  it.each(cases)('%s, and the server %s', async (_name, _end, one) => {
    const { session, mailbox } = await open((ask) =>
      ask.command === one.command ? one.conduct(ask) : undefined,
    );
    const outcome: unknown = await mailbox()
      .then((opened) => one.work(opened, session))
      .catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(MailFailure);
    const { code } = outcome as MailFailure;
    if (one.expected === 'BYE')
      expect(['temporarilyUnavailable', 'connectionLost']).toContain(code);
    else expect(code).toBe(one.expected);
    expect(session.isOpen).toBe(false);
  });

  it.each(ends)(
    'leaving, and the server %s',
    async (_end, conduct) => {
      const { session, mailbox } = await open((ask) =>
        ask.command === 'LOGOUT' ? conduct(ask) : undefined,
      );
      await mailbox();
      await session.quit();
      expect(session.isOpen).toBe(false);
    },
    20_000,
  );
});

describe('IMAP retrieval', () => {
  it('yields every message; one that is refused, or left out, fails alone', async () => {
    const { mailbox } = await open((ask) => {
      if (ask.command !== 'BODY' || !ask.mails.some(({ uid }) => uid === 2)) return undefined;
      return `${ask.tag} NO unreadable\r\n`;
    });
    expect((await fetchAll(await mailbox(), listing(4))).sort()).toEqual([
      '1 mail 1',
      '2 serverRefused',
      '3 mail 3',
      '4 serverRefused',
    ]);
  });

  it('yields what was complete, then what broke, and throws when the connection breaks', async () => {
    const { mailbox } = await open((ask) => {
      if (ask.command !== 'BODY') return undefined;
      const [first, second] = ask.mails.map((mail) => ask.row(mail));
      ask.socket.end(Buffer.concat([first!, second!.subarray(0, -4)]));
      return null;
    });
    const opened = await mailbox();
    const got: string[] = [];
    const work = (async () => {
      const sink = () => ({ write: () => undefined });
      for await (const { message, failure } of opened.retrieve(listing(3), sink))
        got.push(`${message.number} ${failure?.code ?? 'complete'}`);
    })();
    await expect(work).rejects.toMatchObject({ code: 'connectionLost' });
    expect(got).toEqual(['1 complete', '2 connectionLost']);
  });

  it.each(['throws', 'rejects'])('throws what a sink %s, and ends the connection', async (how) => {
    const { mailbox, session } = await open(() => undefined);
    const full = new Error('disk full');
    const write = () => {
      if (how === 'throws') throw full;
      return Promise.reject(full);
    };
    const opened = await mailbox();
    const work = (async () => {
      await opened.retrieve(listing(3), () => ({ write })).next();
    })();
    await expect(work).rejects.toBe(full);
    expect(session.isOpen).toBe(false);
  });

  it('what failed before and is given last holds up nothing', async () => {
    const { mailbox } = await open(({ command, mails, socket }) => {
      if (command !== 'BODY' || !mails.some(({ uid }) => uid === 1)) return undefined;
      socket.destroy();
      return null;
    });
    const opened = await mailbox();
    const [first, ...others] = listing(3);
    const got: string[] = [];
    const work = (async () => {
      const sink = () => ({ write: () => undefined });
      for await (const { message, failure } of opened.retrieve([...others, first!], sink))
        got.push(`${message.number} ${failure?.code ?? 'complete'}`);
    })();
    await expect(work).rejects.toMatchObject({ code: 'connectionLost' });
    expect(got).toEqual(['2 complete', '3 complete', '1 connectionLost']);
  });

  it.each([
    ['told', 50 * MIB],
    ['told as nothing', 0],
  ])(
    'asks for a large mail piece by piece, its size %s: one piece waits in memory',
    async (_how, sizeBytes) => {
      const mail = Buffer.alloc(50 * MIB, 'a large mail\r\n');
      let taken = 0;
      let mostAhead = 0;
      const { mailbox } = await open(
        ({ command, part }) => {
          if (command === 'BODY' && part !== null)
            mostAhead = Math.max(mostAhead, part.start + part.length - taken);
          return undefined;
        },
        [mail],
        20_000,
      );
      const sink = () => ({
        write: async (piece: Buffer) => {
          await new Promise(setImmediate);
          taken += piece.length;
        },
      });
      const messages = [{ number: 1, sizeBytes }];
      for await (const { failure } of (await mailbox()).retrieve(messages, sink))
        expect(failure).toBeNull();
      expect(taken).toBe(mail.length);
      expect(mostAhead).toBeLessThanOrEqual(MIB);
    },
    60_000,
  );

  it('holds the server back when a sink is slow, also when it tells no sizes', async () => {
    const mail = Buffer.alloc(500 * 1024, 'a mail\r\n');
    let taken = 0;
    let mostAhead = 0;
    const SILENCE_MS = 5000;
    const { mailbox } = await open(
      ({ command, socket, mails, row, tag }) => {
        if (command !== 'BODY') return undefined;
        const before = socket.bytesWritten;
        const rows = [...mails.map((one) => row(one)), Buffer.from(`${tag} OK\r\n`)];
        const feed = () => {
          for (let next = rows.shift(); next !== undefined; next = rows.shift()) {
            mostAhead = Math.max(mostAhead, socket.bytesWritten - before - taken);
            if (!socket.write(next)) return void socket.once('drain', feed);
          }
        };
        feed();
        return null;
      },
      Array.from({ length: 80 }, () => mail),
      SILENCE_MS,
    );
    const sink = () => ({
      async write(piece: Buffer) {
        // a pause longer than the server's whole time for silence must not count against it
        await (taken === 0 ? sleep(SILENCE_MS + 2000) : new Promise(setImmediate));
        taken += piece.length;
      },
    });
    for await (const { failure } of (await mailbox()).retrieve(listing(80, 0), sink))
      expect(failure).toBeNull();
    expect(taken).toBe(80 * mail.length);
    expect(mostAhead).toBeLessThan(16 * MIB);
  }, 60_000);
});
