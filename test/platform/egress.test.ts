import { describe, expect, it } from '@jest/globals';
import { EgressBlocked, EgressPolicy } from '../../src/platform/egress.js';

describe('egress policy', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '192.168.0.1',
    '172.16.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    'fec0::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    'ff02::1',
    'mail.example.com',
    '',
  ])('refuses %j', (address) => {
    expect(EgressPolicy.parse('').allows(address)).toBe(false);
  });

  it.each(['8.8.8.8', '2a00:1450::1'])('allows %s', (address) => {
    expect(EgressPolicy.parse('').allows(address)).toBe(true);
  });

  it.each([
    ['10.1.0.0/16', '10.1.2.3', true],
    ['10.1.0.0/16', '10.2.2.3', false],
    ['10.1.0.0/16', '::ffff:10.1.2.3', true],
    [' 192.168.0.7 , fd00::/8', '192.168.0.7', true],
    ['192.168.0.7,fd00::/8', '192.168.0.8', false],
    ['192.168.0.7,fd00::/8', 'fd12::1', true],
    ['::/0', '10.0.0.1', false],
  ])('with %j, %s is allowed: %s', (list, address, allowed) => {
    expect(EgressPolicy.parse(list).allows(address)).toBe(allowed);
  });

  it.each(['10/8', '10.0.0.0/33', 'mail.example.com', '10.0.0.0/8/8', '10.0.0.0/', 'fd00::/129'])(
    'refuses the list %j, naming it',
    (entry) => {
      expect(() => EgressPolicy.parse(`127.0.0.1, ${entry}`)).toThrow(`"${entry}"`);
    },
  );

  it('judges every address of a name and asks the resolver once', async () => {
    let asked = 0;
    const lookup = (host: string) => {
      asked += 1;
      return Promise.resolve(
        host === 'inside.test' ? ['127.0.0.1', '::1'] : ['10.0.0.1', '8.8.8.8', '2a00::1'],
      );
    };
    const policy = EgressPolicy.parse('', lookup);
    expect(await policy.resolveAllowed('mixed.test')).toEqual(['8.8.8.8', '2a00::1']);
    await expect(policy.resolveAllowed('inside.test')).rejects.toBeInstanceOf(EgressBlocked);
    expect(asked).toBe(2);
    expect(await policy.resolveAllowed('8.8.8.8')).toEqual(['8.8.8.8']);
    expect(asked).toBe(2);
  });
});
