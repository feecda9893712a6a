/** A mail server for tests that does whatever it is told to, and else what a good one would do. */
import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface ServedMail {
  readonly bytes: Buffer;
}

/** A reply; null when the server has other things to do from now on; undefined to answer as a good server. */
export type Answer = Buffer | string | null | undefined;

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** `Name` is what the protocol calls a mail. */
export abstract class FaultyServer<Mail extends ServedMail, Name> {
  /** What is in the mailbox now. */
  mails: Mail[] = [];
  /** What sessions have removed for good. */
  readonly removed: Mail[] = [];
  /** How many commands its conduct took into its own hands. */
  strokes = 0;
  #delivered = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((socket) => {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    this.serve(socket);
  });

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** @returns itself */
  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Puts a mail into the mailbox. @param name unless the server is to choose one */
  deliver(bytes: Buffer, name?: Name): Mail {
    const mail = this.make(bytes, this.#delivered, name);
    this.#delivered += 1;
    this.mails.push(mail);
    return mail;
  }

  protected abstract make(bytes: Buffer, serial: number, name?: Name): Mail;

  protected abstract serve(socket: Socket): void;
}

export function linesOf(socket: Socket, onLine: (line: string) => void): void {
  let pending = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    const lines = (pending + text).split('\r\n');
    pending = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
