/** A POP3 server (RFC 1939) with the update state of a real one, which does whatever else it is told to. */
import type { Socket } from 'node:net';
import { FaultyServer, linesOf, type Answer, type ServedMail } from './faulty-server.js';

export interface Pop3Mail extends ServedMail {
  uidl: string;
}

export interface Ask {
  readonly command: string;
  /** The number that the command names; 0 when it names none. */
  readonly number: number;
  readonly mail: Pop3Mail | undefined;
  readonly session: ServedSession;
  readonly socket: Socket;
  /** Does what was asked for and yields the reply of a good server. */
  readonly regular: () => Buffer;
}

export type Conduct = (ask: Ask) => Answer;

export interface ServedSession {
  /** As of sign-in: a mail that comes later is not part of the session. */
  readonly mails: readonly Pop3Mail[];
  readonly marked: Set<Pop3Mail>;
  /** Whether it takes no more commands. */
  isLost: boolean;
}

export class MailboxServer extends FaultyServer<Pop3Mail, string> {
  conduct: Conduct = () => undefined;

  protected make(bytes: Buffer, serial: number, uidl = `u-${serial}`): Pop3Mail {
    return { uidl, bytes };
  }

  protected serve(socket: Socket): void {
    const session = { mails: [...this.mails], marked: new Set<Pop3Mail>(), isLost: false };
    linesOf(socket, (line) => {
      if (!session.isLost) this.#answer(socket, session, line);
    });
    socket.write('+OK ready\r\n');
  }

  #answer(socket: Socket, session: ServedSession, line: string): void {
    const [command = '', argument = '0'] = line.split(' ');
    const number = Number(argument) || 0;
    const mail = session.mails[number - 1];
    const regular = () => this.#regular(command, mail, session);
    const answer = this.conduct({ command, number, mail, session, socket, regular });
    if (answer !== undefined) this.strokes += 1;
    session.isLost = answer === null || command === 'QUIT';
    if (answer === null) return;
    socket.write(answer ?? regular());
    if (command === 'QUIT') socket.end();
  }

  #regular(command: string, mail: Pop3Mail | undefined, session: ServedSession): Buffer {
    const listing = (of: (one: Pop3Mail) => string | number) =>
      session.mails
        .map((one, at) => (session.marked.has(one) ? '' : `${at + 1} ${of(one)}\r\n`))
        .join('');
    if (command === 'CAPA') return Buffer.from('+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n');
    if (command === 'LIST')
      return Buffer.from(`+OK\r\n${listing(({ bytes }) => bytes.length)}.\r\n`);
    if (command === 'UIDL') return Buffer.from(`+OK\r\n${listing(({ uidl }) => uidl)}.\r\n`);
    if (command === 'QUIT') {
      this.mails = this.mails.filter((one) => !session.marked.has(one));
      this.removed.push(...session.marked);
      session.marked.clear();
    }
    if (command !== 'RETR' && command !== 'DELE') return Buffer.from('+OK\r\n');
    if (mail === undefined || session.marked.has(mail))
      return Buffer.from('-ERR no such message\r\n');
    if (command === 'RETR') return retrReply(mail.bytes);
    session.marked.add(mail);
    return Buffer.from('+OK\r\n');
  }
}

/** Byte-stuffed (RFC 1939 §3). @param bytes end with a line break */
export const retrReply = (bytes: Buffer): Buffer =>
  Buffer.from(`+OK\r\n${bytes.toString('latin1').replace(/^\./gm, '..')}.\r\n`, 'latin1');
