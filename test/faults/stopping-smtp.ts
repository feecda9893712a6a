/**
 * An SMTP server that takes everything, and counts it, except that it can be told to stop at a point of the dialogue:
 * there it says nothing more and tells the test, which kills whoever is talking to it.
 */
import net from 'node:net';
import { TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';

/** In the order of the dialogue. Named after what the server leaves unsaid, or has just done. */
export const STOPS = [
  'greeting',
  'EHLO',
  'STARTTLS',
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  /** 354 was said; the beginning of the message has come and no more is read. */
  'middle of the message',
  /** 354 was said; nothing is read until `resume`, then the message is taken. */
  'dot not yet read',
  /** The whole message with its dot has come; the server throws it away. */
  'dot, message lost',
  /** The whole message with its dot has come and is taken; no reply. */
  'dot, message taken',
  /** 250 was written. */
  'reply written',
] as const;
export type Stop = (typeof STOPS)[number];

export class StoppingSmtp {
  stopAt: Stop | null = null;
  /** Called where it stops. */
  onStop: () => void = () => undefined;
  /** How often the server answered 250 after the dot, by Message-ID. */
  readonly taken = new Map<string, number>();
  /** The first bytes of messages that were broken off. */
  readonly beginnings: Buffer[] = [];
  /** Whole messages that were taken, dots unstuffed not. */
  readonly messages: Buffer[] = [];
  /** Before every reply. */
  delayMs: () => number = () => 0;
  #resume: () => void = () => undefined;
  readonly #open = new Set<net.Socket>();

  private constructor(
    private readonly server: net.Server,
    private readonly certificate: { readonly key: string; readonly cert: string },
  ) {
    server.on('connection', (socket: net.Socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
      void this.#serve(socket, true);
    });
  }

  static async start(certificate: { key: string; cert: string }): Promise<StoppingSmtp> {
    const server = net.createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new StoppingSmtp(server, certificate);
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  /** Reads on what was left unread. */
  resume(): void {
    this.#resume();
  }

  /** Ends every connection without a word. */
  breakOff(): void {
    for (const socket of this.#open) socket.destroy();
  }

  close(): void {
    this.server.close();
    this.breakOff();
  }

  /** @returns whether it stops here */
  #stops(at: Stop): boolean {
    if (this.stopAt !== at) return false;
    this.onStop();
    return true;
  }

  async #serve(socket: net.Socket, isNew: boolean): Promise<void> {
    socket.on('error', () => undefined);
    const say = async (text: string) => {
      await sleep(this.delayMs());
      if (!socket.destroyed) socket.write(`${text}\r\n`);
    };
    if (isNew) {
      if (this.#stops('greeting')) return;
      await say('220 scripted ESMTP');
    }
    const input = new Input(socket);
    for (;;) {
      const line = await input.line();
      if (line === null) return;
      const word = line.split(' ')[0]?.toUpperCase() ?? '';
      const stop = STOPS.find((one) => one === word);
      if (stop !== undefined && this.#stops(stop)) return;
      if (word === 'STARTTLS') {
        input.end();
        await say('220 go on');
        const secured = new TLSSocket(socket, { isServer: true, ...this.certificate });
        return this.#serve(secured, false);
      }
      if (word === 'EHLO') await say('250-hi\r\n250-AUTH PLAIN\r\n250-STARTTLS\r\n250 8BITMIME');
      else if (word === 'AUTH') await say('235 come in');
      else if (word === 'QUIT') return void socket.end('221 bye\r\n');
      else if (word !== 'DATA') await say('250 ok');
      else if (!(await this.#receive(socket, input, say))) return;
    }
  }

  /** @returns false when it goes no further */
  async #receive(
    socket: net.Socket,
    input: Input,
    say: (text: string) => Promise<void>,
  ): Promise<boolean> {
    const isHeld = this.stopAt === 'dot not yet read';
    const resumed = isHeld ? new Promise<void>((resolve) => (this.#resume = resolve)) : null;
    if (isHeld) socket.pause();
    await say('354 go on');
    if (isHeld) {
      this.onStop();
      await resumed;
      socket.resume();
    }
    if (this.stopAt === 'middle of the message') {
      const beginning = await input.some(10_000);
      socket.pause();
      this.beginnings.push(beginning);
      this.onStop();
      return false;
    }
    const message = await input.message();
    if (message === null || this.#stops('dot, message lost')) return false;
    this.#take(message);
    if (this.#stops('dot, message taken')) return false;
    await say('250 taken');
    return !this.#stops('reply written');
  }

  #take(message: Buffer): void {
    const id = /^Message-ID: <([^>]+)>/im.exec(message.toString('latin1'))?.[1] ?? '';
    this.taken.set(id, (this.taken.get(id) ?? 0) + 1);
    this.messages.push(message);
  }
}

/** What a client sends, as lines and messages. */
class Input {
  #buffer = Buffer.alloc(0);
  #pieces: Buffer[] = [];
  #isEnded = false;
  #onMore: () => void = () => undefined;
  readonly #onData = (piece: Buffer) => {
    this.#pieces.push(piece);
    this.#onMore();
  };

  constructor(private readonly socket: net.Socket) {
    socket.on('data', this.#onData);
    socket.once('close', () => {
      this.#isEnded = true;
      this.#onMore();
    });
  }

  /** What comes next is read by somebody else. */
  end(): void {
    this.socket.off('data', this.#onData);
  }

  async line(): Promise<string | null> {
    const bytes = await this.#until((buffer) => {
      const at = buffer.indexOf('\r\n');
      return at < 0 ? null : at + 2;
    });
    return bytes?.toString('latin1').trimEnd() ?? null;
  }

  /** Without the final dot. */
  async message(): Promise<Buffer | null> {
    const end = '\r\n.\r\n';
    const bytes = await this.#until((buffer) => {
      const at = buffer.indexOf(end);
      return at < 0 ? null : at + end.length;
    });
    return bytes?.subarray(0, -3) ?? null;
  }

  async some(count: number): Promise<Buffer> {
    const bytes = await this.#until((buffer) => (buffer.length >= count ? count : null));
    return bytes ?? Buffer.alloc(0);
  }

  async #until(find: (buffer: Buffer) => number | null): Promise<Buffer | null> {
    for (;;) {
      this.#buffer = Buffer.concat([this.#buffer, ...this.#pieces.splice(0)]);
      const end = find(this.#buffer);
      if (end !== null) {
        const found = this.#buffer.subarray(0, end);
        this.#buffer = this.#buffer.subarray(end);
        return found;
      }
      if (this.#isEnded) return null;
      await new Promise<void>((resolve) => (this.#onMore = resolve));
    }
  }
}
