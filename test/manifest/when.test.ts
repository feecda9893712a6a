import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  evaluateWhen,
  holds,
  parseWhen,
  WHEN_MAX_LENGTH,
  WhenSyntaxError,
  type Truth,
  type WhenContext,
} from '../../src/bridge/manifest/when.js';

interface Vectors {
  readonly context: WhenContext;
  readonly results: readonly { readonly expression: string; readonly result: Truth }[];
  readonly invalid: readonly { readonly expression: string; readonly position: number }[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../../fixtures/erp-host/when-vectors.json', import.meta.url), 'utf8'),
) as Vectors;

describe('expressions of when and enablement', () => {
  it.each(vectors.results)('$expression is $result', ({ expression, result }) => {
    expect(evaluateWhen(expression, vectors.context)).toBe(result);
  });

  it.each(vectors.invalid)('"$expression" is refused at $position', ({ expression, position }) => {
    try {
      parseWhen(expression);
    } catch (error) {
      expect(error).toBeInstanceOf(WhenSyntaxError);
      expect((error as WhenSyntaxError).position).toBe(position);
      return;
    }
    throw new Error('was accepted');
  });

  it('refuses more than 500 characters', () => {
    const longest = `a${' '.repeat(WHEN_MAX_LENGTH - 1)}`;
    expect(evaluateWhen(longest, { a: true })).toBe(true);
    expect(() => parseWhen(`${longest} `)).toThrow(WhenSyntaxError);
  });

  it('shows without an expression, and with one only on a definite true', () => {
    expect(holds(undefined, {})).toBe(true);
    expect(holds('a', { a: true })).toBe(true);
    expect(holds('a', { a: false })).toBe(false);
    expect(holds('a', {})).toBe(false);
    expect(holds('!a', {})).toBe(false);
  });

  it('refuses text outside the grammar with a position, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        try {
          evaluateWhen(text, vectors.context);
        } catch (error) {
          expect(error).toBeInstanceOf(WhenSyntaxError);
          expect((error as WhenSyntaxError).position).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });

  it('follows De Morgan in three values', () => {
    const truth = fc.constantFrom<boolean | undefined>(true, false, undefined);
    fc.assert(
      fc.property(truth, truth, (a, b) => {
        expect(evaluateWhen('!(a && b)', { a, b })).toBe(evaluateWhen('!a || !b', { a, b }));
        expect(evaluateWhen('!(a || b)', { a, b })).toBe(evaluateWhen('!a && !b', { a, b }));
      }),
    );
  });
});
