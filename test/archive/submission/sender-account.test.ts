import { describe, expect, it } from '@jest/globals';
import { RpcAccountOptions, RpcSmtpAccount } from '../../../src/greyhound/index.js';
import { accountForSender } from '../../../src/archive/submission/sender-account.js';

const account = (ID: number, Name: string, Filter: string) => ({
  realmId: 1,
  account: RpcSmtpAccount.make({ ID, Name, Filter }),
  options: RpcAccountOptions.empty(),
});

describe('accountForSender', () => {
  it.each([
    ['SAL-115 everybody with *', ['*'], 'any@example.test', 0],
    ['SAL-116 a listed sender only', ['a@example.test'], 'b@example.test', null],
    [
      'SAL-116 one of several lines, without regard to spaces, case, blank lines and CRLF',
      ['\r\n  \r\nx@example.test\r\n  A@Example.TEST  \r\n'],
      'a@example.test',
      0,
    ],
    ['SAL-117 the exact address before *', ['*', 'a@example.test'], 'A@example.test', 1],
    ['SAL-117 nobody for an empty list', [''], 'a@example.test', null],
  ])('%s', (_what, filters, sender, expected) => {
    const active = filters.map((filter, index) => account(index, `N${index}`, filter));
    const chosen = accountForSender(active, sender);
    expect(chosen?.account.ID ?? null).toBe(expected);
  });

  it('SAL-117 takes the first by name of several that fit equally well', () => {
    const active = [account(1, 'Zentrale', '*'), account(2, 'Allgemein', '*')];
    expect(accountForSender(active, 'a@example.test')?.account.Name).toBe('Allgemein');
  });
});
