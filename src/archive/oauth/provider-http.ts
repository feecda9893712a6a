/**
 * HTTP to providers: to judged addresses only, TLS 1.2 or later, with an end to every wait. Without TLS only on
 * loopback: tokens travel here.
 */
import type { Agent } from 'node:http';
import axios from 'axios';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { judgedAgents, type JudgedAgents } from '../../mail/judged-agents.js';
import { secureUrl } from '../../platform/secure-url.js';
import { ProviderError } from './provider-error.js';

export const REQUEST_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 512 * 1024;

interface FetchOptions {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export class ProviderHttp {
  readonly timeoutMs = REQUEST_TIMEOUT_MS;
  readonly #agents: JudgedAgents;
  #isClosed = false;

  constructor(connect: Pick<ConnectDependencies, 'egress' | 'trust'>) {
    const { httpAgent, httpsAgent } = judgedAgents(connect);
    this.#agents = { httpAgent: uncloned(httpAgent), httpsAgent: uncloned(httpsAgent) };
  }

  /** For a request to this address. @throws ProviderError unavailable when a token must not go there, or once closed */
  agentFor(url: string): Agent {
    if (this.#isClosed) throw new ProviderError('unavailable', 'The archive is being closed.');
    if (secureUrl(url) === null)
      throw new ProviderError(
        'unavailable',
        'The address of the provider has to begin with https.',
      );
    return url.startsWith('https:') ? this.#agents.httpsAgent : this.#agents.httpAgent;
  }

  /** In the form of the Fetch API, for the libraries that ask for one. */
  readonly fetch = async (url: string, options: FetchOptions): Promise<Response> => {
    const { method, headers, body, signal } = options;
    const agent = this.agentFor(url);
    const response = await axios.request<ArrayBuffer>({
      url,
      method,
      headers: { ...headers },
      data: body instanceof URLSearchParams ? body.toString() : body,
      httpAgent: agent,
      httpsAgent: agent,
      proxy: false,
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      timeout: REQUEST_TIMEOUT_MS,
      signal: signal ?? AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      responseType: 'arraybuffer',
      validateStatus: () => true,
    });
    const answered = new Headers();
    for (const [name, value] of Object.entries(response.headers))
      if (typeof value === 'string') answered.set(name, value);
    const isEmpty = response.status === 204 || response.status === 304;
    return new Response(isEmpty ? null : response.data, {
      status: response.status,
      headers: answered,
    });
  };

  /** Ends the requests that are under way; others are refused. */
  close(): void {
    this.#isClosed = true;
    this.#agents.httpAgent.destroy();
    this.#agents.httpsAgent.destroy();
  }
}

/**
 * simple-oauth2 copies its options deeply with Hoek, and an agent holds native objects of node, of which a copy crashes the
 * process. What says that it is immutable is handed on as it is.
 */
function uncloned<A extends Agent>(agent: A): A {
  const prototype = Object.create(Object.getPrototypeOf(agent) as object, {
    isImmutable: { value: true },
  }) as object;
  return Object.setPrototypeOf(agent, prototype) as A;
}
