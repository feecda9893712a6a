import { expect, it } from '@jest/globals';
import { TextParts } from '../../../../src/bridge/assignment/reading/text-parts.js';

const BREAK = '\u001e';

it('keeps all text in its order, in stretches that end at a break', () => {
  const parts = new TextParts();
  const expected: string[] = [];
  for (let line = 0; line < 20_000; line += 1) {
    for (const part of ['AB-', String(line), ' ']) parts.add(part);
    parts.addBreak();
    expected.push(`AB-${line} ${BREAK}`);
  }
  parts.add('end');
  const stretches = parts.stretches();
  expect(stretches.join('')).toBe(`${expected.join('')}end`);
  expect(stretches.length).toBeGreaterThan(3);
  expect(stretches.slice(0, -1).every((stretch) => stretch.endsWith(BREAK))).toBe(true);
  expect(Math.max(...stretches.map((stretch) => stretch.length))).toBeLessThan(51_000);
});

it('cuts no text that has no break', () => {
  const parts = new TextParts();
  for (let part = 0; part < 100_000; part += 1) parts.add('a');
  expect(parts.stretches()).toEqual(['a'.repeat(100_000)]);
});

it('may be empty', () => {
  expect(new TextParts().stretches()).toEqual([]);
});
