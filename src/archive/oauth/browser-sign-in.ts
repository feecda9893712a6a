/**
 * The two addresses that a person's browser opens: `/oauth/start`, which sends it to the provider, and
 * `/oauth/callback`, to which the provider sends it back.
 *
 * A sign-in belongs to the browser that opened it first: a cookie of its own is set there and asked for at the end.
 * State and code are good once. A callback that is repeated, or comes from another browser, changes nothing and learns
 * nothing (RFC 9700 §2.1, §4.7). No token is ever part of what a browser gets.
 */
import type { Clock } from '../../platform/clock.js';
import { tokenDigest } from '../../platform/ids.js';
import { ProviderError, redirectedError } from './provider-error.js';
import { type Providers } from './providers.js';
import type { SignIn, SignInStore } from './sign-in-store.js';
import { randomToken, type SignIns } from './sign-ins.js';
import { resultPage } from './result-page.js';

export interface BrowserRequest {
  readonly step: 'start' | 'callback';
  readonly query: URLSearchParams;
  /** The header. */
  readonly cookie: string;
  /** The header Accept-Language. */
  readonly acceptLanguage: string;
}

export interface BrowserReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface BrowserDependencies {
  readonly signIns: SignIns;
  readonly store: SignInStore;
  readonly providers: Providers;
  readonly publicUrl: () => string;
  readonly clock: Clock;
}

const MAX_PARAMETER = 8192;

export class BrowserSignIn {
  constructor(private readonly dependencies: BrowserDependencies) {}

  /** Never rejects for what a browser sends or a provider does. */
  async handle(request: BrowserRequest): Promise<BrowserReply> {
    const state = parameter(request.query, 'state');
    const row = state === '' ? undefined : await this.dependencies.store.byState(state);
    if (row === undefined || !this.#isOpen(row)) return this.#page(request, 'stateInvalid', 400);
    return request.step === 'start'
      ? this.#start(request, row, state)
      : this.#callback(request, row, state);
  }

  async #start(request: BrowserRequest, row: SignIn, state: string): Promise<BrowserReply> {
    const { store, signIns } = this.dependencies;
    const name = cookieName(state);
    const cookie = cookieValue(request.cookie, name) ?? randomToken();
    if (!(await store.bindBrowser(row, cookie))) return this.#page(request, 'stateInvalid', 400);
    try {
      const location = await signIns.authorizationUrl(row, state);
      return redirect(location, { 'Set-Cookie': this.#cookie(name, cookie, row) });
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      return this.#page(request, 'providerUnavailable', 502);
    }
  }

  async #callback(request: BrowserRequest, row: SignIn, state: string): Promise<BrowserReply> {
    const { store, signIns } = this.dependencies;
    const cookie = cookieValue(request.cookie, cookieName(state)) ?? '';
    const isSameBrowser = row.browser_digest !== null && row.browser_digest === tokenDigest(cookie);
    // the code is good once, whoever else comes with this address
    if (!isSameBrowser || !(await store.change(row, 'pending', { state: 'exchanging' })))
      return this.#page(request, 'stateInvalid', 400);
    const settled = await signIns.settle(row, await this.#outcome(request.query, row));
    if (settled.redirect_url !== '') return redirect(settled.redirect_url, {});
    return this.#page(request, settled.state === 'finished' ? 'finished' : settled.code, 200);
  }

  async #outcome(query: URLSearchParams, row: SignIn) {
    const { providers, signIns, store } = this.dependencies;
    try {
      if (query.has('error'))
        return redirectedError(parameter(query, 'error'), parameter(query, 'error_description'));
      if (row.flow === 'adminConsent' || parameter(query, 'admin_consent').toLowerCase() === 'true')
        return new ProviderError('consentGranted');
      const reached = await providers.reachById(row.realm_id, row.provider_id);
      const issuer = parameter(query, 'iss');
      // RFC 9207: an answer of another provider
      if (issuer !== '' && issuer !== reached.endpoints.issuer)
        return new ProviderError('refused', 'The answer comes from another issuer.');
      const code = parameter(query, 'code');
      if (code === '') return new ProviderError('refused', 'The provider sent no code.');
      const { verifier = '' } = store.secretOf(row);
      return await reached.client.exchangeCode(code, signIns.redirectUrl(), verifier);
    } catch (error) {
      if (error instanceof ProviderError) return error;
      throw error;
    }
  }

  #isOpen({ state, expires_at }: SignIn): boolean {
    return state === 'pending' && expires_at > this.dependencies.clock.now().toISOString();
  }

  #cookie(name: string, value: string, { expires_at }: SignIn): string {
    const isSecure = this.dependencies.publicUrl().startsWith('https:');
    const seconds = Math.ceil(
      (Date.parse(expires_at) - this.dependencies.clock.now().getTime()) / 1000,
    );
    const { pathname } = new URL(`${this.dependencies.publicUrl()}/oauth`);
    // Lax: the provider's redirect is a navigation from another site
    return `${name}=${value}; Path=${pathname}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  }

  #page({ acceptLanguage }: BrowserRequest, code: string, status: number): BrowserReply {
    const headers = { ...COMMON_HEADERS, 'Content-Type': 'text/html; charset=utf-8' };
    return { status, headers, body: resultPage(code, acceptLanguage) };
  }
}

const COMMON_HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
} as const;

const redirect = (location: string, headers: Record<string, string>): BrowserReply => ({
  status: 303,
  headers: { ...COMMON_HEADERS, ...headers, Location: location },
  body: '',
});

const parameter = (query: URLSearchParams, name: string): string => {
  const value = query.get(name) ?? '';
  return value.length > MAX_PARAMETER ? '' : value;
};

/** One cookie a sign-in, so that two of them in one browser do not get in each other's way. */
const cookieName = (state: string): string => `mb-sign-in-${tokenDigest(state).slice(0, 12)}`;

function cookieValue(header: string, name: string): string | null {
  for (const pair of header.split(';')) {
    const [key = '', ...rest] = pair.trim().split('=');
    const value = rest.join('=');
    if (key === name && /^[\w-]{43}$/.test(value)) return value;
  }
  return null;
}
