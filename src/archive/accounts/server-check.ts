/** The connection test against the real mail server, through the archive's own egress rules and TLS trust. */
import { checkIncoming, checkSmtp } from '../../mail/check/check.js';
import type { ProbeFinding, ProbeResult } from '../../mail/check/findings.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import type { CheckOutcome, ServerCheck } from './connection-test.js';
import { endpointOf, pop3CredentialsOf, smtpCredentialsOf } from './mail-endpoint.js';

const noSuchSignIn: CheckOutcome = {
  ok: false,
  code: 'authenticationUnavailable',
  words: 'This archive cannot sign in with OAuth.',
};

export function createServerCheck(dependencies: ConnectDependencies): ServerCheck {
  return {
    async pop3(item, options) {
      const credentials = pop3CredentialsOf(item);
      if (credentials === undefined) return noSuchSignIn;
      const endpoint = endpointOf(item, options);
      return outcomeOf(
        await checkIncoming({ protocol: 'pop3', endpoint, credentials }, dependencies),
      );
    },
    async smtp(item, options) {
      const credentials = smtpCredentialsOf(item);
      if (credentials === undefined) return noSuchSignIn;
      return outcomeOf(
        await checkSmtp({ endpoint: endpointOf(item, options), credentials }, dependencies),
      );
    },
  };
}

function outcomeOf({ findings, messageCount }: ProbeResult): CheckOutcome {
  const failed = findings.find(({ outcome }) => outcome === 'failed');
  if (failed === undefined) return { ok: true, messageCount: messageCount ?? 0 };
  return { ok: false, code: failed.code, words: wordsOf(failed) };
}

/** The server's own words if it said any, else what is known of the failure. */
function wordsOf({ check, params }: ProbeFinding): string {
  const { serverText, ...known } = params;
  if (serverText !== undefined) return String(serverText);
  const details = Object.entries(known).map(([name, value]) => `${name}: ${value}`);
  return [`The ${check} step failed.`, ...details].join(' ');
}
