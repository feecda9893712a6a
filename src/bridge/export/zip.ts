/**
 * Mails as files of a zip. What is held in memory is the list of files that stands at its end, some hundred bytes a
 * mail. That list is written last: a zip that was cut off has none and no program takes it for whole.
 */
import { finished } from 'node:stream/promises';
import { PassThrough, type Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { ExportedMail } from './exported-mails.js';

/** The stream fails when `mails` fails; when it is destroyed, the mail under way is given up. */
export function zipOf(mails: AsyncIterable<ExportedMail>): Readable {
  const zip = new ZipFile();
  const out = zip.outputStream.pipe(new PassThrough());
  zip.on('error', (error: Error) => out.destroy(error));
  addAll(mails, zip, out).catch((error: unknown) => {
    out.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return out;
}

async function addAll(
  mails: AsyncIterable<ExportedMail>,
  zip: ZipFile,
  out: PassThrough,
): Promise<void> {
  for await (const { id, subject, date, content } of mails) {
    if (out.destroyed) {
      content.destroy();
      return;
    }
    const giveUp = () => void content.destroy();
    out.once('close', giveUp);
    // a mail follows only when the one before has been taken: back-pressure reaches the archive
    const taken = finished(content, { writable: false });
    zip.addReadStream(content, fileName(id, date, subject), { mtime: date });
    await taken;
    out.off('close', giveUp);
  }
  zip.end();
}

/** Of 255 bytes that file systems allow, with up to 4 for a character of the subject. */
const MAX_SUBJECT = 50;

/** Unique by its id, readable, and harmless on every system: `2026-11-26 000123 Subject.eml`. */
export function fileName(id: number, date: Date, subject: string): string {
  const readable = subject.replace(/[\p{C}\p{Z}/\\:*?"<>|]+/gu, ' ').trim();
  const short = Array.from(readable).slice(0, MAX_SUBJECT).join('').trim();
  const day = date.toISOString().slice(0, 10);
  return `${[day, String(id).padStart(6, '0'), short].filter((part) => part !== '').join(' ')}.eml`;
}
