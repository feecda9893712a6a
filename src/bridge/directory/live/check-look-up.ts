/** Tries the look-up with exactly the given settings: one question about nobody. Nothing is stored or remembered. */
import type { ConnectDependencies } from '../../../mail/endpoint.js';
import { finding, type Finding } from '../../checks/finding.js';
import type { Language, MessageCode } from '../../texts/index.js';
import { LookUpClient, type LookUpTarget } from './look-up-client.js';
import { LookUpFailure, type AnswerFault, type LookUpReason } from './look-up-failure.js';
import { contacts } from './look-up-kinds.js';
import { lookUp } from './look-up-session.js';

/** Nobody has it (RFC 2606 §2). */
const NOBODY = 'mail-bridge-check@example.invalid';

interface Shown {
  readonly code: MessageCode;
  /** Which setting to look at. */
  readonly field: string | null;
}

const faults: Readonly<Record<AnswerFault, Shown>> = {
  tokenRefused: { code: 'lookUpTokenRefused', field: 'token' },
  statusRefused: { code: 'lookUpStatusRefused', field: 'url' },
  redirected: { code: 'lookUpRedirected', field: 'url' },
  tooSlow: { code: 'lookUpTooSlow', field: 'timeoutMs' },
  answerTooLarge: { code: 'lookUpAnswerTooLarge', field: null },
  answerNotJson: { code: 'lookUpAnswerNotJson', field: 'url' },
  answerInvalid: { code: 'lookUpAnswerInvalid', field: null },
  notSetUp: { code: 'notConfigured', field: 'url' },
};

/** What mail servers are advised about these does not hold for an ERP. */
const untrusted: ReadonlySet<LookUpReason> = new Set([
  'tlsFailed',
  'plainExpected',
  'certificateUntrusted',
  'certificateExpired',
  'certificateNameMismatch',
]);

/** @returns one finding, which tells how long it took */
export async function checkLookUp(
  target: LookUpTarget,
  connect: ConnectDependencies,
  language: Language,
): Promise<Finding> {
  const client = new LookUpClient(target, connect);
  const startedAt = performance.now();
  const found = { check: 'lookUp', origin: 'erp' } as const;
  try {
    await lookUp(client, contacts, { addresses: [NOBODY], references: [], ids: [] });
    const durationMs = Math.round(performance.now() - startedAt);
    const params = { host: client.host, durationMs };
    return finding(
      { ...found, outcome: 'ok', code: 'lookUpAnswered', params, durationMs },
      language,
    );
  } catch (error) {
    if (!(error instanceof LookUpFailure)) throw error;
    const params = { ...error.params, timeoutMs: target.timeoutMs };
    const durationMs = performance.now() - startedAt;
    const shown = { ...shownAs(error.reason), params, durationMs };
    return finding({ ...found, outcome: 'failed', ...shown }, language);
  }
}

function shownAs(reason: LookUpReason): Shown {
  if (reason in faults) return faults[reason as AnswerFault];
  if (untrusted.has(reason)) return { code: 'lookUpNotTrusted', field: 'url' };
  return { code: reason as Exclude<LookUpReason, AnswerFault>, field: 'url' };
}
