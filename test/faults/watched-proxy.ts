/** A TCP proxy before a POP3 or IMAP server that tells which command of a session is on its way. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface WatchedProxy {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

export const pop3Verb = (line: string): string => line.split(' ')[0] ?? '';

/** The command without its tag and UID; `BODY` for a FETCH that asks for bytes. */
export function imapVerb(line: string): string {
  const [, verb = ''] = /^\S+ (?:UID )?(\S+)/i.exec(line) ?? [];
  return verb === 'FETCH' && line.includes('BODY.PEEK[') ? 'BODY' : verb;
}

/**
 * @param verbOf names the command of a line
 * @param onCommand told every command before it is passed on, e.g. `RETR`
 * @param onEnd told when the session is over
 */
export async function startWatchedProxy(
  targetPort: number,
  verbOf: (line: string) => string,
  onCommand: (verb: string) => void,
  onEnd: () => void,
): Promise<WatchedProxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    let rest = '';
    client.on('data', (data) => {
      const lines = (rest + data.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onCommand(verbOf(line));
      target.write(data);
    });
    target.on('data', (data) => client.write(data));
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(one);
      one
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(one);
          other.destroySoon();
        });
    }
    client.on('close', onEnd);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
