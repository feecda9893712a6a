/** Ways in which IMAP servers number their mails wrongly, or let others into the folder. */
import type { ImapBehaviour, ImapBehaviours } from './imap-conduct.js';
import type { ImapAsk, ImapMail } from './imap-server.js';
import { pick } from './server-scene.js';

const onSearch =
  (change: (uids: string[], ask: ImapAsk) => string[]) =>
  (ask: ImapAsk): string | undefined => {
    if (ask.command !== 'SEARCH' || !ask.line.includes('ALL')) return undefined;
    const [, uids = ''] = /^\* SEARCH ?(.*)\r\n/.exec(ask.regular().toString()) ?? [];
    const listed = change(uids === '' ? [] : uids.split(' '), ask);
    return `* SEARCH ${listed.join(' ')}\r\n${ask.tag} OK done\r\n`;
  };

const validity = (number: number) => `* OK [UIDVALIDITY ${number}] new\r\n`;

export const numbering: ImapBehaviours = {
  'lists UIDs in descending order, and twice': {
    outcomes: ['ok'],
    play: () => ({ conduct: onSearch((uids) => [...uids, ...uids].reverse()) }),
  },
  'lists too little now and then': {
    outcomes: ['ok'],
    play: ({ random }) => ({ conduct: onSearch((uids) => uids.filter(() => random() < 0.7)) }),
  },
  'lists nothing now and then': {
    outcomes: ['ok'],
    play: ({ random }) => {
      let isEmpty = false;
      return {
        before: () => void (isEmpty = random() < 0.5),
        conduct: onSearch((uids) => (isEmpty ? [] : uids)),
      };
    },
  },
  'lists mails that are not there': {
    outcomes: ['ok'],
    play: () => ({ conduct: onSearch((uids) => [...uids, '8888', '4294967295']) }),
  },
  'loses a mail between listing and fetching, and has it again later': {
    outcomes: ['ok'],
    play: (scene) => {
      const { server } = scene;
      let absent: ImapMail | undefined;
      let isTaken = false;
      return {
        before: () => {
          isTaken = false;
        },
        after: () => {
          // another program has moved it back
          if (absent !== undefined) server.mails.push({ ...absent, uid: absent.uid + 5000 });
          absent = undefined;
        },
        conduct: ({ command, mails }) => {
          if (command !== 'BODY' || isTaken || mails.length === 0) return undefined;
          isTaken = true;
          absent = pick(scene, mails);
          scene.takeAway(absent);
          return undefined;
        },
      };
    },
  },
  'gives no UIDVALIDITY': {
    outcomes: ['ok'],
    play: ({ server }) => ({ before: () => void (server.validity = '') }),
  },
  'gives 0 as UIDVALIDITY': {
    outcomes: ['ok'],
    play: ({ server }) => ({ before: () => void (server.validity = validity(0)) }),
  },
  'gives no UIDVALIDITY now and then': {
    outcomes: ['ok'],
    play: ({ server, random }) => ({
      before: () => void (server.validity = random() < 0.5 ? '' : validity(7)),
    }),
  },
  'was migrated: another UIDVALIDITY, and every mail has another UID': {
    outcomes: ['ok'],
    play: ({ server, random }) => ({
      before: (round) => {
        if (round !== 2) return;
        server.validity = validity(8);
        server.renumber(() => random() - 0.5);
      },
    }),
  },
  'changes UIDVALIDITY in every session, and gives the same UIDs to other mails': {
    outcomes: ['ok'],
    play: ({ server, random }) => ({
      before: (round) => {
        server.validity = validity(100 + round);
        const uids = server.mails.map(({ uid }) => uid).sort(() => random() - 0.5);
        server.mails.forEach((mail, at) => (mail.uid = uids[at] ?? mail.uid));
      },
    }),
  },
  'changes UIDVALIDITY in every session and has a mail twice': {
    outcomes: ['ok'],
    play: ({ server, deliver }) => {
      const twin = server.mails[0];
      return {
        before: (round) => {
          server.validity = validity(100 + round);
          server.renumber((one, other) => one.uid - other.uid);
          if (round === 2 && twin !== undefined) deliver(undefined, twin.bytes);
        },
      };
    },
  },
  'changes UIDVALIDITY within a session, and says BYE': {
    outcomes: ['temporarilyUnavailable', 'connectionLost'],
    play: (scene) => {
      const { server, random } = scene;
      let number = 7;
      return {
        conduct: ({ command, socket }) => {
          if (!['FETCH', 'BODY', 'STORE', 'EXPUNGE'].includes(command) || random() < 0.7)
            return undefined;
          number += 1;
          server.validity = validity(number);
          const uids = server.mails.map(({ uid }) => uid).sort(() => random() - 0.5);
          server.mails.forEach((mail, at) => (mail.uid = uids[at] ?? mail.uid));
          socket.end('* BYE the folder was rebuilt\r\n');
          return null;
        },
      };
    },
  },
  'gives a UID again after a deletion': {
    outcomes: ['ok'],
    play: ({ server, deliver }) => {
      let known = 0;
      return {
        before: () => {
          const free = server.removed.slice(known);
          known = server.removed.length;
          for (const { uid } of free) deliver(uid);
        },
      };
    },
  },
  'breaks after EXPUNGE took effect and gives the UIDs again': {
    outcomes: ['connectionLost'],
    play: ({ server, deliver }) => {
      let known = 0;
      return {
        conduct: (ask) => {
          if (ask.command !== 'EXPUNGE') return undefined;
          ask.regular();
          ask.socket.destroy();
          return null;
        },
        before: () => {
          const free = server.removed.slice(known);
          known = server.removed.length;
          for (const { uid } of free.slice(0, 3)) deliver(uid);
        },
      };
    },
  },
  'gives a UID again that another client has freed': {
    outcomes: ['ok'],
    play: (scene) => {
      const victim = pick(scene, scene.server.mails);
      return {
        before: (round) => {
          if (round === 1) scene.takeAway(victim);
          if (round === 2) scene.deliver(victim.uid);
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
  'lets another program mark mails as deleted': othersMarks('IMAP4rev1 UIDPLUS', ['ok']),
  'lets another program mark mails as deleted, and has no UIDPLUS': othersMarks('IMAP4rev1', [
    'ok',
  ]),
  'has no UIDPLUS, and refuses EXPUNGE when others have marked mails': {
    ...othersMarks('IMAP4rev1', ['serverRefused']),
    play: (scene) => {
      const played = othersMarks('IMAP4rev1', []).play(scene);
      return {
        ...played,
        conduct: ({ command, tag }) =>
          command === 'EXPUNGE' ? `${tag} NO not allowed\r\n` : undefined,
      };
    },
  },
};

/** Marks of others stay, and so do the mails, unless they are ours to delete. */
function othersMarks(capabilities: string, outcomes: readonly string[]): ImapBehaviour {
  return {
    outcomes,
    play: ({ server, deliver }) => {
      let fresh: ImapMail | undefined;
      return {
        before: () => {
          server.capabilities = capabilities;
          fresh = deliver();
          fresh.flags.add('\\Deleted');
        },
        after: (policy) => {
          if (policy === 'immediately' || fresh === undefined) return;
          if (!server.mails.includes(fresh)) throw new Error('a mail of others was removed');
          if (!fresh.flags.has('\\Deleted')) throw new Error('a mark of others was taken away');
        },
      };
    },
  };
}
