import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { because, describeIssue, fieldTexts } from '../../../src/bridge/texts/fields.js';
import { fill, messages, type MessageCode } from '../../../src/bridge/texts/index.js';

describe('BRG-16 texts', () => {
  it.each(Object.keys(messages) as MessageCode[])('%s stands in German and in English', (code) => {
    const { title, detail, hint } = messages[code];
    for (const text of [title, detail, ...(hint === undefined ? [] : [hint])]) {
      expect(text.de).not.toBe('');
      expect(text.en).not.toBe('');
      const values = (one: string) =>
        [...one.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
      expect(values(text.de)).toEqual(values(text.en));
    }
  });

  it('takes values, and shows a dash for one that is missing', () => {
    const text = { de: '{a} von {b}', en: '{a} of {b}' };
    expect(fill(text, 'de', { a: 1, b: 'x' })).toBe('1 von x');
    expect(fill(text, 'en', { a: 1 })).toBe('1 of –');
  });
});

describe('what is wrong with a field', () => {
  const issue = (schema: z.ZodType, input: unknown, language: 'de' | 'en') =>
    schema.safeParse(input, { error: describeIssue(language) }).error?.issues[0]?.message;

  it("is said in the caller's language", () => {
    expect(issue(z.string(), undefined, 'de')).toBe('Diese Angabe fehlt.');
    expect(issue(z.string(), undefined, 'en')).toBe('This value is missing.');
    expect(issue(z.int().max(5), 6, 'de')).not.toBe(issue(z.int().max(5), 6, 'en'));
    const own = z.string().refine(() => false, because('lineBreak'));
    expect(issue(own, 'x', 'de')).toBe(fieldTexts.lineBreak.de);
  });
});
