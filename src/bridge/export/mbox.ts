/**
 * mbox (RFC 4155) in the variant `mboxrd`: a line of a mail that begins with `From `, or with `>` before it, gets one
 * more `>`, so that taking one away gives the mail back. Nothing else in a mail changes: its line ends stay CRLF. The
 * separator's own line ends are LF; a mail that does not end with a line end gets one.
 */
import { bareAddress } from '../messages/mail-address.js';
import type { ExportedMail } from './exported-mails.js';

export async function* mboxOf(
  mails: AsyncIterable<ExportedMail>,
): AsyncGenerator<Buffer, void, void> {
  for await (const mail of mails) {
    yield Buffer.from(separator(mail), 'latin1');
    yield* quoted(mail.content);
    yield Buffer.from('\n');
  }
}

function separator({ from, date }: ExportedMail): string {
  const address = bareAddress(from);
  const sender = /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(address) ? address : 'MAILER-DAEMON';
  return `From ${sender} ${asctime(date)}\n`;
}

/** `Thu Jan  1 00:00:00 1970`, in UTC. */
function asctime(date: Date): string {
  const [weekday = '', day = '', month = '', year = '', time = ''] = date.toUTCString().split(' ');
  return `${weekday.slice(0, 3)} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}

/** @param pieces cut anywhere */
export async function* quoted(
  pieces: AsyncIterable<Buffer | string>,
): AsyncGenerator<Buffer, void, void> {
  /** Nothing but `>` stands in the line so far. */
  let isAtStart = true;
  /** What may be the beginning of `From ` waits for the next piece. */
  let held = '';
  let last = '';
  for await (const piece of pieces) {
    const bytes = typeof piece === 'string' ? piece : piece.toString('latin1');
    const text = `${isAtStart ? '\n' : ''}${held}${bytes}`;
    held = /(?<=\n>*)F(?:r(?:om?)?)?$/.exec(text)?.[0] ?? '';
    const done = text.slice(0, text.length - held.length);
    const out = done.replace(/(?<=\n>*)From /g, '>From ').slice(isAtStart ? 1 : 0);
    isAtStart = /\n>*$/.test(done);
    if (out === '') continue;
    last = out.slice(-1);
    yield Buffer.from(out, 'latin1');
  }
  const rest = held === '' && last === '\n' ? '' : `${held}\n`;
  if (rest !== '') yield Buffer.from(rest, 'latin1');
}
