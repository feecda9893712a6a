/** What a server that misbehaves is told in retrieval-servers.test.ts, whatever its protocol. */
import type { Answer } from './faulty-server.js';

/** The server side of one run. */
export interface Scene<Server, Mail, Name> {
  readonly server: Server;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** Puts a new mail into the mailbox. */
  readonly deliver: (name?: Name, bytes?: Buffer) => Mail;
  /** Takes a mail out of the mailbox, as another client would. */
  readonly takeAway: (mail: Mail) => void;
}

export interface Played<Ask, Mail> {
  readonly conduct?: (ask: Ask) => Answer;
  /** Before each session. @param round from 0 */
  readonly before?: (round: number) => void;
  /** After each session. @throws Error when it did what it must not do */
  readonly after?: (policy: Policy) => void;
  /** Mails that cannot be had as long as the server behaves like this. */
  readonly withheld?: (mail: Mail) => boolean;
}

export interface Behaviour<Server, Mail, Name, Ask> {
  /** What may come of a session in which it struck; `ok` when it ends well. */
  readonly outcomes: readonly string[];
  /** How long the client waits; 10 unless told. */
  readonly timeoutSeconds?: number;
  /** No mail may go into quarantine for it. */
  readonly isInnocent?: boolean;
  readonly play: (scene: Scene<Server, Mail, Name>) => Played<Ask, Mail>;
}

export type Behaviours<Server, Mail, Name, Ask> = Readonly<
  Record<string, Behaviour<Server, Mail, Name, Ask>>
>;

export type Policy = 'never' | 'immediately' | 'afterDays';

export const pick = <T>({ random }: { readonly random: () => number }, from: readonly T[]): T => {
  const one = from[Math.floor(random() * from.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
};
