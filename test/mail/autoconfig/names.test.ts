import { describe, expect, it } from '@jest/globals';
import { hostName, mailAddress } from '../../../src/mail/autoconfig/names.js';
import { isWithin, registeredDomain } from '../../../src/mail/autoconfig/registered-domain.js';

describe('an address', () => {
  it.each([
    ['anna@firma.example', 'anna', 'firma.example'],
    ['Anna@Firma.Example', 'Anna', 'firma.example'],
    ['a@b@firma.example', 'a@b', 'firma.example'],
    ['anna@müller.example.', 'anna', 'xn--mller-kva.example'],
    ['anna@MÜLLER.example', 'anna', 'xn--mller-kva.example'],
    ['anna@straße.example', 'anna', 'xn--strae-oqa.example'],
  ])('%s is %s at %s', (text, localPart, domain) => {
    expect(mailAddress(text)).toEqual({ address: text, localPart, domain });
  });

  it.each(['anna', '@firma.example', 'anna@', 'anna@firma', 'anna@127.0.0.1', 'anna@[127.0.0.1]'])(
    '%s has no domain in which mail can be',
    (text) => {
      expect(mailAddress(text)).toBeNull();
    },
  );
});

describe('a host name', () => {
  it.each([
    ['a.b', null],
    ['a.bc', 'a.bc'],
    ['_pop3.example.test', '_pop3.example.test'],
    [`${'x'.repeat(64)}.test`, null],
    [`${'x.'.repeat(130)}test`, null],
    ['a b.test', null],
    ['a.test#.firma.test', null],
    ['2130706433', null],
    ['127.0.0.1', null],
    ['１２７.0.0.1', null],
  ])('%j is %j', (text, expected) => {
    expect(hostName(text)).toBe(expected);
  });

  it.each([
    ['mx.premium.firma.co.uk', 'firma.co.uk'],
    ['kunde.github.io', 'kunde.github.io'],
    ['firma.example', 'firma.example'],
    ['com', 'com'],
  ])('%s was registered as %s', (host, domain) => {
    expect(registeredDomain(host)).toBe(domain);
  });

  it.each([
    ['mail.firma.example', 'firma.example', true],
    ['firma.example', 'mail.firma.example', true],
    ['firma.example', 'firma.example', true],
    ['notfirma.example', 'firma.example', false],
    ['a.co.uk', 'b.co.uk', false],
  ])('%s within %s: %s', (host, domain, expected) => {
    expect(isWithin(host, domain)).toBe(expected);
  });
});
