/**
 * node-pop3's connection without its reading: the library opens TCP or TLS, we take the socket over before its first
 * byte. Its own reader compares ends of chunks, so it hangs or cuts a mail when the server's bytes fall badly, and a
 * timeout or reset leaves its promises pending; none of its verbs is reachable from here.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import Pop3Command from 'node-pop3';
import { certificateRefusal, endOnAbort, tlsOptions } from '../connect.js';
import type { ConnectDependencies, MailEndpoint } from '../endpoint.js';
import { classifyError, MailFailure } from '../errors.js';

export class Pop3Connection extends Pop3Command {
  constructor(
    private readonly endpoint: MailEndpoint,
    address: string,
    private readonly dependencies: ConnectDependencies,
  ) {
    super({
      host: address,
      port: endpoint.port,
      tls: endpoint.security === 'tls',
      // sign-in is the session's; the library must never send it by itself
      user: '',
      password: '',
      ...(endpoint.security === 'tls' && {
        tlsOptions: tlsOptions(endpoint, dependencies.trust) as NonNullable<
          ConstructorParameters<typeof Pop3Command>[0]['tlsOptions']
        >,
      }),
    });
  }

  /**
   * Opens the connection and hands over its socket, certificate accepted, at the moment when it is usable: the caller
   * must attach its reader inside `takeOver`, before the greeting can arrive.
   * @param onConnected called when TCP stands, before TLS
   * @throws MailFailure
   */
  open<T>(timeoutMs: number, takeOver: (socket: Socket) => T, onConnected: () => void): Promise<T> {
    // settles only through listeners that are removed here
    void super.connect();
    const socket = this._socket;
    if (socket === null) throw new MailFailure('connectionLost');
    for (const event of ['data', 'error', 'close', 'end']) socket.removeAllListeners(event);
    endOnAbort(socket, this.dependencies.signal);
    return new Promise((resolve, reject) => {
      let awaiting: 'connect' | 'tls' = 'connect';
      const finish = (failure: MailFailure | null) => {
        clearTimeout(timer);
        socket.off('error', fail).off('close', close);
        if (failure === null) {
          resolve(takeOver(socket));
        } else {
          socket.on('error', () => undefined).destroy();
          reject(failure);
        }
      };
      const late = () =>
        finish(
          awaiting === 'connect'
            ? new MailFailure('connectTimeout', { params: { port: this.port } })
            : new MailFailure('responseTimeout', { params: { awaited: 'tls' } }),
        );
      let timer = setTimeout(late, timeoutMs);
      const fail = (error: Error) => finish(classifyError(error));
      const close = () => finish(new MailFailure('connectionLost'));
      socket.once('error', fail).once('close', close);
      socket.once('connect', () => {
        onConnected();
        if (this.tls !== true) {
          finish(null);
          return;
        }
        awaiting = 'tls';
        clearTimeout(timer);
        timer = setTimeout(late, this.endpoint.timeoutMs);
      });
      if (this.tls === true)
        socket.once('secureConnect', () =>
          finish(certificateRefusal(socket as TLSSocket, this.endpoint)),
        );
    });
  }
}
