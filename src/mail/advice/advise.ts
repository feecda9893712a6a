/** What can be told about a failed attempt beyond its failure: a cause, the setting, the provider's page. Pure. */
import type { MailFailureCode } from '../errors.js';
import type { MailProvider, ProviderServer } from '../providers/index.js';
import type { Advice, FailedAttempt } from './attempt.js';
import { knownServer, providerBehind } from './provider-behind.js';
import { connectionRules, pages, signInRules, traits, type AdviceRule } from './rules.js';

/** @returns null when nothing is known beyond the failure */
export function advise(attempt: FailedAttempt): Advice | null {
  const provider = providerBehind(attempt);
  const said = wordsOf(attempt);
  const find = (rules: readonly AdviceRule[]): Advice | null => {
    const rule = rules.find((one) => fits(one, attempt, provider, said));
    return rule === undefined ? null : adviceOf(rule, attempt, provider);
  };
  return find(signInRules) ?? elsewhere(attempt) ?? find(connectionRules);
}

function adviceOf(
  { code, field, page }: AdviceRule,
  attempt: FailedAttempt,
  provider: MailProvider | null,
): Advice {
  const url = page === null ? null : pages[page](provider);
  return { code, field, url, params: paramsOf(attempt, provider?.name) };
}

function fits(
  rule: AdviceRule,
  { protocol, authentication, port, username, failure }: FailedAttempt,
  provider: MailProvider | null,
  said: string,
): boolean {
  const allows = <T>(list: readonly T[] | undefined, value: T | null) =>
    list === undefined || (value !== null && list.includes(value));
  const { trait } = rule;
  return (
    allows(rule.protocols, protocol) &&
    allows(rule.authentication, authentication) &&
    allows(rule.failures, failure.code) &&
    allows(rule.ports, port) &&
    (trait === undefined || (provider !== null && traits[trait](provider))) &&
    (rule.username?.test(username) ?? true) &&
    (rule.said?.test(said) ?? true)
  );
}

/** Failures that another server, port or security would do away with. */
const WRONG_PLACE: ReadonlySet<MailFailureCode | null> = new Set<MailFailureCode>([
  'nameNotFound',
  'connectionRefused',
  'connectTimeout',
  'hostUnreachable',
  'responseTimeout',
  'certificateNameMismatch',
  'tlsFailed',
  'tlsExpected',
  'plainExpected',
  'startTlsUnavailable',
  'wrongProtocol',
]);

const SECURITY_NAMES = { none: 'none', starttls: 'STARTTLS', tls: 'SSL/TLS' } as const;

function elsewhere(attempt: FailedAttempt): Advice | null {
  if (!WRONG_PLACE.has(attempt.failure.code)) return null;
  const server = knownServer(attempt);
  if (server === null) return null;
  const { host, port, security } = server;
  const given = { server: host, port, security: SECURITY_NAMES[security] };
  const provider = providerBehind({ host, username: attempt.username });
  return {
    code: 'knownServer',
    field: fieldOf(attempt, server),
    url: null,
    params: { ...paramsOf(attempt, provider?.name), ...given },
  };
}

function fieldOf(attempt: FailedAttempt, server: ProviderServer): Advice['field'] {
  if (attempt.host.toLowerCase() !== server.host) return 'host';
  return attempt.security === server.security ? 'port' : 'security';
}

const paramsOf = ({ protocol, host, port }: FailedAttempt, provider = host): Advice['params'] => ({
  provider,
  protocol: protocol.toUpperCase(),
  server: host,
  port,
});

/** At most this much of a server's words is looked at. */
const LIMIT = 1000;

function wordsOf({ failure: { params } }: FailedAttempt): string {
  const { replyCode, enhancedCode, serverText } = params;
  return [replyCode, enhancedCode, serverText]
    .filter((part) => part !== undefined)
    .join(' ')
    .slice(0, LIMIT);
}
