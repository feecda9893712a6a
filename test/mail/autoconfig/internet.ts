/**
 * The internet in small, on one loopback address with the real ports: a name server, a web server for autoconfiguration
 * files, and mail servers (Dovecot, Postfix) under every name that it knows.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  loopbackAddress,
  startAutoconfigServer,
  type WebServer,
} from '../../../fixtures/autoconfig-server.js';
import {
  startDnsServer,
  type DnsRecords,
  type DnsServer,
} from '../../../fixtures/servers/dns-server.js';
import { startMailSandbox, type MailSandbox } from '../../../fixtures/servers/mail-sandbox.js';
import type { ConnectDependencies } from '../../../src/mail/endpoint.js';
import { EgressPolicy } from '../../../src/platform/egress.js';

export interface Internet {
  readonly web: WebServer;
  readonly dns: DnsServer;
  readonly mail: MailSandbox;
  readonly connect: Pick<ConnectDependencies, 'egress' | 'trust'>;
  readonly stop: () => Promise<void>;
}

export interface InternetOptions extends Omit<DnsRecords, 'addresses'> {
  /** Names that lead to the web and mail servers here. */
  readonly hosts: readonly string[];
  /** Names that lead to an address where nobody listens. */
  readonly deadHosts?: readonly string[];
  readonly user?: { readonly address: string; readonly password: string };
}

const DEAD_ADDRESS = '127.0.0.2';

export async function startInternet({
  hosts,
  deadHosts = [],
  user = { address: 'anna@example.test', password: 'geheim' },
  ...records
}: InternetOptions): Promise<Internet> {
  const address = loopbackAddress();
  const subjectAltName = hosts.map((host) => `DNS:${host}`).join(',');
  const mail = await startMailSandbox({ users: [user], certificate: { subjectAltName } });
  const forwards = [
    await forward(address, 110, mail.pop3Port),
    await forward(address, 995, mail.pop3sPort),
    await forward(address, 143, mail.imapPort),
    await forward(address, 993, mail.imapsPort),
    await forward(address, 587, mail.submissionPort),
    await forward(address, 465, mail.smtpsPort),
  ];
  const web = await startAutoconfigServer(address, mail.certificates);
  const addresses = Object.fromEntries([
    ...hosts.map((host) => [host, address] as const),
    ...deadHosts.map((host) => [host, DEAD_ADDRESS] as const),
  ]);
  const dns = await startDnsServer({ addresses, ...records });
  return {
    web,
    dns,
    mail,
    connect: { egress: EgressPolicy.parse('127.0.0.0/8'), trust: { ca: [mail.caCertificate] } },
    stop: async () => {
      await Promise.all([dns.stop(), web.stop(), ...forwards.map((stop) => stop())]);
      await mail.stop();
    },
  };
}

async function forward(address: string, port: number, targetPort: number) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy()).on('close', () => sockets.delete(from));
    }
  });
  server.listen(port, address);
  await once(server, 'listening');
  return async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
}

/** A file as `config-v1.1.xml` is. */
export const clientConfig = (...servers: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="example.test">
    <domain>example.test</domain>
    <displayName>Example</displayName>
    ${servers.join('\n    ')}
  </emailProvider>
</clientConfig>
`;

export const serverElement = (
  type: 'pop3' | 'imap' | 'smtp',
  host: string,
  port: number,
  socketType: string,
  { username = '%EMAILADDRESS%', authentication = 'password-cleartext' } = {},
): string => {
  const element = type === 'smtp' ? 'outgoingServer' : 'incomingServer';
  return `<${element} type="${type}"><hostname>${host}</hostname><port>${port}</port><socketType>${socketType}</socketType><username>${username}</username><authentication>${authentication}</authentication></${element}>`;
};
