/** Stands before a real server and keeps one of its offers from the client, so that the next best is taken. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface HidingProxy {
  readonly port: number;
  readonly stop: () => void;
}

/** Lines of the server must come in one segment, as they do on loopback; it cannot look into TLS. */
export async function hide(word: string, targetPort: number): Promise<HidingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect({ port: targetPort, host: '127.0.0.1' });
    client.pipe(target);
    target.on('data', (chunk) => {
      client.write(Buffer.from(chunk.toString('latin1').replaceAll(word, 'X-HIDDEN'), 'latin1'));
    });
    target.on('end', () => client.end());
    for (const socket of [client, target]) sockets.add(socket.on('error', () => undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
