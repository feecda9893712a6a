/**
 * JSON-RPC 1.1 client for a mail archive: one per archive connection, over axios with keep-alive.
 *
 * Every call runs with Basic credentials and this process's client id. At most `maxInFlight` calls run at a time.
 * The client never repeats a call by itself, except after a 401 (nothing was executed) and after a
 * parameter-count error of an older server (nothing was executed either).
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { finished } from 'node:stream/promises';
import axios, { type AxiosInstance, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import { WireError } from './codec.js';
import { basicAuthorization, charsetsFor, type CredentialCharset } from './credentials.js';
import {
  ArchiveFailure,
  documentedErrorNumber,
  findFault,
  findXmlFault,
  type RpcFault,
} from './errors.js';
import { RpcColors } from './colors.js';
import { RpcGlobal } from './events.js';
import { RpcFilters } from './filters.js';
import { RpcGroups } from './groups.js';
import { RpcInfo } from './info.js';
import { RpcItems } from './items-service.js';
import { Limiter } from './limiter.js';
import { RpcMailBridge } from './mail-bridge.js';
import { RpcPop3Accounts } from './pop3-accounts.js';
import { RpcRules } from './rules.js';
import {
  methodName,
  parameterList,
  type AnyMethod,
  type ServiceCalls,
  type ServiceType,
} from './service.js';
import { RpcSignatures } from './signatures.js';
import { RpcSmtpAccounts } from './smtp-accounts.js';
import { RpcTextBlocks } from './text-blocks.js';
import { RpcTopics } from './topics.js';
import { transportFailure } from './transport-failure.js';
import { RpcUsers } from './users.js';

export interface ArchiveConnectionOptions {
  /** Base address, e.g. `https://archive.example:443`; `/json` is appended. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** 32 characters; the same for all connections of this process. */
  readonly clientId: string;
  /** Name to verify the certificate against when the address is an IP. */
  readonly serverName?: string;
  /** PEM of a private certification authority. */
  readonly caCertificate?: string;
  /** Milliseconds until a call is given up; 30,000 unless told. */
  readonly timeoutMs?: number;
  /** 8 unless told. */
  readonly maxInFlight?: number;
}

interface RpcAnswer {
  readonly id?: unknown;
  readonly result?: unknown;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export class GreyhoundClient {
  readonly pop3Accounts = this.#bind(RpcPop3Accounts);
  readonly smtpAccounts = this.#bind(RpcSmtpAccounts);
  readonly groups = this.#bind(RpcGroups);
  readonly signatures = this.#bind(RpcSignatures);
  readonly filters = this.#bind(RpcFilters);
  readonly rules = this.#bind(RpcRules);
  readonly topics = this.#bind(RpcTopics);
  readonly textBlocks = this.#bind(RpcTextBlocks);
  readonly colors = this.#bind(RpcColors);
  readonly users = this.#bind(RpcUsers);
  readonly info = this.#bind(RpcInfo);
  readonly items = this.#bind(RpcItems);
  readonly global = this.#bind(RpcGlobal);
  readonly mailBridge = this.#bind(RpcMailBridge);

  readonly #options: ArchiveConnectionOptions;
  readonly #http: AxiosInstance;
  readonly #agents: readonly [HttpAgent, HttpsAgent];
  readonly #limiter: Limiter;
  readonly #timeoutMs: number;
  /** Charsets still worth trying; the first one is in use. */
  #charsets: CredentialCharset[];
  #signedInBefore = false;
  #lastId = 0;
  /** Parameter counts that this server was found to want, by method. */
  readonly #counts = new Map<string, number>();

  constructor(options: ArchiveConnectionOptions) {
    this.#options = options;
    this.#charsets = charsetsFor(options.username, options.password);
    this.#limiter = new Limiter(options.maxInFlight ?? 8);
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    const httpsOptions = {
      keepAlive: true,
      minVersion: 'TLSv1.2' as const,
      ...(options.serverName === undefined ? {} : { servername: options.serverName }),
      ...(options.caCertificate === undefined ? {} : { ca: options.caCertificate }),
    };
    this.#agents = [new HttpAgent({ keepAlive: true }), new HttpsAgent(httpsOptions)];
    this.#http = axios.create({
      baseURL: options.url.replace(/\/+$/, ''),
      timeout: this.#timeoutMs,
      httpAgent: this.#agents[0],
      httpsAgent: this.#agents[1],
      proxy: false,
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      maxBodyLength: Infinity,
      // Any status may carry a fault in its body; it is looked at in #call.
      validateStatus: () => true,
      transformResponse: (data: unknown) => data,
    });
  }

  /** Ends idle connections. Calls under way are not interrupted. */
  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  /**
   * Downloads through `/xmlrpc/<Function><ID>`, falling back to `/json/` on 404.
   * @throws ArchiveFailure archiveNotFound when neither has it.
   */
  async download(
    transfer: 'ItemsAttachment' | 'ItemsOrginalEml' | 'ItemsCurrentEml',
    id: number,
  ): Promise<{ stream: NodeJS.ReadableStream; contentType: string; sizeBytes: number | null }> {
    const response = await this.#transfer(transfer, id, {
      method: 'get',
      responseType: 'stream',
      maxContentLength: Infinity,
    });
    const contentType = header(response, 'content-type') ?? 'application/octet-stream';
    const size = Number(header(response, 'content-length'));
    const stream = response.data as NodeJS.ReadableStream;
    if (contentType.startsWith('text/xml')) {
      const fault = findXmlFault(await readBeginning(stream));
      throw faultFailure(transfer, fault ?? { rawCode: 0, message: 'unknown error' });
    }
    return { stream, contentType, sizeBytes: Number.isFinite(size) ? size : null };
  }

  /** Uploads a new attachment of an item. `open` is called once per try, as a stream can be read only once. */
  async uploadAttachment(
    itemId: number,
    name: string,
    open: () => NodeJS.ReadableStream,
  ): Promise<void> {
    const response = await this.#transfer('ItemNewAttachment', itemId, () => ({
      method: 'post',
      data: open(),
      headers: {
        'Content-Type': `application/octet-stream; name="${encodeURIComponent(name.replaceAll('"', ''))}"`,
      },
    }));
    const body = typeof response.data === 'string' ? response.data : '';
    const fault = findXmlFault(body) ?? findFault(parseJson(body));
    if (fault) throw faultFailure('ItemNewAttachment', fault);
  }

  #bind<M extends Readonly<Record<string, AnyMethod>>>(service: ServiceType<M>): ServiceCalls<M> {
    const calls = Object.entries(service.methods).map(([name, type]) => [
      name,
      (parameters: Record<string, unknown> = {}) =>
        this.#call(methodName(service, name), type, parameters),
    ]);
    return Object.fromEntries(calls) as ServiceCalls<M>;
  }

  async #call(method: string, type: AnyMethod, given: Record<string, unknown>): Promise<unknown> {
    const parameters = parameterList(type).map(([name, wire]) => wire.encode(given[name] as never));
    const counts = [this.#counts.get(method) ?? parameters.length, ...type.olderCounts];
    for (const [attempt, count] of counts.entries()) {
      try {
        const answer = await this.#post(method, parameters.slice(0, count));
        this.#counts.set(method, count);
        return decodeResult(method, type, answer);
      } catch (error) {
        if (attempt === counts.length - 1 || !isParameterCountError(error)) throw error;
      }
    }
    throw new Error('unreachable: the loop returns or throws');
  }

  async #post(method: string, params: unknown[]): Promise<RpcAnswer | null> {
    const id = String((this.#lastId += 1));
    const response = await this.#request(method, () => ({
      method: 'post',
      url: '/json',
      data: JSON.stringify({ version: '1.1', method, params, id }),
      headers: { 'Content-Type': 'application/json' },
      responseType: 'text',
      // axios' own timeout counts silence only; an answer that trickles in has to end as well.
      signal: AbortSignal.timeout(this.#timeoutMs),
    }));
    return readAnswer(method, id, response);
  }

  async #transfer(
    transfer: string,
    id: number,
    request: AxiosRequestConfig | (() => AxiosRequestConfig),
  ): Promise<AxiosResponse> {
    const make = typeof request === 'function' ? request : () => request;
    for (const prefix of ['xmlrpc', 'json']) {
      const response = await this.#request(transfer, () => ({
        ...make(),
        url: `/${prefix}/${transfer}${String(id)}`,
      }));
      if (response.status < 400) return response;
      if (isStream(response.data)) await drain(response.data);
      if (response.status !== 404) throw httpFailure(transfer, response.status);
    }
    throw new ArchiveFailure('archiveNotFound', {
      disposition: 'permanent',
      method: transfer,
      maybeExecuted: false,
    });
  }

  /** One HTTP exchange with sign-in; a 401 is answered once: by the other charset, or by signing in again. */
  async #request(method: string, make: () => AxiosRequestConfig): Promise<AxiosResponse> {
    return this.#limiter.run(async () => {
      const tried = this.#charsets[0];
      const response = await this.#exchange(method, make(), tried);
      if (!isRefused(response)) return response;
      // Another call under way may have moved on to the other charset already.
      if (this.#charsets[0] === tried) {
        if (this.#charsets.length === 1 && !this.#signedInBefore)
          throw loginFailure(method, response.status);
        if (this.#charsets.length > 1) this.#charsets = this.#charsets.slice(1);
      }
      this.#signedInBefore = false;
      const second = await this.#exchange(method, make(), this.#charsets[0]);
      if (isRefused(second)) {
        this.#charsets = charsetsFor(this.#options.username, this.#options.password);
        throw loginFailure(method, second.status);
      }
      return second;
    });
  }

  async #exchange(
    method: string,
    request: AxiosRequestConfig,
    charset: CredentialCharset = 'utf-8',
  ): Promise<AxiosResponse> {
    const { clientId, username, password } = this.#options;
    try {
      const response = await this.#http.request({
        ...request,
        headers: {
          ...(request.headers as Record<string, string> | undefined),
          Authorization: basicAuthorization(clientId, username, password, charset),
        },
      });
      if (response.status < 400) {
        this.#signedInBefore = true;
        this.#charsets = [charset];
      } else if (isRefused(response) && isStream(response.data)) {
        await drain(response.data);
      }
      return response;
    } catch (error) {
      throw transportFailure(method, error);
    }
  }
}

const isRefused = (response: AxiosResponse): boolean =>
  response.status === 401 || response.status === 403;

const header = (response: AxiosResponse, name: string): string | undefined => {
  const value: unknown = response.headers[name];
  return typeof value === 'string' ? value : undefined;
};

const isStream = (value: unknown): value is NodeJS.ReadableStream =>
  typeof value === 'object' && value !== null && 'pipe' in value;

const FAULT_LIMIT = 64 * 1024;

async function readBeginning(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += chunk.toString();
    if (text.length > FAULT_LIMIT) break;
  }
  return text;
}

async function drain(stream: NodeJS.ReadableStream): Promise<void> {
  stream.resume();
  await finished(stream);
}

const loginFailure = (method: string, status: number): ArchiveFailure =>
  new ArchiveFailure('archiveLogin', {
    disposition: 'actionRequired',
    method,
    maybeExecuted: false,
    params: { status },
  });

function httpFailure(method: string, status: number): ArchiveFailure {
  return new ArchiveFailure(status === 404 ? 'archiveNotFound' : 'archiveHttp', {
    disposition: status >= 500 || status === 429 ? 'transient' : 'permanent',
    method,
    maybeExecuted: status >= 500,
    params: { status },
  });
}

function faultFailure(method: string, fault: RpcFault): ArchiveFailure {
  return new ArchiveFailure('archiveFault', {
    disposition: 'permanent',
    method,
    maybeExecuted: false,
    params: {
      rawCode: fault.rawCode,
      number: documentedErrorNumber(fault.rawCode),
      serverText: fault.message.slice(0, 500),
    },
  });
}

const protocolFailure = (
  method: string,
  params: Readonly<Record<string, string | number>> = {},
): ArchiveFailure =>
  new ArchiveFailure('archiveProtocol', {
    disposition: 'transient',
    method,
    maybeExecuted: true,
    params,
  });

/** Undefined when the text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Null for an empty body: the vendor's client takes it for success where no result is expected. */
function readAnswer(method: string, id: string, response: AxiosResponse): RpcAnswer | null {
  const body = typeof response.data === 'string' ? response.data : '';
  if (body.trim() === '' && response.status < 400) return null;
  const answer = parseJson(body);
  const fault = findFault(answer);
  if (fault) throw faultFailure(method, fault);
  if (response.status >= 400) throw httpFailure(method, response.status);
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
    throw protocolFailure(method);
  const echoed = (answer as RpcAnswer).id;
  const isOther =
    echoed !== undefined && echoed !== null && JSON.stringify(echoed).replaceAll('"', '') !== id;
  if (isOther) throw protocolFailure(method);
  return answer;
}

function decodeResult(method: string, type: AnyMethod, answer: RpcAnswer | null): unknown {
  const wire = type.result as { decode(value: unknown, path: string): unknown } | null;
  if (wire === null) return undefined;
  if (answer === null) throw protocolFailure(method);
  try {
    return wire.decode(answer.result, 'result');
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw protocolFailure(method, { path: error.path, expected: error.expected });
  }
}

const isParameterCountError = (error: unknown): boolean =>
  error instanceof ArchiveFailure &&
  error.code === 'archiveFault' &&
  /\bparam|\bargument/i.test(String(error.params['serverText'] ?? ''));
