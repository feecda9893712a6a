/**
 * From an address to servers that answered, at a round trip of nearly nothing: what is measured is the search itself.
 * The baseline is one encrypted connection to each kind of server, one after the other, as a program does that knows
 * where they are. Then the worst case: nothing answers, and the limit ends the search.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { startInternet, type Internet } from '../../fixtures/internet.js';
import { autoconfigure } from '../../src/mail/autoconfig/autoconfigure.js';
import { mailAddress } from '../../src/mail/autoconfig/names.js';
import { median, type Figure } from './report.js';

const ROUNDS = 9;
const HOST = 'mail.srv.test';

export async function benchAutoconfig(): Promise<Figure[]> {
  const internet = await startInternet({
    hosts: [HOST, 'pop.gmx.net', 'imap.gmx.net', 'mail.gmx.net'],
    services: [
      { name: '_pop3s._tcp.srv.test', target: HOST, port: 995 },
      { name: '_imaps._tcp.srv.test', target: HOST, port: 993 },
      { name: '_submissions._tcp.srv.test', target: HOST, port: 465 },
    ],
  });
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  try {
    const baseline = await medianMs(() => connectInTurn(internet));
    const search = (email: string, nameServer: string, verified: boolean) => async () => {
      const { incoming, smtp } = await autoconfigure(mailAddress(email)!, {
        ...internet.connect,
        nameServers: [nameServer],
      });
      if ([incoming[0], smtp[0]].some((server) => server?.verified !== verified))
        throw new Error(`The search for ${email} did not end as it should.`);
    };
    const { address } = internet.dns;
    const table = await medianMs(search('anna@gmx.de', address, true));
    const records = await medianMs(search('anna@srv.test', address, true));
    const nothing = await medianMs(
      search('anna@gmx.de', `127.0.0.1:${silent.address().port}`, false),
      1,
    );
    return [
      { name: 'autoconfig: three connections in turn', value: baseline, unit: 'ms', limit: null },
      { name: 'autoconfig, by the table', value: table, unit: 'ms', limit: null },
      { name: 'autoconfig, by SRV records', value: records, unit: 'ms', limit: null },
      {
        name: 'autoconfig, table, of the baseline',
        value: table / baseline,
        unit: 'x',
        limit: null,
      },
      {
        name: 'autoconfig, SRV, of the baseline',
        value: records / baseline,
        unit: 'x',
        limit: null,
      },
      { name: 'autoconfig, nothing answers', value: nothing, unit: 'ms', limit: 3000 },
    ];
  } finally {
    silent.close();
    await internet.stop();
  }
}

async function connectInTurn({ web, mail }: Internet): Promise<void> {
  for (const port of [995, 993, 465]) {
    const socket = connect({ host: web.address, port, servername: HOST, ca: mail.caCertificate });
    // the greeting
    await once(socket, 'data');
    socket.destroy();
  }
}

async function medianMs(task: () => Promise<void>, rounds = ROUNDS): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const since = performance.now();
    await task();
    times.push(performance.now() - since);
  }
  return median(times);
}
