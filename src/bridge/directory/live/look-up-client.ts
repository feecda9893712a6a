/**
 * One look-up at the ERP: a POST with the token that the administrator gave. The URL is given by a caller, so it goes
 * where the egress policy lets connections go; no redirect is followed, and the wait has an end.
 */
import axios from 'axios';
import type { ConnectDependencies } from '../../../mail/endpoint.js';
import { classifyError } from '../../../mail/errors.js';
import { judgedAgents, type JudgedAgents } from '../../../mail/judged-agents.js';
import { LookUpFailure, type LookUpFailureDetails, type LookUpReason } from './look-up-failure.js';

const MAX_ANSWER_BYTES = 10 * 1024 * 1024;

export interface LookUpTarget {
  readonly url: string;
  readonly token: string;
  readonly timeoutMs: number;
}

/** Search keys (search-key.ts) and ids; each kind each once. */
export interface LookUpKeys {
  readonly addresses: readonly string[];
  readonly references: readonly string[];
  readonly ids: readonly string[];
}

export interface LookUpRequest extends LookUpKeys {
  readonly type: 'orders' | 'offers' | 'contacts';
}

export class LookUpClient {
  readonly host: string;
  readonly #agents: JudgedAgents;

  constructor(
    private readonly target: LookUpTarget,
    private readonly connect: ConnectDependencies,
  ) {
    this.host = new URL(target.url).hostname;
    this.#agents = judgedAgents(connect);
  }

  /**
   * @returns the answer's JSON, whatever it says
   * @throws LookUpFailure
   */
  async ask(request: LookUpRequest): Promise<unknown> {
    const { signal } = this.connect;
    const timeLimit = AbortSignal.timeout(this.target.timeoutMs);
    const ended = AbortSignal.any([timeLimit, ...(signal === undefined ? [] : [signal])]);
    try {
      const { status, data } = await this.#post(request, ended);
      if (status < 200 || status >= 300) throw this.#failure(refusal(status), { status });
      return this.#parsed(data);
    } catch (error) {
      if (error instanceof LookUpFailure) throw error;
      if (timeLimit.aborted) throw this.#failure('tooSlow');
      throw this.#failure(reasonOf(error), { cause: causeOf(error) });
    }
  }

  #post(request: LookUpRequest, signal: AbortSignal) {
    const { url, token } = this.target;
    return axios.post<Buffer>(url, JSON.stringify(request), {
      ...this.#agents,
      proxy: false,
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      signal,
      responseType: 'arraybuffer',
      validateStatus: () => true,
      headers: {
        Accept: 'application/json',
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        'User-Agent': 'erp-mail-bridge',
      },
    });
  }

  #parsed(data: Buffer): unknown {
    try {
      return JSON.parse(data.toString('utf8'));
    } catch {
      // the parser's words quote the answer: no cause
      throw this.#failure('answerNotJson');
    }
  }

  #failure(reason: LookUpReason, details?: LookUpFailureDetails): LookUpFailure {
    return new LookUpFailure(reason, this.host, details);
  }
}

function refusal(status: number): LookUpReason {
  if (status === 401 || status === 403) return 'tokenRefused';
  return status >= 300 && status < 400 ? 'redirected' : 'statusRefused';
}

/** axios tells of an answer over the limit by these words only. */
const isTooLarge = (error: unknown): boolean =>
  axios.isAxiosError(error) && error.message.startsWith('maxContentLength');

const reasonOf = (error: unknown): LookUpReason =>
  isTooLarge(error) ? 'answerTooLarge' : classifyError(causeOf(error)).code;

/** The error of the connection. What axios puts around it holds the request with its token, for any log to print. */
const causeOf = (error: unknown): unknown =>
  axios.isAxiosError(error) ? (error.cause ?? new Error(error.message)) : error;
