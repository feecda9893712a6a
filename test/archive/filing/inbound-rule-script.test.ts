import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inboundRuleScript, parseInboundRuleScript } from '../../../src/greyhound/index.js';

const id = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const address = fc.string({ unit: 'binary' }).filter((text) => !/\p{Cc}/u.test(text));

describe('inboundRuleScript', () => {
  it('is read back, whatever the address holds', () => {
    fc.assert(
      fc.property(id, id, address, (groupId, accountId, text) => {
        const parameters = { groupId, accountId, address: text };
        const source = inboundRuleScript(parameters);
        expect(parseInboundRuleScript(source)).toEqual(parameters);
        expect(parseInboundRuleScript(source.replaceAll('\n', '\r\n'))).toEqual(parameters);
      }),
    );
  });

  const script = inboundRuleScript({ groupId: 1, address: 'a@example.test', accountId: 2 });
  it.each([
    ['nothing', ''],
    ['another script', 'begin\nend.'],
    ['an added statement', script.replace('end.', '  Item.Delete;\nend.')],
    ['a changed condition', script.replace('not ', '')],
    ['a group of 0', script.replace('GROUP_REF = 1', 'GROUP_REF = 0')],
  ])('is not recognised in %s', (_what, source) => {
    expect(parseInboundRuleScript(source)).toBeNull();
  });

  it.each([
    [0, 'a@example.test'],
    [1, "a@example.test';\nbegin Item.Delete"],
  ])('refuses group %i with address %j', (groupId, text) => {
    expect(() => inboundRuleScript({ groupId, address: text, accountId: 1 })).toThrow(RangeError);
  });
});
