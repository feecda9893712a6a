import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  isGenuine,
  marksIn,
  messageIdOf,
  newMark,
  type TrackingMark,
} from '../../../src/bridge/messages/tracking-mark.js';

const key = Buffer.alloc(32, 7);
const mark = newMark(key);
const id = messageIdOf(mark, 'shop@example.test');
const bare = id.slice(1, -1);
const other = newMark(key);
const otherId = messageIdOf(other, 'shop@example.test');
const foreign = '<CAF0=abc.def@mail.example.net>';

describe('a mark', () => {
  it('is a Message-ID in lower case, with the domain of the sender', () => {
    expect(id).toMatch(/^<[0-9a-f]{32}\.[0-9a-f]{24}\.mb@example\.test>$/);
    // RFC 5321 §4.5.3.1.1: other programs may take it for an address
    expect(id.slice(1).split('@')[0]!.length).toBeLessThanOrEqual(64);
  });

  it.each([
    ['an address with a name', 'Shop <shop@Example.Test>', 'example.test'],
    ['a domain with letters beyond ASCII', 'shop@wäber.example', 'xn--wber-loa.example'],
    ['no full domain', 'shop@localhost', 'localhost.localdomain'],
    ['no address', 'Shop', 'localhost.localdomain'],
    ['a domain with signs', 'shop@a>b.example', 'localhost.localdomain'],
  ])('of %s', (_what, sender, domain) => {
    expect(messageIdOf(mark, sender)).toBe(`<${mark.random}.${mark.signature}.mb@${domain}>`);
  });

  it('is another one each time, but the same for one request', () => {
    const several = Array.from({ length: 100 }, () => newMark(key).random);
    expect(new Set(several).size).toBe(100);
    expect(newMark(key, 'r1')).toEqual(newMark(key, 'r1'));
    expect(newMark(key, 'r1').random).not.toBe(newMark(key, 'r2').random);
    expect(newMark(key, 'r1').random).not.toBe(newMark(Buffer.alloc(32, 8), 'r1').random);
  });
});

const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((digit) => digit.toString(16)).join(''));
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const verify = (header: string, by: Buffer): TrackingMark[] =>
  marksIn(header).filter((one) => isGenuine(one, by));

describe('a genuine mark', () => {
  it('is found by its key, wherever it stands among others', () => {
    fc.assert(
      fc.property(keys, fc.array(hex(20)), fc.array(hex(20)), (by, before, after) => {
        const made = newMark(by);
        const ids = [
          ...before.map((one) => `<${one}@x>`),
          messageIdOf(made, 'a@b.example'),
          ...after.map((one) => `<${one}@x>`),
        ];
        expect(verify(`References: ${ids.join('\r\n ')}`, by)).toEqual([made]);
      }),
    );
  });
});

describe('a forged mark', () => {
  it('never verifies: made up', () => {
    fc.assert(
      fc.property(keys, hex(32), hex(24), (by, random, signature) => {
        expect(verify(`In-Reply-To: <${random}.${signature}.mb@b.example>`, by)).toEqual([]);
      }),
    );
  });

  it('never verifies: made with another key', () => {
    fc.assert(
      fc.property(keys, keys, (mine, theirs) => {
        fc.pre(!mine.equals(theirs));
        expect(isGenuine(newMark(theirs), mine)).toBe(false);
      }),
    );
  });

  it('never verifies: a genuine one with other digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 55 }), fc.integer({ min: 1, max: 15 }), (at, add) => {
        const digits = mark.random + mark.signature;
        const digit = ((parseInt(digits.charAt(at), 16) + add) % 16).toString(16);
        const text = digits.slice(0, at) + digit + digits.slice(at + 1);
        const forged = { random: text.slice(0, 32), signature: text.slice(32) };
        expect(isGenuine(forged, key)).toBe(false);
      }),
    );
  });

  it('never verifies: the signature of another mark, or one of another length', () => {
    expect(isGenuine({ random: mark.random, signature: other.signature }, key)).toBe(false);
    for (const signature of ['', mark.signature.slice(2), `${mark.signature}00`])
      expect(isGenuine({ random: mark.random, signature }, key)).toBe(false);
  });
});

describe('the header of an answer', () => {
  it.each<[string, string, readonly TrackingMark[]]>([
    ['nothing', '', []],
    ['no such field', `Subject: ${id}\r\nMessage-ID: ${id}\r\nX-References: ${id}`, []],
    ['foreign ids', `References: ${foreign}\r\nIn-Reply-To: ${foreign}`, []],
    ['In-Reply-To', `In-Reply-To: ${id}`, [mark]],
    ['References', `References: ${foreign} ${id} ${foreign}`, [mark]],
    ['both', `References: ${foreign} ${id}\r\nIn-Reply-To: ${id}`, [mark]],
    ['several, latest first', `References: ${id} ${foreign} ${otherId}`, [other, mark]],
    ['In-Reply-To counts as latest', `In-Reply-To: ${id}\r\nReferences: ${otherId}`, [mark, other]],
    ['a name in other case', `REFERENCES : ${id}`, [mark]],
    ['folded', `Subject: S\r\nReferences: ${foreign}\r\n\t${id}\r\n ${otherId}`, [other, mark]],
    ['folded from the beginning', `References:\r\n ${id}`, [mark]],
    ['other line ends', `Subject: S\nReferences:\n ${id}\nTo: a@b.example`, [mark]],
    ['a folded field of another name', `References: ${foreign}\r\nSubject: S\r\n ${id}`, []],
    ['capitals', `References: ${id.toUpperCase()}`, [mark]],
    ['no angle brackets', `In-Reply-To: ${bare}`, [mark]],
    ['no spaces', `References: ${foreign}${id}${otherId}`, [other, mark]],
    ['commas', `References: ${bare},${otherId}`, [other, mark]],
    ['quotes and a comment', `In-Reply-To: "${bare}" (Shop, 1 March)`, [mark]],
    ['another domain', `In-Reply-To: <${bare.split('@')[0]!}@gateway.example>`, [mark]],
    ['half a mark', `In-Reply-To: <${mark.random}.mb@example.test>`, []],
    ['the body', `Subject: S\r\n\r\nReferences: ${id}`, []],
  ])('with %s', (_what, header, expected) => {
    expect(verify(header, key)).toEqual(expected);
  });

  it('is looked at for the latest 200 only', () => {
    const ids = Array.from({ length: 250 }, () => messageIdOf(newMark(key), 'a@b.example'));
    const found = verify(`References: ${ids.join(' ')}`, key);
    expect(found.map((one) => messageIdOf(one, 'a@b.example'))).toEqual(ids.slice(50).reverse());
  });

  it.each([
    ['digits', (size: number) => `References: ${'a'.repeat(size)}`],
    ['halves of marks', (size: number) => `References: ${`${'a'.repeat(32)}.`.repeat(size / 33)}`],
    [
      'signatures without an end',
      (size: number) => `References: ${bare.slice(0, 60).repeat(size / 60)}`,
    ],
    ['marks', (size: number) => `References: ${id.repeat(size / id.length)}`],
    ['lines', (size: number) => `References:${'\r\n a'.repeat(size / 4)}`],
    ['fields', (size: number) => 'References: x\r\n'.repeat(size / 15)],
    ['spaces', (size: number) => `References${' '.repeat(size)}`],
    ['colons', (size: number) => `References${' :'.repeat(size / 2)}`],
  ])('holds no more than one mark when it is hostile: %s', (_what, header) => {
    expect(marksIn(header(1_000_000)).length).toBeLessThanOrEqual(1);
  });
});
