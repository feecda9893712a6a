import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  prefill,
  type OfferedServer,
  type TypedFields,
} from '../../../src/mail/autoconfig/prefill.js';

const address = 'anna@firma.example';
const server = (
  protocol: OfferedServer['protocol'],
  host: string,
  port: number,
  security: OfferedServer['security'] = 'tls',
): OfferedServer => ({ protocol, host, port, security, username: 'anna' });
const found = {
  incoming: [
    server('pop3', 'pop.provider.example', 1995),
    server('pop3', 'pop.provider.example', 1110, 'starttls'),
    server('imap', 'imap.provider.example', 993),
  ],
  smtp: [server('smtp', 'smtp.provider.example', 587, 'starttls')],
};

describe('what a form shows for an address', () => {
  it('TEC-22 TEC-23 TEC-24 TEC-26 by the address alone', () => {
    expect(prefill(address, null)).toEqual({
      replyAddress: address,
      username: address,
      protocol: 'pop3',
      incoming: { host: 'pop.firma.example', port: 995, security: 'tls' },
      smtp: { host: 'smtp.firma.example', port: 465, security: 'tls' },
    });
  });

  it('TEC-22 TEC-23 by what was found for it', () => {
    expect(prefill(address, found)).toEqual({
      replyAddress: address,
      username: 'anna',
      protocol: 'pop3',
      incoming: { host: 'pop.provider.example', port: 1995, security: 'tls' },
      smtp: { host: 'smtp.provider.example', port: 587, security: 'starttls' },
    });
  });

  it('another protocol has its own servers', () => {
    expect(prefill(address, found, { protocol: 'imap' }).incoming.host).toBe(
      'imap.provider.example',
    );
    expect(prefill(address, null, { protocol: 'imap' }).incoming).toEqual({
      host: 'imap.firma.example',
      port: 993,
      security: 'tls',
    });
  });

  it('TEC-24 a reply address that was entered stays', () => {
    expect(prefill(address, found, { replyAddress: 'buero@firma.example' }).replyAddress).toBe(
      'buero@firma.example',
    );
  });

  it('a user name that only the provider tells is left to the user', () => {
    const own = { ...found, incoming: found.incoming.map((one) => ({ ...one, username: null })) };
    expect(prefill(address, own).username).toBe('');
  });

  it.each<[string, TypedFields, object]>([
    [
      'another server',
      { incoming: { host: 'mail.firma.example' } },
      { host: 'mail.firma.example', port: 995, security: 'tls' },
    ],
    [
      'the same server',
      { incoming: { host: 'POP.provider.example' } },
      { host: 'POP.provider.example', port: 1995, security: 'tls' },
    ],
    [
      'an encryption that was found',
      { incoming: { security: 'starttls' } },
      { host: 'pop.provider.example', port: 1110, security: 'starttls' },
    ],
    [
      'one that was not',
      { incoming: { security: 'none' } },
      { host: 'pop.provider.example', port: 110, security: 'none' },
    ],
    [
      'a port',
      { incoming: { port: 2995 } },
      { host: 'pop.provider.example', port: 2995, security: 'tls' },
    ],
    [
      'an empty field',
      { incoming: { host: '' } },
      { host: 'pop.provider.example', port: 1995, security: 'tls' },
    ],
  ])('TEC-23 with %s typed', (_what, typed, incoming) => {
    expect(prefill(address, found, typed).incoming).toEqual(incoming);
  });

  it('TEC-23 TEC-28 never overwrites what was typed', () => {
    const text = fc.string({ minLength: 1 });
    const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const security = fc.constantFrom('none', 'starttls', 'tls');
    const fields = fc.record(
      { host: text, port: fc.integer({ min: 1, max: 65535 }), security },
      { requiredKeys: [] },
    );
    const typed = fc.record(
      {
        replyAddress: text,
        username: text,
        protocol: fc.constantFrom('pop3', 'imap'),
        incoming: fields,
        smtp: fields,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(typed, optional(fc.constant(found)), (given, offered) => {
        expect(prefill(address, offered ?? null, given as TypedFields)).toMatchObject(given);
      }),
    );
  });
});

describe('ports', () => {
  it.each([
    ['pop3', 'tls', 995],
    ['pop3', 'starttls', 110],
    ['pop3', 'none', 110],
    ['imap', 'tls', 993],
    ['imap', 'starttls', 143],
    ['imap', 'none', 143],
    ['smtp', 'tls', 465],
    ['smtp', 'starttls', 587],
    ['smtp', 'none', 587],
  ] as const)('TEC-26 TEC-27 %s with %s is at %i', (protocol, security, port) => {
    const typed =
      protocol === 'smtp' ? { smtp: { security } } : { protocol, incoming: { security } };
    const { incoming, smtp } = prefill(address, null, typed);
    expect((protocol === 'smtp' ? smtp : incoming).port).toBe(port);
  });
});
