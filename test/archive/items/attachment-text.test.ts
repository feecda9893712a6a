import { describe, expect, it } from '@jest/globals';
import { parseMail } from '../../../src/archive/items/mime/parse-mail.js';
import { MAX_ATTACHMENT_TEXT_BYTES } from '../../../src/archive/items/mime/attachment-text.js';

async function* inPieces(message: Buffer): AsyncGenerator<Buffer, void, void> {
  for (let at = 0; at < message.length; at += 50_000)
    yield await Promise.resolve(message.subarray(at, at + 50_000));
}

interface Part {
  readonly type: string;
  readonly name?: string;
  readonly content: string | Buffer;
}

function mailWith(...parts: readonly Part[]): Buffer {
  const attachments = parts.map(({ type, name, content }) =>
    [
      '--b',
      `Content-Type: ${type}`,
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: attachment${name === undefined ? '' : `; filename="${name}"`}`,
      '',
      Buffer.from(content).toString('base64').replace(/.{76}/g, '$&\r\n'),
    ].join('\r\n'),
  );
  return Buffer.from(
    [
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'Anbei',
      ...attachments,
      '--b--',
      '',
    ].join('\r\n'),
  );
}

const textsOf = async (...parts: readonly Part[]) =>
  (await parseMail(inPieces(mailWith(...parts)))).attachments.map(({ text }) => text);

const inner = Buffer.from(
  'From: "Anna Groß" <anna@huber.example>\r\nSubject: Weitergeleitet\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Zw&ouml;lf</p>\r\n',
);

describe('the text of attachments', () => {
  it.each<[string, Part, unknown]>([
    ['plain text', { type: 'text/plain; charset=utf-8', content: 'Größe' }, 'Größe'],
    [
      'another character set',
      { type: 'text/csv; charset=iso-8859-1', content: Buffer.from('Größe', 'latin1') },
      'Größe',
    ],
    [
      'a wrong character set',
      { type: 'text/csv; charset=utf-8', content: Buffer.from('Größe', 'latin1') },
      'Größe',
    ],
    ['an unknown one', { type: 'text/plain; charset=x-none', content: 'Größe' }, 'Größe'],
    ['HTML', { type: 'text/html', content: '<p>Gr&ouml;&szlig;e<br>A&amp;B</p>' }, 'Größe\nA&B'],
    ['a calendar', { type: 'text/calendar', content: 'SUMMARY:Treffen' }, 'SUMMARY:Treffen'],
    [
      'a type that says nothing, by its name',
      { type: 'application/octet-stream', name: 'Liste.CSV', content: 'a;b' },
      'a;b',
    ],
    ['what is no text', { type: 'application/pdf', name: 'a.pdf', content: '%PDF' }, null],
    [
      'a message',
      { type: 'message/rfc822', content: inner },
      expect.stringMatching(/Anna Groß.*\nWeitergeleitet\nZwölf/s),
    ],
    [
      'a message by its name',
      { type: 'application/octet-stream', name: 'x.eml', content: inner },
      expect.stringMatching(/Weitergeleitet\nZwölf/),
    ],
  ])('is read of %s', async (_what, part, expected) => {
    const [text] = await textsOf(part);
    expect(text).toEqual(expected);
  });

  it('is cut for all attachments together, not within a character', async () => {
    const some = 'ü'.repeat(50_000);
    const part = (content: string) => ({ type: 'text/plain; charset=utf-8', content });
    const texts = await textsOf(part(some), part(some), part(`x${some}`), part('ü'));
    const left = Math.floor((MAX_ATTACHMENT_TEXT_BYTES - 200_001) / 2);
    expect(texts).toEqual([some, some, `x${'ü'.repeat(left)}`, '']);
  });
});
