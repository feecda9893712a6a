/** What can go wrong between us and a mail archive. */
import { Failure, type Disposition } from '../platform/failure.js';

export type ArchiveCode =
  /** Name not found, refused, no route. */
  | 'archiveUnreachable'
  | 'archiveTimeout'
  /** The connection ended before the answer was complete. */
  | 'archiveConnectionLost'
  | 'archiveTls'
  /** 401 or 403. */
  | 'archiveLogin'
  /** 404: unknown object of a binary transfer, or no such endpoint. */
  | 'archiveNotFound'
  /** Any other HTTP status from 400 on. */
  | 'archiveHttp'
  /** An answer that is not what the contract says. */
  | 'archiveProtocol'
  /** The archive understood the call and refused it. */
  | 'archiveFault';

interface ArchiveFailureDetails {
  readonly disposition: Disposition;
  /** `<Service>.<Method>` or the transfer function. */
  readonly method: string;
  /** Could the archive have carried the call out although we got no result? */
  readonly maybeExecuted: boolean;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly cause?: unknown;
}

export class ArchiveFailure extends Failure<ArchiveCode> {
  override readonly name = 'ArchiveFailure';
  readonly method: string;
  readonly maybeExecuted: boolean;

  constructor(code: ArchiveCode, details: ArchiveFailureDetails) {
    super(
      code,
      {
        disposition: details.disposition,
        origin: 'archive',
        params: { method: details.method, ...details.params },
        ...(details.cause === undefined ? {} : { cause: details.cause }),
      },
      `${code} (${details.method})`,
    );
    this.method = details.method;
    this.maybeExecuted = details.maybeExecuted;
  }
}

/** GREYHOUND transmits its error numbers plus 700; 0 when the number is unknown or below that. */
export function documentedErrorNumber(transmitted: number): number {
  return transmitted > 700 ? transmitted - 700 : 0;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

export interface RpcFault {
  /** As transmitted; 0 when the answer carries none. */
  readonly rawCode: number;
  readonly message: string;
}

/**
 * Finds the fault in an answer, whatever its layout: `error` as object or string, else `fault`, else
 * `faultCode`/`faultString`. A non-null error wins over a result. Null when the answer is no fault.
 */
export function findFault(answer: unknown): RpcFault | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const body = answer as Record<string, unknown>;
  const error: unknown =
    body['error'] ?? body['fault'] ?? ('faultCode' in body || 'faultString' in body ? body : null);
  if (error === null) return null;
  if (typeof error !== 'object') return { rawCode: 0, message: text(error) ?? 'unknown error' };
  const fault = error as Record<string, unknown>;
  const code = Number(fault['code'] ?? fault['faultCode'] ?? 0);
  const message =
    text(fault['message']) ??
    text(fault['string']) ??
    text(fault['faultString']) ??
    text(fault['name']);
  return { rawCode: Number.isFinite(code) ? code : 0, message: message ?? 'unknown error' };
}

/** The fault in an XML-RPC answer (binary transfer answers so); null when there is none. */
export function findXmlFault(document: string): RpcFault | null {
  if (!document.includes('<fault>')) return null;
  const member = (name: string): string | undefined => {
    const pattern = new RegExp(`<name>${name}</name>\\s*<value>\\s*(?:<\\w+>)?([^<]*)<`);
    return pattern.exec(document)?.[1];
  };
  const code = Number(member('faultCode') ?? 0);
  const message = text(member('faultString'))
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
  return { rawCode: Number.isFinite(code) ? code : 0, message: message ?? 'unknown error' };
}
