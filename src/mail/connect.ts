/**
 * Opening TCP and TLS for every protocol: addresses judged by the egress policy, TLS 1.2 or later, certificates
 * verified.
 */
import net from 'node:net';
import tls from 'node:tls';
import type { EgressPolicy } from '../platform/egress.js';
import type { ConnectDependencies, ConnectStep, MailEndpoint, TlsTrust } from './endpoint.js';
import { classifyError, MailFailure } from './errors.js';

/**
 * Tries the host's addresses in turn, each with its share of the time, until `attempt` succeeds. Only a failure to
 * connect leads to the next address; what a server does once it is reached is final.
 * @throws MailFailure of the last attempt
 */
export async function connectToHost<T>(
  endpoint: MailEndpoint,
  egress: EgressPolicy,
  attempt: (address: string, timeoutMs: number) => Promise<T>,
  onProgress?: (step: ConnectStep) => void,
): Promise<T> {
  const deadline = Date.now() + endpoint.timeoutMs;
  const addresses = await resolveInTime(endpoint, egress);
  onProgress?.('name');
  let last: MailFailure = new MailFailure('nameNotFound', { params: { host: endpoint.host } });
  for (const [tried, address] of addresses.entries()) {
    const share = Math.ceil(Math.max(deadline - Date.now(), 1) / (addresses.length - tried));
    try {
      return await attempt(address, share);
    } catch (error) {
      last = classifyError(error);
      if (!CONNECT_FAILURES.has(last.code)) break;
    }
  }
  throw last;
}

const CONNECT_FAILURES = new Set(['connectionRefused', 'hostUnreachable', 'connectTimeout']);

/** The system resolver cannot be interrupted; we stop waiting for it. */
async function resolveInTime(endpoint: MailEndpoint, egress: EgressPolicy) {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new MailFailure('nameLookupFailed', { params: { host: endpoint.host } }));
    }, endpoint.timeoutMs);
  });
  try {
    return await Promise.race([egress.resolveAllowed(endpoint.host), timeout]);
  } catch (error) {
    throw classifyError(error);
  } finally {
    clearTimeout(timer);
  }
}

/** A connected socket, without TLS, to one address. @throws MailFailure */
export function connectTcp(
  address: string,
  port: number,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<net.Socket> {
  const socket = net.connect({ host: address, port, noDelay: true });
  endOnAbort(socket, signal);
  return settledInTime(
    socket,
    'connect',
    timeoutMs,
    () => new MailFailure('connectTimeout', { params: { port } }),
  );
}

/** TLS over a connected socket, certificate accepted. @throws MailFailure */
export async function startTls(
  socket: net.Socket,
  endpoint: MailEndpoint,
  trust: TlsTrust,
  timeoutMs = endpoint.timeoutMs,
): Promise<tls.TLSSocket> {
  const secured = tls.connect({ ...tlsOptions(endpoint, trust), socket });
  try {
    await settledInTime(
      secured,
      'secureConnect',
      timeoutMs,
      () => new MailFailure('responseTimeout', { params: { awaited: 'tls' } }),
    );
  } catch (error) {
    throw tlsFailure(error, endpoint);
  }
  const refusal = certificateRefusal(secured, endpoint);
  if (refusal === null) return secured;
  secured.destroy();
  throw refusal;
}

/** A server that agreed to upgrade and then sends no TLS does not mean "plain on this port". */
export function tlsFailure(error: unknown, { security }: MailEndpoint): MailFailure {
  const failure = classifyError(error);
  if (security !== 'starttls' || failure.code !== 'plainExpected') return failure;
  return new MailFailure('tlsFailed', { params: failure.params, cause: error });
}

/** A connection to the endpoint's host: plain, or with TLS from the first byte if the endpoint says so. */
export function openConnection(
  endpoint: MailEndpoint,
  { egress, trust, signal }: ConnectDependencies,
  onProgress: (step: ConnectStep) => void = () => undefined,
): Promise<net.Socket> {
  const attempt = async (address: string, timeoutMs: number) => {
    const socket = await connectTcp(address, endpoint.port, timeoutMs, signal);
    onProgress('connect');
    if (endpoint.security !== 'tls') return socket;
    const secured = await startTls(socket, endpoint, trust);
    onProgress('tls');
    return secured;
  };
  return connectToHost(endpoint, egress, attempt, onProgress);
}

/** A socket that is already gone when the signal comes is left alone. */
export function endOnAbort(socket: net.Socket, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const end = () => socket.destroy();
  if (signal.aborted) end();
  signal.addEventListener('abort', end);
  socket.once('close', () => signal.removeEventListener('abort', end));
}

/**
 * The first bytes that the other side sends, until there are enough; they stay to be read. The socket is paused.
 * @throws MailFailure
 */
export function peek(
  socket: net.Socket,
  timeoutMs: number,
  isEnough: (received: Buffer) => boolean = () => true,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const finish = (outcome: Buffer | MailFailure) => {
      clearTimeout(timer);
      socket.off('data', receive).off('error', fail).off('end', end).off('close', end);
      if (outcome instanceof MailFailure) reject(outcome);
      else resolve(outcome);
    };
    const receive = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (!isEnough(received)) return;
      socket.pause();
      socket.unshift(received);
      finish(received);
    };
    const fail = (error: Error) => finish(classifyError(error));
    const end = () =>
      finish(new MailFailure('connectionLost', { params: { awaited: 'greeting' } }));
    const timer = setTimeout(
      () => finish(new MailFailure('responseTimeout', { params: { awaited: 'greeting' } })),
      timeoutMs,
    );
    socket.on('data', receive).on('error', fail).on('end', end).on('close', end);
    // a socket that was paused does not flow by itself
    socket.resume();
  });
}

/** For `peek`: a whole line, enough of a long one, or what is no text (of TLS two bytes are needed to know it). */
export const isLine = (received: Buffer): boolean =>
  received.includes('\n') ||
  received.length >= 512 ||
  (received.length > 1 && (received[0] ?? 0) < 0x20);

/** Waits for a socket's event; the socket is destroyed when it fails or the time is up. */
function settledInTime<S extends net.Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
  timedOut: () => MailFailure,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const finish = (failure: MailFailure | null) => {
      clearTimeout(timer);
      socket.off(event, succeed).off('error', fail).off('close', close);
      if (failure === null) {
        resolve(socket);
        return;
      }
      socket.on('error', () => undefined).destroy();
      reject(failure);
    };
    const succeed = () => finish(null);
    const fail = (error: Error) => finish(classifyError(error));
    const close = () => finish(new MailFailure('connectionLost'));
    const timer = setTimeout(() => finish(timedOut()), timeoutMs);
    socket.once(event, succeed).once('error', fail).once('close', close);
  });
}

/**
 * Options for `tls.connect`. The verdict on the certificate is ours (`certificateRefusal`), because node would
 * close the connection before we could tell the admin which certificate it was.
 */
export function tlsOptions(endpoint: MailEndpoint, trust: TlsTrust): tls.ConnectionOptions {
  const isAddress = net.isIP(endpoint.host) !== 0;
  return {
    // the name that the certificate must carry; SNI has none for addresses (RFC 6066 §3)
    host: endpoint.host,
    servername: isAddress ? '' : endpoint.host,
    secureContext: secureContext(trust),
    rejectUnauthorized: false,
  };
}

const secureContexts = new WeakMap<TlsTrust, tls.SecureContext>();

/** TLS 1.2 or later, with the authorities that are trusted; made once. */
export function secureContext(trust: TlsTrust): tls.SecureContext {
  const known = secureContexts.get(trust);
  if (known !== undefined) return known;
  const extra = trust.ca ?? [];
  const created = tls.createSecureContext({
    minVersion: 'TLSv1.2',
    maxVersion: trust.maxVersion ?? 'TLSv1.3',
    ...(extra.length > 0 && { ca: [...tls.rootCertificates, ...extra] }),
  });
  secureContexts.set(trust, created);
  return created;
}

/** Why the peer's certificate is not accepted, or null. Must be asked before anything else is read or written. */
export function certificateRefusal(
  socket: tls.TLSSocket,
  endpoint: MailEndpoint,
): MailFailure | null {
  const certificate = socket.getPeerCertificate();
  if (endpoint.tlsException !== null) {
    const expected = normalizeFingerprint(endpoint.tlsException.fingerprint);
    if (normalizeFingerprint(certificate.fingerprint256) === expected) return null;
  } else if (socket.authorized) return null;
  const reason = socket.authorizationError as unknown;
  const params = {
    host: endpoint.host,
    fingerprint: certificate.fingerprint256,
    validTo: certificate.valid_to,
    names: (certificate.subjectaltname ?? '').slice(0, 300),
    ...(typeof reason === 'string' && { reason }),
  };
  if (endpoint.tlsException !== null) return new MailFailure('certificateUntrusted', { params });
  // node documents a string here and some versions give the error
  const code = reason instanceof Error ? (reason as NodeJS.ErrnoException).code : reason;
  return new MailFailure(classifyError({ code }).code, { params });
}

function normalizeFingerprint(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toUpperCase();
}
