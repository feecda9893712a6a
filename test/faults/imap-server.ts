/**
 * An IMAP server (RFC 3501, UIDPLUS) with one folder, which does whatever else it is told to: what clients need to
 * fetch and delete mails.
 */
import type { Socket } from 'node:net';
import { FaultyServer, linesOf, type Answer, type ServedMail } from './faulty-server.js';

export interface ImapMail extends ServedMail {
  uid: number;
  readonly flags: Set<string>;
}

export interface ImapAsk {
  readonly line: string;
  readonly tag: string;
  /** Without UID; `BODY` for a FETCH that asks for bytes. */
  readonly command: string;
  /** What the command names and is still there, in the order of UIDs. */
  readonly mails: readonly ImapMail[];
  /** Of a FETCH of bytes. */
  readonly part: Part | null;
  readonly session: ImapServedSession;
  readonly socket: Socket;
  /** Does what was asked for and yields the reply of a good server. */
  readonly regular: () => Buffer;
  /** The answer for one mail. @param changes what the server says instead */
  readonly row: (mail: ImapMail, changes?: RowChanges) => Buffer;
}

export interface RowChanges {
  readonly uid?: number;
  readonly sizeBytes?: number;
  readonly bytes?: Buffer;
  /** What is told before the bytes. */
  readonly literalBytes?: number;
  /** null: the answer does not say where it begins. */
  readonly origin?: number | null;
}

export interface Part {
  readonly start: number;
  readonly length: number;
}

export interface ImapServedSession {
  /** As of SELECT. */
  mails: readonly ImapMail[];
  /** Whether it takes no more commands. */
  isLost: boolean;
}

const CAPABILITIES = 'IMAP4rev1 ID NAMESPACE UIDPLUS';
const OK = (text: string) => Buffer.from(text, 'latin1');

export class ImapMailboxServer extends FaultyServer<ImapMail, number> {
  conduct: (ask: ImapAsk) => Answer = () => undefined;
  /** What the server says after SELECT; '' for nothing. */
  validity = '* OK [UIDVALIDITY 7] UIDs valid\r\n';
  capabilities = CAPABILITIES;
  #uidNext = 1;

  /** Gives every mail a new UID, in another order. */
  renumber(order: (one: ImapMail, other: ImapMail) => number): void {
    for (const mail of this.mails.sort(order)) {
      mail.uid = this.#uidNext;
      this.#uidNext += 1;
    }
  }

  protected make(bytes: Buffer, _serial: number, uid = this.#uidNext): ImapMail {
    this.#uidNext = Math.max(this.#uidNext, uid + 1);
    return { uid, bytes, flags: new Set() };
  }

  protected serve(socket: Socket): void {
    const session: ImapServedSession = { mails: [], isLost: false };
    linesOf(socket, (line) => {
      if (!session.isLost) this.#answer(socket, session, line);
    });
    socket.write('* OK ready\r\n');
  }

  #answer(socket: Socket, session: ImapServedSession, line: string): void {
    const [, tag = '', verb = '', rest = ''] = /^(\S+) (?:UID )?(\S+) ?(.*)$/i.exec(line) ?? [];
    const [, start, length] = /BODY\.PEEK\[\](?:<(\d+)\.(\d+)>)?/.exec(rest) ?? [];
    const isOfBytes = rest.includes('BODY.PEEK[');
    const part = isOfBytes ? { start: Number(start ?? 0), length: Number(length ?? 1e9) } : null;
    const command = verb.toUpperCase() === 'FETCH' && isOfBytes ? 'BODY' : verb.toUpperCase();
    const mails = session.mails.filter(
      (one) => this.mails.includes(one) && isIn(rest.split(' ')[0] ?? '', one.uid),
    );
    const row: ImapAsk['row'] = (mail, changes = {}) =>
      rowOf(mail, { seq: session.mails.indexOf(mail) + 1, part, changes });
    const known = { line, tag, command, mails, part, session, socket, row };
    const regular = () => this.#regular({ ...known, rest });
    const answer: Answer = this.conduct({ ...known, regular });
    if (answer !== undefined) this.strokes += 1;
    session.isLost = answer === null || command === 'LOGOUT';
    if (answer === null) return;
    socket.write(answer ?? regular());
    if (command === 'LOGOUT') socket.end();
  }

  #regular(ask: Omit<ImapAsk, 'regular'> & { readonly rest: string }): Buffer {
    const { tag, command, session, rest } = ask;
    const mails = ask.mails.filter((one) => this.mails.includes(one));
    const done = `${tag} OK done\r\n`;
    switch (command) {
      case 'CAPABILITY':
        return OK(`* CAPABILITY ${this.capabilities}\r\n${done}`);
      case 'ID':
        return OK(`* ID NIL\r\n${done}`);
      case 'NAMESPACE':
        return OK(`* NAMESPACE (("" "/")) NIL NIL\r\n${done}`);
      case 'LIST':
      case 'LSUB':
        return OK(`* ${command} () "/" INBOX\r\n${done}`);
      case 'SELECT':
      case 'EXAMINE':
        return OK(this.#open(session, tag, command));
      case 'SEARCH':
        return OK(`* SEARCH${found(this.#searched(session, rest))}\r\n${done}`);
      case 'FETCH':
      case 'BODY':
        return Buffer.concat([...mails.map((mail) => ask.row(mail)), OK(done)]);
      case 'STORE':
        for (const { flags } of mails)
          if (rest.includes('+FLAGS')) flags.add('\\Deleted');
          else flags.delete('\\Deleted');
        return OK(done);
      case 'EXPUNGE':
        return OK(`${this.#expunge(session, /UID EXPUNGE/i.test(ask.line) ? mails : null)}${done}`);
      case 'LOGOUT':
        return OK(`* BYE\r\n${done}`);
      default:
        return OK(done);
    }
  }

  #open(session: ImapServedSession, tag: string, command: string): string {
    session.mails = [...this.mails].sort((one, other) => one.uid - other.uid);
    const access = command === 'SELECT' ? 'READ-WRITE' : 'READ-ONLY';
    return [
      '* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted)]\r\n',
      `* ${session.mails.length} EXISTS\r\n* 0 RECENT\r\n${this.validity}`,
      `* OK [UIDNEXT ${this.#uidNext}]\r\n${tag} OK [${access}] done\r\n`,
    ].join('');
  }

  #searched(session: ImapServedSession, rest: string): readonly ImapMail[] {
    const here = session.mails.filter((one) => this.mails.includes(one));
    return rest.includes('DELETED') ? here.filter(({ flags }) => flags.has('\\Deleted')) : here;
  }

  /** @param named null: all that are marked */
  #expunge(session: ImapServedSession, named: readonly ImapMail[] | null): string {
    const isGone = (mail: ImapMail) =>
      this.mails.includes(mail) && mail.flags.has('\\Deleted') && (named ?? [mail]).includes(mail);
    let told = '';
    session.mails = session.mails.filter((mail, at, all) => {
      if (!isGone(mail)) return true;
      const before = all.slice(0, at).filter((one) => !isGone(one)).length;
      told += `* ${before + 1} EXPUNGE\r\n`;
      return false;
    });
    const gone = this.mails.filter(isGone);
    this.mails = this.mails.filter((mail) => !gone.includes(mail));
    this.removed.push(...gone);
    return told;
  }
}

const found = (mails: readonly ImapMail[]) => mails.map(({ uid }) => ` ${uid}`).join('');

/** Whether a sequence-set names the number (RFC 3501 §9). */
function isIn(set: string, uid: number): boolean {
  return set.split(',').some((run) => {
    const [from = 0, to = from] = run.split(':').map(Number);
    return uid >= from && uid <= to;
  });
}

interface RowContext {
  readonly seq: number;
  readonly part: Part | null;
  readonly changes: RowChanges;
}

function rowOf(mail: ImapMail, { seq, part, changes }: RowContext): Buffer {
  const { uid = mail.uid, sizeBytes = mail.bytes.length } = changes;
  if (part === null) {
    const flags = [...mail.flags].join(' ');
    const date = '"01-Feb-2026 10:00:00 +0000"';
    const items = `UID ${uid} FLAGS (${flags}) INTERNALDATE ${date} RFC822.SIZE ${sizeBytes}`;
    return OK(`* ${seq} FETCH (${items})\r\n`);
  }
  const bytes = changes.bytes ?? mail.bytes.subarray(part.start, part.start + part.length);
  const { origin = part.start, literalBytes = bytes.length } = changes;
  const place = origin === null ? '' : `<${origin}>`;
  const head = `* ${seq} FETCH (UID ${uid} BODY[]${place} {${literalBytes}}\r\n`;
  return Buffer.concat([OK(head), bytes, OK(')\r\n')]);
}
