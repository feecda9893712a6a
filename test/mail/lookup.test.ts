import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startDnsServer, type DnsServer } from '../../fixtures/servers/dns-server.js';
import { lookupBy } from '../../src/mail/lookup.js';
import { EgressBlocked, EgressPolicy } from '../../src/platform/egress.js';

let dns: DnsServer;
beforeAll(async () => {
  dns = await startDnsServer({ addresses: { 'mail.firma.test': '127.0.0.1' } });
});
afterAll(() => dns.stop());

describe('names by name servers of the operator’s choice', () => {
  it('finds what only these know', async () => {
    expect(await lookupBy([dns.address])('mail.firma.test')).toEqual(['127.0.0.1']);
  });

  it('asks the system for what these do not know, or when they do not answer', async () => {
    expect(await lookupBy([dns.address])('localhost')).toContain('127.0.0.1');
    expect(await lookupBy(['127.0.0.1:1'])('localhost')).toContain('127.0.0.1');
  });

  it('does not find what nobody knows', async () => {
    await expect(lookupBy([dns.address])('nobody.firma.test')).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
  });

  it('leads nowhere where the rules do not', async () => {
    const policy = EgressPolicy.parse('', lookupBy([dns.address]));
    await expect(policy.resolveAllowed('mail.firma.test')).rejects.toBeInstanceOf(EgressBlocked);
  });
});
