/** A POP3 server (RFC 1939) that keeps a mailbox and fails where it is told to. */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface ScriptedMail {
  readonly uidl: string;
  readonly bytes: Buffer;
}

export interface ScriptedFaults {
  /** Closes the connection after so many bytes of this message number. */
  breakIn?: { readonly number: number; readonly afterBytes: number };
  /** Answers -ERR to RETR of mails with this unique-id. */
  refuse?: string;
  /** Closes the connection instead of answering QUIT; `deleted` says whether the deletions were carried out. */
  breakAtQuit?: { readonly deleted: boolean };
  withoutUidl?: boolean;
  /** Never answers this command. */
  silentAt?: string;
}

export class ScriptedPop3 {
  readonly commands: string[] = [];
  faults: ScriptedFaults = {};
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
    public mails: ScriptedMail[],
  ) {}

  static async start(mails: ScriptedMail[]): Promise<ScriptedPop3> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const scripted = new ScriptedPop3(server, (server.address() as AddressInfo).port, mails);
    server.on('connection', (socket) => scripted.#serve(socket));
    return scripted;
  }

  /** How many messages were asked for so far. */
  get retrievals(): number {
    return this.commands.filter((line) => line.startsWith('RETR')).length;
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const session = { mails: [...this.mails], deleted: new Set<string>() };
    let pending = '';
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    socket.setEncoding('latin1').on('data', (text: string) => {
      const lines = (pending + text).split('\r\n');
      pending = lines.pop() ?? '';
      for (const line of lines) if (!socket.destroyed) this.#answer(socket, session, line);
    });
    socket.write('+OK scripted\r\n');
  }

  #answer(
    socket: Socket,
    session: { readonly mails: readonly ScriptedMail[]; readonly deleted: Set<string> },
    line: string,
  ): void {
    this.commands.push(line.startsWith('PASS') ? 'PASS' : line);
    const [command = '', argument = ''] = line.split(' ');
    const mail = session.mails[Number(argument) - 1];
    const listing = (of: (one: ScriptedMail) => string) =>
      `+OK\r\n${session.mails.map((one, index) => `${index + 1} ${of(one)}\r\n`).join('')}.\r\n`;
    if (command === this.faults.silentAt) return;
    if (command === 'CAPA') socket.write('+OK\r\nUSER\r\nPIPELINING\r\n.\r\n');
    else if (command === 'LIST') socket.write(listing((one) => String(one.bytes.length)));
    else if (command === 'UIDL' && this.faults.withoutUidl === true) socket.write('-ERR what?\r\n');
    else if (command === 'UIDL') socket.write(listing((one) => one.uidl));
    else if (command === 'RETR' && mail !== undefined)
      this.#retrieve(socket, Number(argument), mail);
    else if (command === 'QUIT') this.#quit(socket, session.deleted);
    else {
      if (command === 'DELE' && mail !== undefined) session.deleted.add(mail.uidl);
      socket.write('+OK\r\n');
    }
  }

  #retrieve(socket: Socket, number: number, { uidl, bytes }: ScriptedMail): void {
    const { breakIn, refuse } = this.faults;
    if (refuse === uidl) {
      socket.write('-ERR this one cannot be read\r\n');
      return;
    }
    const stuffed = bytes.toString('latin1').replace(/^\./gm, '..');
    const reply = Buffer.from(`+OK\r\n${stuffed}.\r\n`, 'latin1');
    if (breakIn?.number === number) socket.end(reply.subarray(0, 5 + breakIn.afterBytes));
    else socket.write(reply);
  }

  #quit(socket: Socket, deleted: ReadonlySet<string>): void {
    const { breakAtQuit } = this.faults;
    if (breakAtQuit?.deleted !== false)
      this.mails = this.mails.filter(({ uidl }) => !deleted.has(uidl));
    if (breakAtQuit === undefined) socket.end('+OK bye\r\n');
    else socket.destroy();
  }
}
