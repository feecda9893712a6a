/** Small documents from HTTP servers that strangers name: limited in size, time, redirects and where they may lie. */
import axios from 'axios';
import { classifyError, MailFailure } from '../errors.js';
import type { JudgedAgents } from '../judged-agents.js';

export interface HttpAnswer {
  readonly status: number;
  /** Where it leads, when redirects are not followed. */
  readonly location: string | null;
  readonly text: string;
}

export interface FetchOptions {
  readonly followRedirects?: boolean;
}

/** @throws MailFailure */
export type Fetch = (url: string, options?: FetchOptions) => Promise<HttpAnswer>;

const MAX_BYTES = 65_536;
const MAX_REDIRECTS = 3;

/** What axios says of answers that are too large, or lead in circles. */
const BROKEN_ANSWER = /^ERR_(?:BAD_RESPONSE|FR_)/;

export const fetchWith =
  (agents: JudgedAgents, signal: AbortSignal): Fetch =>
  async (url, { followRedirects = true } = {}) => {
    try {
      const { status, headers, data } = await axios.get<ArrayBuffer>(url, {
        ...agents,
        proxy: false,
        signal,
        maxRedirects: followRedirects ? MAX_REDIRECTS : 0,
        beforeRedirect: neverToUnencrypted(url),
        maxContentLength: MAX_BYTES,
        responseType: 'arraybuffer',
        validateStatus: () => true,
        headers: { Accept: 'application/xml, text/xml, application/json' },
      });
      const location = headers['location'] as unknown;
      return {
        status,
        location: typeof location === 'string' ? location : null,
        text: new TextDecoder().decode(data),
      };
    } catch (error) {
      throw failureOf(error, signal);
    }
  };

/** What came encrypted stays so: a redirect would hand the rest of the way to whoever listens. */
function neverToUnencrypted(url: string) {
  let isEncrypted = url.startsWith('https:');
  return ({ protocol }: Record<string, unknown>) => {
    if (isEncrypted && protocol !== 'https:')
      throw new MailFailure('protocolViolation', { params: { detail: 'redirectToUnencrypted' } });
    isEncrypted = protocol === 'https:';
  };
}

function failureOf(error: unknown, signal: AbortSignal): MailFailure {
  if (signal.aborted) return new MailFailure('responseTimeout', { cause: error });
  if (!axios.isAxiosError(error)) return classifyError(error);
  if (error.cause === undefined && BROKEN_ANSWER.test(error.code ?? ''))
    return new MailFailure('protocolViolation', { params: { detail: 'document' }, cause: error });
  return classifyError(error.cause ?? error);
}
