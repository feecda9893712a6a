import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatAddress, parseAddresses } from '../../../src/archive/items/mime/addresses.js';
import { readHeader } from '../../../src/archive/items/mime/header.js';

const read = (text: string) => readHeader(Buffer.from(text, 'latin1'));

describe('readHeader', () => {
  it('reads folded and encoded fields', () => {
    const header = read(
      'Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\n =?utf-8?B?IGF1cyBLw7Zsbg==?=\r\n' +
        'From: =?utf-8?Q?M=C3=BCller=2C_J=C3=B6rg?= <J@example.test>\r\n' +
        'TO: a@example.test,\r\n\t"B, C" <b@example.test>\r\n' +
        'Delivered-To: shop@example.test\r\nX-Original-To: alias@example.test\r\n' +
        'Date: Tue, 3 Mar 2026 08:00:00 +0100 (CET)\r\nMessage-ID:\r\n <1@example.test>\r\n' +
        'References: <a@x> <b@x>\r\nIn-Reply-To: <b@x>\r\n\r\nSubject: body',
    );
    expect(header).toMatchObject({
      subject: 'Grüße aus Köln',
      from: '"Müller, Jörg" <J@example.test>',
      to: ['a@example.test', '"B, C" <b@example.test>'],
      envelopeTo: ['shop@example.test', 'alias@example.test'],
      date: new Date('2026-03-03T07:00:00Z'),
      messageId: '1@example.test',
      references: ['a@x', 'b@x'],
    });
  });

  it.each([
    ['windows-1252 without a word about it', 'Subject: 5 \x80 f\xfcr \x84Sie\x93', '5 € für „Sie“'],
    ['UTF-8 without a word about it', 'Subject: f\xc3\xbcr Sie', 'für Sie'],
    ['bare line feeds', 'From: a@x\nSubject: b\n c\nX: y\n\nSubject: body', 'b c'],
    ['no end of the header', 'Subject: open', 'open'],
    ['a charset that does not exist', 'Subject: =?klingon?Q?abc?=', 'abc'],
    ['control characters', 'Subject: a\x00b\x07c', 'a b c'],
    ['no subject', 'From: a@x', ''],
  ])('reads a subject with %s', (_what, text, subject) => {
    expect(read(text).subject).toBe(subject);
  });

  it.each(['Tue, 99 Foo 2026', '', 'Thu, 01 Jan 1970 00:00:00 +0000', '+275760-09-13'])(
    'has no date for %j',
    (date) => {
      expect(read(`Date: ${date}\r\n\r\n`).date).toBeNull();
    },
  );

  it('never fails and never grows without limit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        const header = readHeader(Buffer.concat([Buffer.from('Subject: x\r\nTo: '), bytes]));
        expect(header.subject.length).toBeLessThanOrEqual(4096);
      }),
    );
    const many = Array.from({ length: 5000 }, (_, index) => `a${index}@example.test`).join(',');
    expect(read(`To: ${many}`).to.length).toBe(2000);
  });
});

describe('formatAddress', () => {
  it('is read back', () => {
    const name = fc.string({ maxLength: 30 }).map((text) => text.replace(/\s+/g, ' ').trim());
    fc.assert(
      fc.property(name, (text) => {
        const address = { name: text, address: 'a@example.test' };
        expect(parseAddresses(formatAddress(address))).toEqual([address]);
      }),
    );
  });
});
