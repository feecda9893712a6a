/** Ways in which IMAP servers answer wrongly, or not what was asked. */
import {
  alias,
  changed,
  COMMANDS,
  cutWithin,
  done,
  dribble,
  on,
  oneVictim,
  refused,
  type ImapBehaviours,
} from './imap-conduct.js';
import { pick } from './server-scene.js';

const INJECTED = [
  '* 1 FETCH (FLAGS (\\Seen))\r\n',
  '* 2 FETCH (UID 2 FLAGS (\\Answered))\r\n',
  '* 99 FETCH (UID 9999 FLAGS ())\r\n',
  '* 500 EXISTS\r\n',
  '* 1 EXPUNGE\r\n',
  '* VANISHED 3\r\n',
  '* OK [UIDNEXT 5000] hi\r\n',
  '* SEARCH\r\n',
  '* 0 RECENT\r\n',
];

const GARBAGE = ['\0\x01\x02\xff\xfe\r\n', 'HTTP/1.1 400 Bad Request\r\n\r\n', '* (((\r\n'];

export const answers: ImapBehaviours = {
  'is busy for one mail': {
    outcomes: ['ok'],
    isInnocent: true,
    play: (scene) => oneVictim(scene, (_victim, ask) => refused('NO [UNAVAILABLE] later')(ask)),
  },
  'has a bug at one mail': {
    outcomes: ['ok'],
    play: (scene) => oneVictim(scene, (_victim, ask) => refused('NO [SERVERBUG] oh')(ask)),
  },
  'refuses to give one mail': {
    outcomes: ['ok'],
    play: (scene) => oneVictim(scene, (_victim, ask) => refused('NO unreadable')(ask)),
  },
  'gives the others and refuses one mail': {
    outcomes: ['ok'],
    play: (scene) =>
      oneVictim(scene, (victim, ask) => {
        const rows = ask.mails.filter((mail) => mail !== victim).map((mail) => ask.row(mail));
        return Buffer.concat([...rows, Buffer.from(refused('NO unreadable')(ask))]);
      }),
  },
  'leaves one mail out': {
    outcomes: ['ok'],
    play: (scene) =>
      oneVictim(scene, (victim, ask) => changed(ask, (mail) => (mail === victim ? null : {}))),
  },
  'neither describes nor gives one mail': {
    outcomes: ['ok'],
    play: (scene) =>
      oneVictim(scene, (_victim, ask) => refused('NO unreadable')(ask), ['FETCH', 'BODY']),
  },
  'refuses to describe mails': {
    outcomes: ['ok'],
    play: () => ({ conduct: on('FETCH', refused('NO not now')) }),
  },
  'takes FETCH for nonsense': {
    outcomes: ['ok'],
    play: () => ({ conduct: on('BODY', refused('BAD what?')), withheld: () => true }),
  },
  'breaks within an answer': {
    outcomes: ['connectionLost'],
    play: (scene) => ({
      conduct: on('BODY', (ask) => {
        if (scene.random() > 0.5) return undefined;
        const reply = ask.regular();
        ask.socket.end(reply.subarray(0, Math.floor(scene.random() * reply.length)));
        return null;
      }),
    }),
  },
  'always breaks within the same mail': {
    outcomes: ['connectionLost'],
    play: (scene) => oneVictim(scene, (victim, ask) => cutWithin(ask, victim)),
  },
  'always breaks far into the same large mail': {
    outcomes: ['connectionLost'],
    play: (scene) => {
      const victim = scene.deliver(undefined, Buffer.alloc(1_900_000, 'large mail\r\n'));
      // more than are asked for together
      for (let count = 0; count < 9; count += 1)
        scene.deliver(undefined, Buffer.alloc(530_000, `large mail ${count}\r\n`));
      return {
        conduct: on('BODY', (ask) =>
          ask.mails.includes(victim) && (ask.part?.start ?? 0) > 0
            ? cutWithin(ask, victim)
            : undefined,
        ),
        withheld: (mail) => mail === victim,
      };
    },
  },
  'refuses the rest of a large mail': {
    outcomes: ['ok'],
    play: (scene) => {
      const victim = scene.deliver(undefined, Buffer.alloc(1_900_000, 'large mail\r\n'));
      return {
        conduct: on('BODY', (ask) =>
          ask.mails.includes(victim) && (ask.part?.start ?? 0) > 0
            ? refused('NO unreadable')(ask)
            : undefined,
        ),
        withheld: (mail) => mail === victim,
      };
    },
  },
  'sends a byte a second': {
    outcomes: ['responseTimeout'],
    timeoutSeconds: 1,
    play: (scene) => oneVictim(scene, (victim, ask) => dribble(ask, victim)),
  },
  'tells literals longer than they are': {
    // what follows is taken for a part of the mail, and the end is waited for
    outcomes: ['responseTimeout', 'ok'],
    timeoutSeconds: 1,
    play: (scene) =>
      oneVictim(scene, (victim, ask) =>
        changed(ask, (mail) =>
          mail === victim ? { literalBytes: mail.bytes.length + 1 + (mail.uid % 40) } : {},
        ),
      ),
  },
  'tells literals shorter than they are': {
    outcomes: ['ok'],
    play: (scene) =>
      oneVictim(scene, (victim, ask) =>
        changed(ask, (mail) =>
          mail === victim && ask.part?.start === 0
            ? { literalBytes: Math.min(mail.bytes.length, ask.part.length) - 1 - (mail.uid % 40) }
            : {},
        ),
      ),
  },
  'tells a literal beyond every limit': {
    outcomes: ['protocolViolation'],
    play: (scene) =>
      oneVictim(scene, (victim, ask) =>
        changed(ask, (mail) => (mail === victim ? { literalBytes: 999_999_999 } : {})),
      ),
  },
  'answers under a UID that nobody asked for': {
    outcomes: ['ok'],
    play: (scene) =>
      oneVictim(scene, (victim, ask) =>
        changed(ask, (mail) => (mail === victim ? { uid: 77_777 } : {})),
      ),
  },
  'answers twice for a mail, the second time with other bytes': {
    outcomes: ['ok'],
    play: () => ({
      conduct: on('BODY', (ask) =>
        Buffer.concat(
          ask.mails
            .flatMap((mail) => [ask.row(mail), ask.row(mail, { bytes: Buffer.from('other\r\n') })])
            .concat(done(ask)),
        ),
      ),
    }),
  },
  'answers in descending order': {
    outcomes: ['ok'],
    play: () => ({
      conduct: on(['FETCH', 'BODY'], (ask) => changed(ask, () => ({}), [...ask.mails].reverse())),
    }),
  },
  'answers with another part than was asked for': {
    outcomes: ['ok'],
    play: (scene) =>
      oneVictim(scene, (victim, ask) =>
        changed(ask, (mail) =>
          mail === victim ? { origin: 60, bytes: mail.bytes.subarray(60) } : {},
        ),
      ),
  },
  'gives the rest of a large mail from another place': {
    outcomes: ['ok'],
    play: (scene) => {
      const victim = scene.deliver(undefined, Buffer.alloc(1_900_000, 'large mail\r\n'));
      return {
        conduct: on('BODY', (ask) =>
          ask.mails.includes(victim) && (ask.part?.start ?? 0) > 0
            ? changed(ask, () => ({ origin: 12, bytes: victim.bytes.subarray(12, 600_012) }))
            : undefined,
        ),
        withheld: (mail) => mail === victim,
      };
    },
  },
  'knows no partial fetch and gives every mail whole': {
    outcomes: ['ok'],
    play: (scene) => {
      for (const size of [1_900_000, 600_000])
        scene.deliver(undefined, Buffer.alloc(size, `large mail ${size}\r\n`));
      return {
        conduct: on('BODY', (ask) => changed(ask, ({ bytes }) => ({ origin: null, bytes }))),
      };
    },
  },
  'knows no partial fetch and has a mail as large as a part': {
    outcomes: ['ok'],
    play: (scene) => {
      const victim = scene.deliver(undefined, Buffer.alloc(524_288, 'as large as a part\r\n'));
      return {
        conduct: on('BODY', (ask) => changed(ask, ({ bytes }) => ({ origin: null, bytes }))),
        withheld: (mail) => mail === victim,
      };
    },
  },
  'does not say where a part begins': {
    outcomes: ['ok'],
    play: (scene) => {
      const lines = Array.from({ length: 120_000 }, (_, at) => `line ${at}\r\n`).join('');
      scene.deliver(undefined, Buffer.from(lines));
      return { conduct: on('BODY', (ask) => changed(ask, () => ({ origin: null }))) };
    },
  },
  'sends a mail without end': {
    outcomes: ['ok'],
    play: (scene) =>
      oneVictim(scene, (victim, ask) =>
        changed(ask, (mail) =>
          mail === victim ? { bytes: Buffer.alloc(ask.part?.length ?? 0, 'endless\r\n') } : {},
        ),
      ),
  },
  'lies about sizes': {
    outcomes: ['ok'],
    play: ({ random }) => ({
      conduct: on('FETCH', (ask) =>
        changed(ask, () => ({ sizeBytes: Math.floor(random() * 50_000) })),
      ),
    }),
  },
  'tells a size of 0 for every mail': {
    outcomes: ['ok'],
    play: (scene) => {
      scene.deliver(undefined, Buffer.alloc(1_900_000, 'large mail\r\n'));
      return { conduct: on('FETCH', (ask) => changed(ask, () => ({ sizeBytes: 0 }))) };
    },
  },
  'tells sizes beyond every limit': {
    outcomes: ['ok'],
    play: (scene) =>
      oneVictim(
        scene,
        (victim, ask) =>
          changed(ask, (mail) => (mail === victim ? { sizeBytes: 999_999_999_999 } : {})),
        'FETCH',
      ),
  },
  'speaks without being asked': {
    outcomes: ['ok'],
    play: (scene) => ({
      conduct: on(['SEARCH', 'FETCH', 'BODY', 'STORE', 'EXPUNGE', 'LOGOUT'], (ask) => {
        const words = INJECTED.filter(
          (one) => scene.random() < 0.5 && !(ask.command === 'SEARCH' && /SEARCH/.test(one)),
        );
        return Buffer.concat([Buffer.from(words.join('')), ask.regular()]);
      }),
    }),
  },
  'speaks without being asked, in the middle of answers': {
    outcomes: ['ok'],
    play: (scene) => ({
      conduct: on(['FETCH', 'BODY'], (ask) =>
        Buffer.concat([
          ...ask.mails.flatMap((mail) => [Buffer.from(pick(scene, INJECTED)), ask.row(mail)]),
          done(ask),
        ]),
      ),
    }),
  },
  'answers garbage and ends': {
    outcomes: ['protocolViolation', 'responseTimeout', 'connectionLost', 'ok'],
    play: (scene) => {
      const victim = pick(scene, COMMANDS);
      return {
        conduct: on(alias(victim), (ask) => {
          if (scene.random() < 0.5) return undefined;
          ask.socket.end(pick(scene, GARBAGE));
          return null;
        }),
      };
    },
  },
  'says garbage before every answer': {
    outcomes: ['ok'],
    play: (scene) => ({
      conduct: on(['SEARCH', 'FETCH', 'BODY', 'STORE'], (ask) =>
        Buffer.concat([Buffer.from(pick(scene, GARBAGE)), ask.regular()]),
      ),
    }),
  },
  'sends a line without end': {
    outcomes: ['protocolViolation'],
    play: () => {
      let round = 0;
      return {
        before: (now) => void (round = now),
        conduct: on('SEARCH', ({ socket }) => {
          if (round !== 1) return undefined;
          const line = Buffer.alloc(256 * 1024, '1 ');
          const more = () => {
            while (!socket.destroyed && socket.write(line));
          };
          socket.on('drain', more).write('* SEARCH ');
          more();
          return null;
        }),
      };
    },
  },
  'refuses STORE': {
    outcomes: ['ok'],
    play: () => ({ conduct: on('STORE', refused('NO not allowed')) }),
  },
  'opens the folder for reading only': {
    outcomes: ['ok'],
    play: () => ({
      conduct: (ask) => {
        if (ask.command === 'STORE') return refused('NO [READ-ONLY] no')(ask);
        return ask.command === 'SELECT'
          ? Buffer.from(ask.regular().toString('latin1').replace('READ-WRITE', 'READ-ONLY'))
          : undefined;
      },
    }),
  },
  'refuses EXPUNGE': {
    outcomes: ['serverRefused'],
    play: () => ({ conduct: on('EXPUNGE', refused('NO not allowed')) }),
  },
  'says that it has removed and has not': {
    outcomes: ['ok'],
    play: () => ({ conduct: on('EXPUNGE', done) }),
  },
};
