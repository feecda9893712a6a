import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inSteps, sortedById } from '../../../../src/bridge/directory/store/steps.js';

describe('records in the order of their ids', () => {
  it('are the same however many there are', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.string(), { maxLength: 20 }),
        fc.constantFrom(1, 400),
        async (names, times) => {
          const ids = names.flatMap((name) =>
            Array.from({ length: times }, (_, index) => `${name}/${(index * 7919) % times}`),
          );
          const sorted = await inSteps(sortedById(ids.map((id) => ({ id }))));
          expect(sorted.map(({ id }) => id)).toEqual([...ids].sort());
        },
      ),
      { numRuns: 30 },
    ));
});
