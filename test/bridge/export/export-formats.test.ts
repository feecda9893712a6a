import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mboxOf, quoted } from '../../../src/bridge/export/mbox.js';
import { fileName, zipOf } from '../../../src/bridge/export/zip.js';
import type { ExportedMail } from '../../../src/bridge/export/exported-mails.js';
import { bytesOf, readZip } from './read-exports.js';

const mail = (id: number, text: string | Readable, more: Partial<ExportedMail> = {}) => ({
  id,
  from: 'Jörg <joerg@example.test>',
  subject: 'Angebot',
  date: new Date('2026-03-02T09:00:05Z'),
  content: typeof text === 'string' ? Readable.from([Buffer.from(text, 'latin1')]) : text,
  ...more,
});

async function* each<T>(values: Iterable<T>): AsyncGenerator<T, void, void> {
  for (const value of values) {
    await turn();
    yield value;
  }
}

describe('mbox', () => {
  it('separates mails with sender and date, and quotes what looks like a separator', async () => {
    const text = 'From me\r\n\r\nFrom you\r\n>From us\r\n>>From\r\n From\r\nFromage';
    const bytes = await bytesOf(
      Readable.from(mboxOf(each([mail(1, text), mail(2, 'A: b\r\n\r\n', { from: 'x' })]))),
    );
    expect(bytes.toString('latin1')).toBe(
      'From joerg@example.test Mon Mar  2 09:00:05 2026\n' +
        '>From me\r\n\r\n>From you\r\n>>From us\r\n>>From\r\n From\r\nFromage\n\n' +
        'From MAILER-DAEMON Mon Mar  2 09:00:05 2026\nA: b\r\n\r\n\n',
    );
  });

  it('gives every mail back when one > is taken away, wherever the pieces are cut', async () => {
    const part = fc.constantFrom('From ', 'From', 'Fr', '>', '>>', '\r\n', '\n', 'x', '\xff', ' ');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(part, { maxLength: 6 })), async (pieces) => {
        const cut = pieces.map((piece) => Buffer.from(piece.join(''), 'latin1'));
        const original = Buffer.concat(cut).toString('latin1');
        const read = (await bytesOf(Readable.from(quoted(each(cut))))).toString('latin1');
        expect(read.split('\n').filter((line) => line.startsWith('From '))).toEqual([]);
        const ended = original.endsWith('\n') ? original : `${original}\n`;
        expect(read.replace(/(?<=^|\n)>(?=>*From )/g, '')).toBe(ended);
      }),
    );
  });
});

describe('zip', () => {
  it('holds the bytes of each mail under a readable name', async () => {
    const large = randomBytes(3_000_000);
    const files = await readZip(
      await bytesOf(
        zipOf(each([mail(7, 'A: b\r\n\r\n\xff'), mail(8, Readable.from([large, large]))])),
      ),
    );
    expect([...files.keys()]).toEqual([
      '2026-03-02 000007 Angebot.eml',
      '2026-03-02 000008 Angebot.eml',
    ]);
    const [first, second] = [...files.values()];
    expect(first?.toString('latin1')).toBe('A: b\r\n\r\n\xff');
    expect(second?.equals(Buffer.concat([large, large]))).toBe(true);
  });

  it('holds more files than fit into a zip without Zip64', async () => {
    const count = 0xffff + 5;
    const numbers = Array.from({ length: count }, (_, index) => index);
    const mails = (function* () {
      for (const number of numbers) yield mail(number, 'x');
    })();
    const files = await readZip(await bytesOf(zipOf(each(mails))));
    expect(files.size).toBe(count);
  }, 300_000);

  it('asks for no mail that nobody takes, and gives up what is under way', async () => {
    const opened: Readable[] = [];
    let end = () => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const mails = (async function* () {
      try {
        for (let id = 1; ; id += 1) {
          await turn();
          const content = Readable.from([randomBytes(1_000_000)]);
          opened.push(content);
          yield mail(id, content);
        }
      } finally {
        end();
      }
    })();
    const out = zipOf(mails);
    for (let turns = 0; turns < 2000; turns += 1) await turn();
    expect(opened.length).toBeLessThan(4);
    const closed = new Promise((resolve) => out.once('close', resolve));
    out.destroy();
    await closed;
    await ended;
    expect(opened.every((content) => content.destroyed)).toBe(true);
  });

  it.each(['list', 'mail'])('fails when the %s fails, and has no end record', async (where) => {
    const failure = new Error('gone');
    const mails = (async function* () {
      yield await Promise.resolve(mail(1, 'whole'));
      if (where === 'list') throw failure;
      const broken = new Readable({ read: () => undefined });
      broken.push('half');
      setImmediate(() => broken.destroy(failure));
      yield mail(2, broken);
    })();
    await expect(bytesOf(zipOf(mails))).rejects.toBe(failure);
  });

  it.each([
    ['../../etc/passwd', '.. .. etc passwd'],
    ['a\u202egnp.exe\0\r\n:b', 'a gnp.exe b'],
    ['   ', ''],
    ['🙂'.repeat(80), '🙂'.repeat(50)],
    ['Größe \ud800!', 'Größe !'],
  ])('names files safely: %j', (subject, shown) => {
    const name = fileName(12, new Date('2026-03-02'), subject);
    expect(name).toBe(`2026-03-02 000012${shown === '' ? '' : ` ${shown}`}.eml`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
  });
});
