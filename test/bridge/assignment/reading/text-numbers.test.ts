import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TextNumbers } from '../../../../src/bridge/assignment/reading/text-numbers.js';
import { referenceKey } from '../../../../src/bridge/directory/search-key.js';
import { done } from './mails.js';

function written(text: string, sliceUnits?: number): string[] {
  const found: string[] = [];
  done(new TextNumbers(text, (number) => found.push(number)), sliceUnits);
  return found;
}

const keys = (text: string) => [
  ...new Set(written(text).flatMap((one) => referenceKey(one) ?? [])),
];

describe('possible numbers in a text', () => {
  it.each<[string, string[]]>([
    ['AB-5003', ['ab-5003']],
    ['"ab-5003"', ['ab-5003']],
    ['#AB-5003.', ['ab-5003']],
    ['(AB-5003), [LS_9003]; {K.1002}!', ['ab-5003', 'ls_9003', 'k.1002']],
    ['#4711', ['4711']],
    ['Bestellnummer:4711', ['4711']],
    ['2024/0815', ['2024/0815']],
    ['302-5551234-7771234', ['302-5551234-7771234']],
    ['Am 12.03.2024 um 10:30', ['12.03.2024', 'am 12.03.2024', 'um 10']],
    ['+49 (0)30/123456-78', ['30/123456-78']],
    ['DE89 3704 0044', ['de89', '3704', '0044']],
    ['IBAN: DE89370400440532013000', ['de89370400440532013000']],
    ['1.234,50 EUR', ['1.234']],
    ['keine Nummer, AB-, -12, 7', []],
  ])('%s', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['AB\u20115003', ['ab-5003']],
    ['AB–5003', ['ab-5003']],
    ['AB\u00ad-50\u200b03', ['ab-5003']],
    ['ＡＢ－５００３', ['ab-5003']],
    ['𝐀𝐁-𝟓𝟎𝟎𝟑', ['ab-5003']],
    ['Ü-5003 u\u0308-5003', ['ü-5003']],
    ['👍AB-5003👍', ['ab-5003']],
    ['AB-5003¹ AB-5004②', ['ab-5003', 'ab-5004']],
  ])('whatever characters it is written with: %j', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['AB-500', ['ab-500']],
    ['AB-5003', ['ab-5003']],
    ['AB-500-3', ['ab-500-3']],
    ['AB-500.3 AB-500_3 AB-500/3', ['ab-500.3', 'ab-500_3', 'ab-500/3']],
    ['XAB-500', ['xab-500']],
    ['AB-500\u00ad3', ['ab-5003']],
  ])('SAL-152 is a whole word: %s', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['AB-5003--AB-5004', ['ab-5003', 'ab-5004']],
    ['Bestellung.....4711', ['4711']],
    ['4711...danke', ['4711']],
    ['-----4711-----', ['4711']],
    ['AB-5003\n-- \nMax', ['ab-5003']],
  ])('ends at a line of dots or hyphens: %s', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['AB-5002/AB-5003', ['ab-5002/ab-5003', 'ab-5002', 'ab-5003']],
    ['AB-5002/LS9003/K1', ['ab-5002/ls9003/k1', 'ab-5002', 'ls9003']],
    ['2024/0815', ['2024/0815']],
    ['RE/2024/0815', ['re/2024/0815']],
    ['AB-5002/5003', ['ab-5002/5003']],
    ['AB-5002/Max', ['ab-5002/max']],
  ])('may be several with a slash between: %s', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it('is found in a long list with slashes', () => {
    const numbers = Array.from({ length: 100 }, (_, index) => `AB-${5000 + index}`);
    expect(keys(numbers.join('/'))).toEqual(numbers.map((one) => one.toLowerCase()));
  });

  it.each<[string, string[]]>([
    ['Nr.4711', ['nr.4711', '4711']],
    ['Best.-Nr.4711', ['nr.4711', '4711']],
    ['Best.Nr.2024/0815', ['best.nr.2024/0815', '2024/0815']],
    ['Order-No.AB-1/AB-2', ['order-no.ab-1/ab-2', 'ab-1/ab-2', 'ab-1', 'ab-2']],
    ['AB.5003', ['ab.5003']],
    ['A5nr.4711', ['a5nr.4711']],
  ])('stands behind Nr.: %s', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['RE 7001', ['7001', 're 7001']],
    ['RE\u00a07001', ['7001', 're 7001']],
    ['RE\n7001', ['7001', 're 7001']],
    ['RE\r\n7001', ['7001', 're 7001']],
    ['(RE 2024/0815)', ['2024/0815', 're 2024/0815']],
    ['zu AB-5003', ['ab-5003', 'zu ab-5003']],
    ['RE\n\n7001', ['7001']],
    ['RE    7001', ['7001']],
    ['RE: 7001', ['7001']],
    ['Auftrag 7001', ['7001']],
    ['X-RE 7001', ['7001']],
    ['R\u00adE 7001', ['7001']],
    ['A5 7001', ['7001']],
    ['7001', ['7001']],
  ])('may have a short word before it: %j', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['AW:AB-5003', ['ab-5003']],
    ['Re[2]: AB-5003', ['ab-5003']],
    ['WG: AB-5003', ['ab-5003']],
    ['Fwd:Re:AB-5003', ['ab-5003']],
    ['AW: WG: 4711', ['4711']],
  ])('stands behind marks of answers and forwarding: %s', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['k4711@huber.example', []],
    ['info+4711@huber.example', []],
    ['4711+info@huber.example', []],
    ["4711'info@huber.example", []],
    ['info@huber4711.example', []],
    ['@4711', []],
    ['4711@', []],
    ['4711 @huber', ['4711']],
    ['4711, info@huber.example', ['4711']],
    ['info@huber.example: 4711', ['4711']],
    [`4711${'+a'.repeat(40)}@x.example`, ['4711']],
  ])('is no part of an address: %s', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it.each([
    ['1'.repeat(1025)],
    [`1${'a'.repeat(1500)}2`],
    [`${'a'.repeat(1500)}1`],
    [`${'a'.repeat(1500)}1-2-3`],
    [`1${'\u200b'.repeat(2000)}2`],
    [`${'1a'.repeat(5000)}-4711`],
  ])('is no part of encoded data (%#)', (text) => {
    expect(written(text)).toEqual([]);
    expect(keys(`4711 ${text} 4712`)).toEqual(['4711', '4712']);
  });

  const noise = fc.array(
    fc.constantFrom(
      ...Array.from('aZ0123 \n-._/@#+\u00ad\u200b–ü５𝟓:,'),
      'RE',
      'Nr.',
      'AB-5003',
      '--',
    ),
    { maxLength: 60 },
  );

  it('is the same however the text is sliced', () => {
    fc.assert(
      fc.property(noise, (parts) => {
        const text = parts.join('');
        expect(written(text, 1)).toEqual(written(text));
      }),
    );
  });

  it('always stands in the text, between characters that belong to no number', () => {
    fc.assert(
      fc.property(noise, (parts) => {
        const text = parts.join('');
        for (const one of written(text))
          expect(text.replace(/\s/g, ' ')).toContain(one.replace(/\s/g, ' '));
      }),
    );
  });

  it('is found wherever it stands between separators', () => {
    const separator = fc.constantFrom(' ', '\n', ', ', '"', '(', ')', ': ', ' - ', '...', '--');
    const other = fc.constantFrom('', 'Wort', 'ü', '12', 'AB-500', '-', '/', '#');
    fc.assert(
      fc.property(other, separator, separator, other, (before, left, right, after) => {
        expect(keys(`${before}${left}AB-5003${right}${after}`)).toContain('ab-5003');
      }),
    );
  });
});
