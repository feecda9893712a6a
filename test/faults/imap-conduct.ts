/** What IMAP servers that misbehave do, in parts. */
import { setInterval } from 'node:timers';
import type { Answer } from './faulty-server.js';
import type { ImapAsk, ImapMail, ImapMailboxServer, RowChanges } from './imap-server.js';
import { pick, type Behaviour, type Behaviours, type Scene } from './server-scene.js';

export type ImapScene = Scene<ImapMailboxServer, ImapMail, number>;
export type ImapBehaviour = Behaviour<ImapMailboxServer, ImapMail, number, ImapAsk>;
export type ImapBehaviours = Behaviours<ImapMailboxServer, ImapMail, number, ImapAsk>;

export const cut = ({ socket }: ImapAsk): null => {
  socket.destroy();
  return null;
};

export const on =
  (command: string | readonly string[], answer: (ask: ImapAsk) => Answer) =>
  (ask: ImapAsk): Answer =>
    command === ask.command || (Array.isArray(command) && command.includes(ask.command))
      ? answer(ask)
      : undefined;

export const done = ({ tag }: ImapAsk) => Buffer.from(`${tag} OK done\r\n`);
export const refused =
  (words: string) =>
  ({ tag }: ImapAsk) =>
    `${tag} ${words}\r\n`;

/** The whole answer, that for some mails changed; null: none for them. */
export const changed = (
  ask: ImapAsk,
  change: (mail: ImapMail) => RowChanges | null,
  mails = ask.mails,
): Buffer =>
  Buffer.concat([
    ...mails.flatMap((mail) => {
      const changes = change(mail);
      return changes === null ? [] : ask.row(mail, changes);
    }),
    done(ask),
  ]);

/** Answers up to the victim, and of its own answer all but the last bytes. */
export const cutWithin = (ask: ImapAsk, victim: ImapMail): Answer => {
  if (!ask.mails.includes(victim)) return undefined;
  const before = ask.mails.slice(0, ask.mails.indexOf(victim)).map((mail) => ask.row(mail));
  ask.socket.end(Buffer.concat([...before, ask.row(victim).subarray(0, -4)]));
  return null;
};

/** Answers up to the victim, then one byte every 0.9 seconds until the client has enough. */
export const dribble = (ask: ImapAsk, victim: ImapMail): null => {
  const { socket } = ask;
  for (const mail of ask.mails.slice(0, ask.mails.indexOf(victim))) socket.write(ask.row(mail));
  const answer = ask.row(victim);
  let at = 0;
  const timer = setInterval(() => {
    socket.write(answer.subarray(at, (at += 1)));
  }, 900);
  socket.on('close', () => clearInterval(timer));
  return null;
};

export const oneVictim = (
  scene: ImapScene,
  conduct: (victim: ImapMail, ask: ImapAsk) => Answer,
  command: string | readonly string[] = 'BODY',
) => {
  const small = scene.server.mails.filter(({ bytes }) => bytes.length < 100_000);
  const victim = pick(scene, small);
  return {
    conduct: on(command, (ask) => (ask.mails.includes(victim) ? conduct(victim, ask) : undefined)),
    withheld: (mail: ImapMail) => mail === victim,
  };
};

export const COMMANDS = [
  'LOGIN',
  'SELECT',
  'SEARCH',
  'FETCH',
  'BODY',
  'STORE',
  'EXPUNGE',
  'LOGOUT',
];
/** SELECT is EXAMINE where nothing is to be deleted. */
export const alias = (command: string) => (command === 'SELECT' ? ['SELECT', 'EXAMINE'] : command);

/** For each command one. */
export const atEach = (
  name: (command: string) => string,
  make: (command: string) => ImapBehaviour,
  commands: readonly string[] = COMMANDS,
): ImapBehaviours => Object.fromEntries(commands.map((one) => [name(one), make(one)]));
