import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TextAddresses } from '../../../../src/bridge/assignment/reading/text-addresses.js';
import { addressKey } from '../../../../src/bridge/directory/search-key.js';
import { done } from './mails.js';

function written(text: string, sliceUnits?: number): string[] {
  const found: string[] = [];
  done(new TextAddresses(text, (address) => found.push(address)), sliceUnits);
  return found;
}

const keys = (text: string) => written(text).flatMap((one) => addressKey(one) ?? []);

describe('addresses in a text', () => {
  it.each<[string, string[]]>([
    ['info@huber.example', ['info@huber.example']],
    ['Bitte an INFO@Huber.EXAMPLE.', ['info@huber.example']],
    [
      'Von: Max <max@huber.example>, Lea <lea@huber.example>;',
      ['max@huber.example', 'lea@huber.example'],
    ],
    ['> > Von:max@huber.example\n> Hallo', ['max@huber.example']],
    ['[max@huber.example](mailto:max@huber.example)', ['max@huber.example', 'max@huber.example']],
    ['**max@huber.example** _max@huber.example_', ['max@huber.example', 'max@huber.example']],
    ["'max@huber.example' ('max@huber.example')", ['max@huber.example', 'max@huber.example']],
    ['E-Mail=max@huber.example&x=1', ['max@huber.example']],
    ['&lt;max@huber.example&gt;', ['max@huber.example']],
    ['...max@huber.example... --max@huber.example--', ['max@huber.example', 'max@huber.example']],
    ["o'neill+lager_1.a-b&c@huber.example", ["o'neill+lager_1.a-b&c@huber.example"]],
    ['Kontakt@Wäber.example', ['kontakt@xn--wber-loa.example']],
    ['kontakt@xn--wber-loa.example', ['kontakt@xn--wber-loa.example']],
    ['müller@пример.example', ['müller@xn--e1afmkfd.example']],
    ['info@\u200bhuber.exam\u00adple', ['info@huber.example']],
    ['max@huber.example/4711', ['max@huber.example']],
    ['max@huber.example:max@weber.example', ['max@huber.example', 'max@weber.example']],
  ])('%s', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it.each([
    ['@'],
    ['a@b'],
    ['a@'],
    ['@huber.example'],
    ['max @huber.example'],
    ['max@ huber.example'],
    ['a@.example'],
    ['a@1.2'],
    ['a@@huber.example'],
    ['@max@huber.example'],
    ['a@huber.example@weber.example'],
    [`${'a'.repeat(65)}@huber.example`],
    [`${'a'.repeat(300)}@huber.example`],
    [`a@${'b.'.repeat(130)}example`],
    [`a@b.example${'.'.repeat(300)}`],
    [`a@${'.'.repeat(300)}`],
    ['...@huber.example'],
  ])('are not to be had from everything (%#)', (text) => {
    expect(keys(text)).toEqual([]);
  });

  it('have a local part of 64 characters at most', () => {
    const address = `${'a'.repeat(64)}@huber.example`;
    expect(keys(`x ${address}`)).toEqual([address]);
    expect(keys(`${'_'.repeat(100)}max@huber.example`)).toEqual(['max@huber.example']);
  });

  it('are the same however the text is sliced', () => {
    const noise = fc.array(fc.constantFrom(...Array.from('aZ0 .-@@+ü\u00ad,'), 'a@b.example'), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(noise, (parts) => {
        const text = parts.join('');
        expect(written(text, 1)).toEqual(written(text));
      }),
    );
  });

  it('are found wherever they stand between separators', () => {
    const local = fc.stringMatching(/^[a-z0-9]([a-z0-9.+_'&-]{0,20}[a-z0-9])?$/);
    const domain = fc.stringMatching(/^([a-z]([a-z0-9-]{0,8}[a-z0-9])?\.){1,3}[a-z]{2,6}$/);
    const separator = fc.constantFrom(
      ' ',
      '\n',
      '<',
      '>',
      ';',
      ',',
      '"',
      '(',
      ')',
      ':',
      '=',
      '\u001e',
    );
    const around = fc.string({ unit: 'grapheme', maxLength: 30 });
    fc.assert(
      fc.property(local, domain, separator, separator, around, (user, host, left, right, noise) => {
        const key = addressKey(`${user}@${host}`);
        fc.pre(key !== null);
        expect(keys(`${noise}${left}${user}@${host}${right}${noise}`)).toContain(key);
      }),
    );
  });
});
