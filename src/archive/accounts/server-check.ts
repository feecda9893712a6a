/** The connection test against the real mail server, through the archive's own egress rules and TLS trust. */
import { checkIncoming, checkSmtp } from '../../mail/check/check.js';
import type { ProbeFinding, ProbeResult } from '../../mail/check/findings.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import type { CheckOutcome, ServerCheck } from './connection-test.js';
import { endpointOf } from './mail-endpoint.js';

export function createServerCheck(dependencies: ConnectDependencies): ServerCheck {
  return {
    async pop3(item, credentials, options) {
      const endpoint = endpointOf(item, options);
      return outcomeOf(
        await checkIncoming({ protocol: 'pop3', endpoint, credentials }, dependencies),
      );
    },
    async imap(item, credentials, options, mailbox) {
      const endpoint = endpointOf(item, options);
      return outcomeOf(
        await checkIncoming({ protocol: 'imap', mailbox, endpoint, credentials }, dependencies),
      );
    },
    async smtp(item, credentials, options) {
      const endpoint = endpointOf(item, options);
      return outcomeOf(await checkSmtp({ endpoint, credentials }, dependencies));
    },
  };
}

function outcomeOf({ findings, messageCount }: ProbeResult): CheckOutcome {
  // a busy mailbox is no fault of the settings, but nothing can be fetched from it now
  const failed = findings.find(
    ({ outcome, code }) => outcome === 'failed' || code === 'temporarilyUnavailable',
  );
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
