/** Ways in which POP3 servers misbehave, for retrieval-servers.test.ts. */
import { setInterval } from 'node:timers';
import type { Ask, Conduct, MailboxServer, Pop3Mail } from './mailbox-server.js';
import { pick, type Behaviours } from './server-scene.js';

const cut = ({ socket }: Ask): null => {
  socket.destroy();
  return null;
};

const on =
  (command: string, answer: (ask: Ask) => ReturnType<Conduct>): Conduct =>
  (ask) =>
    ask.command === command ? answer(ask) : undefined;

/** The lines of a listing changed. */
const relisted = (command: string, change: (lines: string[], ask: Ask) => string[]): Conduct =>
  on(command, (ask) => {
    const [status, ...lines] = ask.regular().toString('latin1').split('\r\n').slice(0, -2);
    return [status, ...change(lines, ask), '.', ''].join('\r\n');
  });

const always = (answer: string) => () => answer;
const BROKEN = ['connectionLost'];

/** Answers one byte, then one every 0.9 seconds until the client has enough. */
const dribble = ({ socket, regular }: Ask): null => {
  const reply = regular();
  let at = 0;
  const timer = setInterval(() => {
    socket.write(reply.subarray(at, (at += 1)));
  }, 900);
  socket.on('close', () => clearInterval(timer));
  return null;
};

/** A mail that never ends. */
const flood = ({ socket }: Ask): null => {
  const line = Buffer.alloc(64 * 1024, 'endless\r\n');
  const more = () => {
    while (!socket.destroyed && socket.write(line));
  };
  socket.on('drain', more).write('+OK\r\nSubject: endless\r\n\r\n');
  more();
  return null;
};

const GARBAGE = ['\0\x01\x02\xff\xfe', 'HTTP/1.1 400 Bad Request\r\n\r\n', '+OK\r\nx y\r\n'];

export const behaviours: Behaviours<MailboxServer, Pop3Mail, string, Ask> = {
  'is a good server': { outcomes: ['ok'], play: () => ({}) },
  'breaks the connection within a mail': {
    outcomes: BROKEN,
    play: (scene) => ({
      conduct: on('RETR', (ask) => {
        if (scene.random() > 0.2) return undefined;
        const reply = ask.regular();
        ask.socket.end(reply.subarray(0, Math.floor(scene.random() * reply.length)));
        return null;
      }),
    }),
  },
  'always breaks within the same mail': {
    outcomes: BROKEN,
    play: (scene) => {
      const victim = pick(scene, scene.server.mails);
      return {
        conduct: on('RETR', (ask) => {
          if (ask.mail !== victim) return undefined;
          const reply = ask.regular();
          ask.socket.end(reply.subarray(0, reply.length - 4));
          return null;
        }),
        withheld: (mail) => mail === victim,
      };
    },
  },
  'breaks before DELE': {
    outcomes: BROKEN,
    play: (scene) => ({
      conduct: on('DELE', (ask) => (scene.random() < 0.3 ? cut(ask) : undefined)),
    }),
  },
  'breaks after DELE, before its reply': {
    outcomes: BROKEN,
    play: (scene) => ({
      conduct: on('DELE', (ask) => {
        if (scene.random() > 0.3) return undefined;
        ask.regular();
        return cut(ask);
      }),
    }),
  },
  'breaks before QUIT takes effect': {
    outcomes: BROKEN,
    play: () => ({ conduct: on('QUIT', cut) }),
  },
  'breaks after QUIT took effect': {
    outcomes: BROKEN,
    play: () => ({
      conduct: on('QUIT', (ask) => {
        ask.regular();
        return cut(ask);
      }),
    }),
  },
  'breaks after QUIT took effect and gives the unique-ids again': {
    outcomes: BROKEN,
    play: ({ server, deliver }) => {
      let known = 0;
      return {
        conduct: on('QUIT', (ask) => {
          ask.regular();
          return cut(ask);
        }),
        before: () => {
          const free = server.removed.slice(known);
          known = server.removed.length;
          for (const { uidl } of free.slice(0, 3)) deliver(uidl);
        },
      };
    },
  },
  'carries out half of the deletions and refuses QUIT': {
    outcomes: ['serverRefused'],
    play: () => ({
      conduct: on('QUIT', ({ session, regular }) => {
        const half = [...session.marked].filter((_mail, at) => at % 2 === 0);
        for (const mail of half) session.marked.delete(mail);
        regular();
        return '-ERR some deleted messages not removed\r\n';
      }),
    }),
  },
  'says that it has deleted and has not': {
    outcomes: ['ok'],
    play: () => ({
      conduct: on('QUIT', ({ session, regular }) => {
        session.marked.clear();
        return regular();
      }),
    }),
  },
  'renumbers its mails between sessions': {
    outcomes: ['ok'],
    play: ({ server, random }) => ({
      before: () => void server.mails.sort(() => random() - 0.5),
    }),
  },
  'was migrated: every mail has a new unique-id': {
    outcomes: ['ok'],
    play: ({ server }) => ({
      before: (round) => {
        if (round === 2) for (const mail of server.mails) mail.uidl = `moved-${mail.uidl}`;
      },
    }),
  },
  'changes all unique-ids in every session': {
    outcomes: ['ok'],
    play: ({ server }) => ({
      before: (round) => {
        for (const mail of server.mails) mail.uidl = `${mail.uidl.split('/')[0] ?? ''}/${round}`;
      },
    }),
  },
  "changes one mail's unique-id in every session": {
    outcomes: ['ok'],
    play: (scene) => {
      const victim = pick(scene, scene.server.mails);
      return { before: (round) => void (victim.uidl = `changed-${round}`) };
    },
  },
  'gives one unique-id to two mails': {
    outcomes: ['ok'],
    play: (scene) => {
      const victim = pick(scene, scene.server.mails);
      return {
        before: (round) => {
          if (round !== 1) return;
          for (const mail of scene.server.mails.slice(0, 2)) mail.uidl = victim.uidl;
        },
      };
    },
  },
  'has no UIDL and no TOP': {
    outcomes: ['ok'],
    play: () => ({
      conduct: ({ command }) => {
        if (command === 'CAPA') return '+OK\r\nUSER\r\n.\r\n';
        return command === 'UIDL' || command === 'TOP' ? '-ERR what?\r\n' : undefined;
      },
    }),
  },
  'has no UIDL now and then': {
    outcomes: ['ok'],
    play: ({ random }) => ({
      conduct: on('UIDL', () => (random() < 0.5 ? '-ERR what?\r\n' : undefined)),
    }),
  },
  'has UIDL and does not name it in CAPA': {
    outcomes: ['ok'],
    play: () => ({ conduct: on('CAPA', always('+OK\r\nUSER\r\n.\r\n')) }),
  },
  'lists fewer mails than UIDL': {
    outcomes: ['ok'],
    play: ({ random }) => ({
      conduct: relisted('LIST', (lines) => lines.filter(() => random() < 0.7)),
    }),
  },
  'lists more mails than UIDL': {
    outcomes: ['ok'],
    play: () => ({
      conduct: relisted('LIST', (lines, { session }) => [
        ...lines,
        `${session.mails.length + 1} 500`,
        `${session.mails.length + 5} 500`,
      ]),
    }),
  },
  'leaves mails out of UIDL': {
    outcomes: ['ok'],
    play: ({ random }) => ({
      conduct: relisted('UIDL', (lines) => lines.filter(() => random() < 0.7)),
    }),
  },
  'lists a number twice': {
    outcomes: ['ok'],
    play: () => ({ conduct: relisted('LIST', (lines) => lines.flatMap((line) => [line, line])) }),
  },
  'lists nothing now and then': {
    outcomes: ['ok'],
    play: ({ random }) => {
      let isEmpty = false;
      return {
        before: () => void (isEmpty = random() < 0.5),
        conduct: ({ command }) =>
          isEmpty && (command === 'LIST' || command === 'UIDL') ? '+OK\r\n.\r\n' : undefined,
      };
    },
  },
  'lies about sizes': {
    outcomes: ['ok'],
    play: ({ random }) => ({
      conduct: relisted('LIST', (lines) =>
        lines.map((line) => `${line.split(' ')[0] ?? ''} ${Math.floor(random() * 50_000)}`),
      ),
    }),
  },
  'lists sizes beyond every limit': {
    outcomes: ['ok'],
    play: (scene) => {
      const victim = pick(scene, scene.server.mails);
      return {
        conduct: relisted('LIST', (lines, { session }) =>
          lines.map((line, at) => (session.mails[at] === victim ? `${at + 1} 999999999999` : line)),
        ),
        withheld: (mail) => mail === victim,
      };
    },
  },
  'sends a byte a second': {
    outcomes: ['responseTimeout'],
    timeoutSeconds: 1,
    play: (scene) => {
      const victim = pick(scene, scene.server.mails);
      return {
        conduct: on('RETR', (ask) => (ask.mail === victim ? dribble(ask) : undefined)),
        withheld: (mail) => mail === victim,
      };
    },
  },
  'sends a mail without end': {
    outcomes: ['messageTooLarge'],
    play: (scene) => {
      const victim = pick(scene, scene.server.mails);
      return {
        conduct: on('RETR', (ask) => (ask.mail === victim ? flood(ask) : undefined)),
        withheld: (mail) => mail === victim,
      };
    },
  },
  'refuses one mail': {
    outcomes: ['ok'],
    play: (scene) => {
      const victim = pick(scene, scene.server.mails);
      return {
        conduct: on('RETR', (ask) => (ask.mail === victim ? '-ERR unreadable\r\n' : undefined)),
        withheld: (mail) => mail === victim,
      };
    },
  },
  'answers garbage': {
    // a +OK is an answer to QUIT, whatever follows
    outcomes: ['protocolViolation', 'responseTimeout', 'connectionLost', 'ok'],
    play: (scene) => {
      const victim = pick(scene, ['UIDL', 'LIST', 'RETR', 'DELE', 'QUIT']);
      return {
        conduct: on(victim, (ask) => {
          if (scene.random() < 0.5) return undefined;
          ask.socket.end(pick(scene, GARBAGE));
          return null;
        }),
      };
    },
  },
  'refuses DELE': {
    outcomes: ['ok'],
    play: () => ({ conduct: on('DELE', always('-ERR not allowed\r\n')) }),
  },
  'gives a unique-id again after a deletion': {
    outcomes: ['ok'],
    play: ({ server, deliver }) => {
      let known = 0;
      return {
        before: () => {
          const free = server.removed.slice(known);
          known = server.removed.length;
          for (const { uidl } of free) deliver(uidl);
        },
      };
    },
  },
  'gives a unique-id again that another client has freed': {
    outcomes: ['ok'],
    play: (scene) => {
      const victim = pick(scene, scene.server.mails);
      return {
        before: (round) => {
          if (round === 1) scene.takeAway(victim);
          if (round === 2) scene.deliver(victim.uidl);
        },
      };
    },
  },
  'has a mail twice, with the same bytes': {
    outcomes: ['ok'],
    play: ({ server, deliver }) => {
      const twin = server.mails[0];
      return {
        before: (round) => {
          if (round < 2 && twin !== undefined) deliver(undefined, twin.bytes);
        },
      };
    },
  },
  'changes all unique-ids in every session and has a mail twice': {
    outcomes: ['ok'],
    play: ({ server, deliver }) => {
      const twin = server.mails[0];
      return {
        before: (round) => {
          for (const mail of server.mails) mail.uidl = `${mail.uidl.split('/')[0] ?? ''}/${round}`;
          if (round === 2 && twin !== undefined) deliver(undefined, twin.bytes);
        },
      };
    },
  },
};
