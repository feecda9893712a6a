import { describe, expect, it } from '@jest/globals';
import { recordKeys } from '../../../../src/bridge/directory/store/record-keys.js';

describe('e-mail texts as an ERP has them', () => {
  it.each([
    ['a@b.de', ['a@b.de'], 0],
    ['  A@B.de ', ['a@b.de'], 0],
    ['Max Müller <m@x.de>', ['m@x.de'], 0],
    ['"Müller, Max" <m@x.de>', ['m@x.de'], 0],
    ['a@b.de; c@d.de', ['a@b.de', 'c@d.de'], 0],
    ['a@b.de, A@b.de', ['a@b.de'], 0],
    ['a@b.de / c@d.de', ['a@b.de', 'c@d.de'], 0],
    ['a@b.de\nc@d.de', ['a@b.de', 'c@d.de'], 0],
    ['mailto:a@b.de', ['a@b.de'], 0],
    ['kontakt@wäber.example', ['kontakt@xn--wber-loa.example'], 0],
    ['keine', [], 1],
    ['', [], 1],
    ['@', [], 1],
    ['a@localhost', [], 1],
    ['a@b.de; unbekannt@', ['a@b.de'], 1],
  ])('%j', (text, keys, warnings) => {
    const derived = recordKeys({ id: '1', name: 'n', active: true, emails: [text] });
    expect(derived.keys.emails).toEqual(keys);
    expect(derived.warnings).toEqual(
      Array.from({ length: warnings }, () => ({ field: 'emails.0', code: 'addressUnusable' })),
    );
  });
});

describe('references', () => {
  it('SAL-152 are the number and whatever the ERP delivers, each once', () => {
    const { keys, warnings } = recordKeys({
      id: '1',
      number: 'AB-5003',
      references: ['ab‑5003', '#302-1234567-7654321', 'KD 77', 'x', ''],
    });
    expect(keys.references).toEqual(['ab-5003', '302-1234567-7654321', 'kd 77']);
    expect(warnings).toEqual([
      { field: 'references.3', code: 'referenceUnusable' },
      { field: 'references.4', code: 'referenceUnusable' },
    ]);
  });

  it.each([[undefined], [null], ['']])('number %j is none', (number) => {
    const derived = recordKeys({ id: '1', ...(number === undefined ? {} : { number }) });
    expect(derived).toEqual({ keys: { emails: [], references: [], rank: 0 }, warnings: [] });
  });
});
