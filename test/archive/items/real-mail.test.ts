import { describe, expect, it } from '@jest/globals';
import { realMails, type RealMail } from '../../../fixtures/messages/real-life/index.js';
import { readHeader } from '../../../src/archive/items/mime/header.js';
import { attachmentContent, parseMail } from '../../../src/archive/items/mime/parse-mail.js';
import type { ParsedAttachment } from '../../../src/archive/items/mime/parsed-mail.js';

/** As the store gives it out. */
async function* inPieces(bytes: Buffer, sizeBytes = 1024 * 1024) {
  for (let at = 0; at < bytes.length; at += sizeBytes)
    yield await Promise.resolve(bytes.subarray(at, at + sizeBytes));
}

async function contentOf({ bytes }: RealMail, { partIndex }: ParsedAttachment): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of attachmentContent(inPieces(bytes), partIndex))
    pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('latin1');
}

const shown = ({ name, contentType, sizeBytes, isInline }: ParsedAttachment) =>
  isInline ? [name, contentType, sizeBytes, 'inline'] : [name, contentType, sizeBytes];

describe('mail of real life', () => {
  it('has names of its own', () => {
    expect(new Set(realMails.map(({ name }) => name)).size).toBe(realMails.length);
  });

  describe.each(realMails.map((mail) => [mail.name, mail] as const))('%s', (_name, mail) => {
    const { header, text, html, attachments, report, contents, isRefused } = mail.expected;

    it('is listed by its header', () => {
      expect(readHeader(mail.bytes)).toEqual(header);
    });

    it('shows what it holds', async () => {
      if (isRefused) {
        await expect(parseMail(inPieces(mail.bytes))).rejects.toThrow();
        return;
      }
      const parsed = await parseMail(inPieces(mail.bytes));
      expect({
        text: parsed.text.trim(),
        attachments: parsed.attachments.map(shown),
        report: parsed.report,
      }).toEqual({ text, attachments, report });
      if (html === '') expect(parsed.html).toBe('');
      else expect(parsed.html).toContain(html);
      if (contents === undefined) return;
      const given = parsed.attachments.map((one) => contentOf(mail, one));
      expect(await Promise.all(given)).toEqual(contents);
    });
  });
});
