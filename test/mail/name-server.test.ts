import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { startDnsServer, type DnsServer } from '../../fixtures/servers/dns-server.js';
import { NameServer } from '../../src/mail/name-server.js';

let dns: DnsServer;
let names: NameServer;
beforeAll(async () => {
  dns = await startDnsServer({
    addresses: { 'four.test': '192.0.2.1', 'six.test': '2001:db8::1', 'mx.test': '192.0.2.2' },
    aliases: { 'alias.test': 'four.test' },
    mailExchangers: { 'firma.test': 'mx.test' },
    services: [
      { name: '_x._tcp.firma.test', target: 'late.test', port: 3, priority: 20, weight: 9 },
      { name: '_x._tcp.firma.test', target: 'light.test', port: 2, priority: 10, weight: 1 },
      { name: '_x._tcp.firma.test', target: 'heavy.test', port: 1, priority: 10, weight: 5 },
      { name: '_none._tcp.firma.test', target: '', port: 0 },
    ],
  });
  names = new NameServer([dns.address]);
});
afterAll(() => dns.stop());

describe('a name server', () => {
  it.each([
    ['four.test', ['192.0.2.1']],
    ['six.test', ['2001:db8::1']],
    ['alias.test', ['192.0.2.1']],
  ])('knows the addresses of %s', async (host, addresses) => {
    expect(await names.addresses(host)).toEqual(addresses);
  });

  it('says that a name does not exist, or that it could not be asked', async () => {
    await expect(names.addresses('nobody.test')).rejects.toMatchObject({ code: 'nameNotFound' });
    await expect(names.mailExchangers('nobody.test')).rejects.toMatchObject({
      code: 'nameNotFound',
    });
    const away = new NameServer(['127.0.0.1:9']);
    await expect(away.addresses('four.test')).rejects.toMatchObject({ code: 'nameLookupFailed' });
    await expect(away.services('_x._tcp.firma.test')).rejects.toMatchObject({
      code: 'nameLookupFailed',
    });
  });

  it.each([
    ['a host', 'A once.test', () => names.addresses('once.test')],
    ["a domain's mail exchangers", 'MX once.test', () => names.mailExchangers('once.test')],
  ])('asks once for %s', async (_what, query, ask) => {
    const asked = await Promise.allSettled([ask(), ask()]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await dns.queries()).filter((one) => one === query)).toEqual([query]);
  });

  it('gives services in the order in which they are to be tried', async () => {
    const found = await names.services('_x._tcp.firma.test');
    expect(found.map(({ name }) => name)).toEqual(['heavy.test', 'light.test', 'late.test']);
    expect(await names.services('_none._tcp.firma.test')).toMatchObject([{ name: '' }]);
    expect(await names.services('_y._tcp.firma.test')).toEqual([]);
  });

  it('knows mail exchangers and aliases', async () => {
    expect(await names.mailExchangers('firma.test')).toMatchObject([{ exchange: 'mx.test' }]);
    expect(await names.mailExchangers('four.test').catch(() => [])).toEqual([]);
    expect(await names.aliasOf('alias.test')).toBe('four.test');
    expect(await names.aliasOf('four.test')).toBeNull();
    expect(await names.aliasOf('nobody.test')).toBeNull();
  });

  it('ends what is under way when it is closed', async () => {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const waiting = new NameServer([`127.0.0.1:${String(silent.address().port)}`]);
    const since = performance.now();
    const asked = waiting.addresses('four.test');
    waiting.close();
    await expect(asked).rejects.toMatchObject({ code: 'nameLookupFailed' });
    expect(performance.now() - since).toBeLessThan(500);
    silent.close();
  });
});
