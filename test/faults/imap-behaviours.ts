/** Ways in which IMAP servers misbehave, for retrieval-servers.test.ts. */
import { answers } from './imap-answers.js';
import { alias, atEach, COMMANDS, cut, on, refused, type ImapBehaviours } from './imap-conduct.js';
import { numbering } from './imap-numbering.js';
import { pick } from './server-scene.js';

export const imapBehaviours: ImapBehaviours = {
  'is a good server': { outcomes: ['ok'], play: () => ({}) },
  ...atEach(
    (command) => `breaks at ${command}, before it takes effect`,
    (command) => ({
      outcomes: [command === 'LOGOUT' ? 'ok' : 'connectionLost'],
      play: ({ random }) => ({
        conduct: on(alias(command), (ask) => (random() < 0.5 ? cut(ask) : undefined)),
      }),
    }),
  ),
  ...atEach(
    (command) => `breaks at ${command}, after it took effect`,
    () => ({
      outcomes: ['connectionLost'],
      play: ({ random }) => ({
        conduct: on(['STORE', 'EXPUNGE'], (ask) => {
          if (random() < 0.5) return undefined;
          ask.regular();
          return cut(ask);
        }),
      }),
    }),
    ['STORE', 'EXPUNGE'],
  ),
  ...atEach(
    (command) => `is silent at ${command}`,
    (command) => ({
      outcomes: [command === 'LOGOUT' ? 'ok' : 'responseTimeout'],
      timeoutSeconds: 1,
      play: () => {
        let isSilent = false;
        return {
          before: (round) => void (isSilent = round === 1 || round === 2),
          conduct: on(alias(command), () => (isSilent ? null : undefined)),
        };
      },
    }),
    COMMANDS.filter((command) => command !== 'LOGOUT'),
  ),
  ...atEach(
    (command) => `says BYE at ${command}`,
    () => ({
      outcomes: ['temporarilyUnavailable', 'connectionLost'],
      isInnocent: true,
      play: (scene) => {
        let command: readonly string[] = [];
        return {
          before: () => void (command = [pick(scene, COMMANDS)].flatMap(alias)),
          conduct: (ask) => {
            if (!command.includes(ask.command) || ask.command === 'LOGOUT') return undefined;
            ask.socket.end('* BYE [UNAVAILABLE] going down\r\n');
            return null;
          },
        };
      },
    }),
    ['any command'],
  ),
  ...atEach(
    (code) => `is busy: NO [${code}]`,
    (code) => ({
      outcomes: ['temporarilyUnavailable'],
      isInnocent: true,
      play: () => {
        let command: readonly string[] = [];
        return {
          before: (round) =>
            void (command = [['SELECT', 'SEARCH', 'FETCH', 'BODY'][round] ?? 'LOGIN'].flatMap(
              alias,
            )),
          conduct: (ask) =>
            command.includes(ask.command) ? refused(`NO [${code}] later`)(ask) : undefined,
        };
      },
    }),
    ['UNAVAILABLE', 'INUSE', 'LIMIT'],
  ),
  ...answers,
  ...numbering,
};
