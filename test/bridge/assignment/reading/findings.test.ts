import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Findings } from '../../../../src/bridge/assignment/reading/findings.js';
import { addressKey, referenceKey } from '../../../../src/bridge/directory/search-key.js';

const text = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9]([!-~]{0,70}[A-Za-z0-9])?$/),
  fc.stringMatching(/^[ -~]{0,70}$/),
  fc.string({ unit: 'grapheme' }),
);

it('numbers have the search key of the directory', () => {
  fc.assert(
    fc.property(text, (number) => {
      const findings = new Findings();
      findings.addWrittenReference(number, 'body');
      findings.addWrittenReference(number, 'body');
      const key = referenceKey(number);
      const expected = { reference: key, text: number, places: ['body'] };
      expect(findings.references).toEqual(key === null ? [] : [expected]);
    }),
  );
});

it('addresses have the search key of the directory', () => {
  fc.assert(
    fc.property(text, (user) => {
      const findings = new Findings();
      findings.addWrittenAddress(`${user}@x.example`, 'subject');
      findings.addWrittenAddress(`${user}@x.example`, 'body');
      const key = addressKey(`${user}@x.example`);
      const expected = { address: key, places: ['subject', 'body'] };
      expect(findings.addresses).toEqual(key === null ? [] : [expected]);
    }),
  );
});

it('no more than 500,000 different numbers are taken, and of those all places', () => {
  const findings = new Findings();
  for (let number = 0; number < 500_100; number += 1)
    findings.addWrittenReference(`AB-${number}`, 'subject');
  findings.addWrittenReference('AB-7', 'body');
  expect(findings.references.length).toBe(500_000);
  expect(findings.references[7]?.places).toEqual(['subject', 'body']);
});
