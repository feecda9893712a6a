import { describe, expect, it } from '@jest/globals';
import { baseSubject } from '../../src/mail/base-subject.js';

describe('a subject without its marks', () => {
  it.each([
    ['Re: AW: WG: Angebot', 'Angebot'],
    ['Re[2]: Angebot', 'Angebot'],
    ['AW(3): Re^2 : Angebot', 'Angebot'],
    ['Antwort: Fwd: FW: Angebot', 'Angebot'],
    ['Antw.: Angebot', 'Antw.: Angebot'],
    ['Rechnung: 4711', 'Rechnung: 4711'],
    ['Ref: 4711', 'Ref: 4711'],
    ['[EXT] Re: Angebot', '[EXT] Re: Angebot'],
    ['Re:', ''],
  ])('%j', (subject, base) => {
    expect(baseSubject(subject)).toBe(base);
  });
});
