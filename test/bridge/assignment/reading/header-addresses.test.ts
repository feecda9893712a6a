import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HeaderAddresses } from '../../../../src/bridge/assignment/reading/header-addresses.js';
import { done } from './mails.js';

function keys(member: string, sliceUnits?: number): string[] {
  const found: string[] = [];
  done(new HeaderAddresses(member, (key) => found.push(key)), sliceUnits);
  return found;
}

describe('addresses of a header member', () => {
  it.each<[string, string[]]>([
    ['info@huber.example', ['info@huber.example']],
    ['Huber <INFO@Huber.EXAMPLE>', ['info@huber.example']],
    [
      '"Huber, Max" <max@huber.example>, lea@huber.example',
      ['max@huber.example', 'lea@huber.example'],
    ],
    ['max@huber.example; lea@huber.example', ['max@huber.example', 'lea@huber.example']],
    [
      'Lager: max@a.example, Lea <lea@b.example>;, tim@c.example',
      ['max@a.example', 'lea@b.example', 'tim@c.example'],
    ],
    ['undisclosed-recipients:;', []],
    ['Max\r\n <max@huber.example>', ['max@huber.example']],
    ['Max (a (b) \\) c) <max@huber.example>', ['max@huber.example']],
    ['"max"@huber.example', ['max@huber.example']],
    ['kontakt@wäber.example', ['kontakt@xn--wber-loa.example']],
    ['max @ huber.example', ['max@huber.example']],
    ['max@huber.example lea@huber.example', ['max@huber.example']],
    ['max@huber.example,,;', ['max@huber.example']],
    ['', []],
    ['max', []],
  ])('%j', (member, expected) => {
    expect(keys(member)).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['"info@huber.example" <bot@fremd.example>', ['bot@fremd.example']],
    ['info@huber.example <bot@fremd.example>', ['bot@fremd.example']],
    ['bot@fremd.example (info@huber.example)', ['bot@fremd.example']],
    ['"a, info@huber.example, b" <bot@fremd.example>', ['bot@fremd.example']],
    ['"a \\", info@huber.example, b" <bot@fremd.example>', ['bot@fremd.example']],
    ['"info@huber.example" <>', []],
    ['"info@huber.example"', []],
    ['"info@huber.example" (Bot)', []],
    ['"info@huber.example" <>, bot@fremd.example', ['bot@fremd.example']],
    ['"info@huber.example"@fremd.example', []],
    ['<"info@huber.example>"@fremd.example>', []],
    ['info@huber.example@fremd.example', []],
    ['(info@huber.example)', []],
  ])('SAL-145 do not stand in names: %s', (member, expected) => {
    expect(keys(member)).toEqual(expected);
  });

  it('are the same however the member is sliced', () => {
    const parts = fc.constantFrom(
      'a@b.example',
      'Max ',
      '<',
      '>',
      '"',
      ',',
      ';',
      ':',
      '(',
      ')',
      '\\',
      ' ',
      '@',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), (chosen) => {
        expect(keys(chosen.join(''), 1)).toEqual(keys(chosen.join('')));
      }),
    );
  });

  it('are all found in a long list', () => {
    const many = Array.from({ length: 3000 }, (_, index) => `user${index}@huber.example`);
    expect(keys(many.map((one) => `"Huber, ${one}" <${one}>`).join(', '))).toEqual(many);
  });
});
