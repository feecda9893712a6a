/** A POP3 server (RFC 1939) with the update state of a real one, which does whatever else it is told to. */
import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface ServedMail {
  uidl: string;
  readonly bytes: Buffer;
}

export interface Ask {
  readonly command: string;
  /** The number that the command names; 0 when it names none. */
  readonly number: number;
  readonly mail: ServedMail | undefined;
  readonly session: ServedSession;
  readonly socket: Socket;
  /** Does what was asked for and yields the reply of a good server. */
  readonly regular: () => Buffer;
}

/** @returns the reply; null when the server has other things to do from now on; undefined to answer as a good server */
export type Conduct = (ask: Ask) => Buffer | string | null | undefined;

export interface ServedSession {
  /** As of sign-in: a mail that comes later is not part of the session. */
  readonly mails: readonly ServedMail[];
  readonly marked: Set<ServedMail>;
  /** Whether it takes no more commands. */
  isLost: boolean;
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export class MailboxServer {
  /** What is in the mailbox now. */
  mails: ServedMail[] = [];
  /** What sessions have removed: effect of a QUIT that was carried out. */
  readonly removed: ServedMail[] = [];
  conduct: Conduct = () => undefined;
  /** How many commands the conduct took into its own hands. */
  strokes = 0;
  readonly commands: string[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(): Promise<MailboxServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const made = new MailboxServer(server, (server.address() as AddressInfo).port);
    server.on('connection', (socket) => made.#serve(socket));
    return made;
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const session = { mails: [...this.mails], marked: new Set<ServedMail>(), isLost: false };
    let pending = '';
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    socket.setEncoding('latin1').on('data', (text: string) => {
      const lines = (pending + text).split('\r\n');
      pending = lines.pop() ?? '';
      for (const line of lines) if (!session.isLost) this.#answer(socket, session, line);
    });
    socket.write('+OK ready\r\n');
  }

  #answer(socket: Socket, session: ServedSession, line: string): void {
    const [command = '', argument = '0'] = line.split(' ');
    const number = Number(argument) || 0;
    this.commands.push(`${command} ${number}`);
    const mail = session.mails[number - 1];
    const regular = () => this.#regular(command, mail, session);
    const answer = this.conduct({ command, number, mail, session, socket, regular });
    if (answer !== undefined) this.strokes += 1;
    session.isLost = answer === null || command === 'QUIT';
    if (answer === null) return;
    socket.write(answer ?? regular());
    if (command === 'QUIT') socket.end();
  }

  #regular(command: string, mail: ServedMail | undefined, session: ServedSession): Buffer {
    const listing = (of: (one: ServedMail) => string | number) =>
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
