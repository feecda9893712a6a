/**
 * What really listens on a port where the expected greeting did not come. Looks with connections of its own: plain,
 * listening first and then with one harmless `PING` for services that wait to be spoken to; and with TLS.
 */
import type { Socket } from 'node:net';
import { connectToHost, connectTcp, isLine, openConnection, peek } from '../connect.js';
import { customaryPort, type MailProtocol } from '../customary-port.js';
import type { ConnectDependencies, MailEndpoint } from '../endpoint.js';
import { MailFailure } from '../errors.js';
import { identifyProtocol, type Protocol } from '../protocol.js';

/** How long a server may take for its first line, and for an answer to PING. */
const LOOK_MS = 900;

/** How long one of its connections, or one handshake, may take. */
const OPEN_MS = 1200;

/** The failure that explains the port better than silence does; null when the look was not conclusive. */
export async function diagnose(
  expected: MailProtocol,
  given: MailEndpoint,
  dependencies: ConnectDependencies,
): Promise<MailFailure | null> {
  const endpoint = { ...given, timeoutMs: Math.min(given.timeoutMs, OPEN_MS) };
  const isTlsWanted = endpoint.security === 'tls';
  const lookingEncrypted = isTlsWanted ? null : lookEncrypted(endpoint, dependencies);
  const other = (found: Protocol | null) =>
    found === null || found === expected || found === 'tls'
      ? null
      : wrongProtocol(found, expected, endpoint);

  const plain = await lookPlain(endpoint, dependencies);
  const otherPlain = other(plain);
  if (otherPlain !== null) return otherPlain;
  if (isTlsWanted) return plain === expected ? new MailFailure('plainExpected') : null;
  const encrypted = await lookingEncrypted;
  if (encrypted === null) return plain === 'tls' ? new MailFailure('tlsExpected') : null;
  return other(encrypted.protocol) ?? (plain === expected ? null : new MailFailure('tlsExpected'));
}

export function wrongProtocol(
  found: string,
  expected: MailProtocol,
  { security }: MailEndpoint,
): MailFailure {
  const suggestedPort = customaryPort(expected, security);
  return new MailFailure('wrongProtocol', { params: { found, expected, suggestedPort } });
}

async function lookPlain(
  endpoint: MailEndpoint,
  { egress, signal }: ConnectDependencies,
): Promise<Protocol | null> {
  return look(
    () =>
      connectToHost(endpoint, egress, (address, timeoutMs) =>
        connectTcp(address, endpoint.port, timeoutMs, signal),
      ),
    async (socket) => {
      const greeting = await firstLine(socket);
      if (greeting.length > 0) return identifyProtocol(greeting);
      socket.write('PING\r\n');
      return identifyProtocol(await firstLine(socket));
    },
  );
}

/** null when there is no TLS; the certificate does not matter here, because nothing is said. */
async function lookEncrypted(
  endpoint: MailEndpoint,
  dependencies: ConnectDependencies,
): Promise<{ protocol: Protocol | null } | null> {
  try {
    const socket = await openConnection({ ...endpoint, security: 'tls' }, dependencies);
    const protocol = await look(
      () => Promise.resolve(socket),
      async (secured) => identifyProtocol(await firstLine(secured)),
    );
    return { protocol };
  } catch (error) {
    // a certificate that we refuse was shown over TLS
    const isTls = error instanceof MailFailure && error.code.startsWith('certificate');
    return isTls ? { protocol: null } : null;
  }
}

async function look(
  open: () => Promise<Socket>,
  read: (socket: Socket) => Promise<Protocol | null>,
): Promise<Protocol | null> {
  let socket: Socket | null = null;
  try {
    socket = await open();
    socket.on('error', () => undefined);
    return await read(socket);
  } catch {
    // what cannot be seen explains nothing; the check's own failure stands
    return null;
  } finally {
    socket?.destroy();
  }
}

/** What comes until a line is whole, or nothing more comes. */
async function firstLine(socket: Socket): Promise<Buffer> {
  let received: Buffer = Buffer.alloc(0);
  await peek(socket, LOOK_MS, (bytes) => isLine((received = bytes))).catch(() => undefined);
  return received;
}
