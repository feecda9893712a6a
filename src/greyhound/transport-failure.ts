/** Says what an axios error without an HTTP answer means. */
import { isAxiosError } from 'axios';
import { ArchiveFailure, type ArchiveCode } from './errors.js';

const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** ERR_CANCELED: the deadline of the call. */
const timedOut = new Set(['ECONNABORTED', 'ETIMEDOUT', 'ERR_CANCELED']);

function codeOf(systemCode: string): ArchiveCode {
  if (neverSent.has(systemCode)) return 'archiveUnreachable';
  if (timedOut.has(systemCode)) return 'archiveTimeout';
  if (
    /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(systemCode) ||
    systemCode === 'EPROTO'
  ) {
    return 'archiveTls';
  }
  if (systemCode === 'ERR_BAD_RESPONSE' || systemCode.startsWith('HPE_')) return 'archiveProtocol';
  return 'archiveConnectionLost';
}

export function transportFailure(method: string, error: unknown): ArchiveFailure {
  const systemCode = isAxiosError(error) ? (error.code ?? 'UNKNOWN') : 'UNKNOWN';
  const code = codeOf(systemCode);
  // The axios error is not kept as cause: it carries the request with its credentials.
  return new ArchiveFailure(code, {
    disposition: code === 'archiveTls' ? 'actionRequired' : 'transient',
    method,
    maybeExecuted: code !== 'archiveUnreachable' && code !== 'archiveTls',
    params: { systemCode },
  });
}
