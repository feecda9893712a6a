/**
 * Settings check of an account. The archive's own check is the verdict, because the archive is what will fetch and
 * send; only when it fails without saying why, the bridge tries the same values itself to explain it. The whole ends
 * within five seconds.
 */
import { ArchiveFailure } from '../../greyhound/index.js';
import { fieldOf, type ProbeFinding, type ProbeResult } from '../../mail/check/findings.js';
import { MailFailure, type MailFailureCode } from '../../mail/errors.js';
import { failedCheck } from '../archive-faults.js';
import { mailFailures } from '../texts/mail-failures.js';
import type { Language, MessageCode } from '../texts/index.js';
import { finding, type Finding } from './finding.js';

/** One account's values, ready to be tried. */
export interface AccountTrial {
  /** The archive's check; rejects when it fails. */
  readonly verify: () => Promise<unknown>;
  /** Whether a failure means something: false when the archive may have tried without the stored password. */
  readonly verdictCounts: boolean;
  /** The same from the bridge; null when the bridge does not know the password. */
  readonly probe: (() => Promise<ProbeResult>) | null;
  readonly successCode: Extract<MessageCode, 'settingsCorrect' | 'sendingPossible'>;
}

const LIMIT_MS = 4_900;
/** When the archive has not answered by then, the explanation is prepared beside it. */
const PATIENCE_MS = 2_000;

export async function checkAccount(trial: AccountTrial, language: Language): Promise<Finding[]> {
  const startedAt = performance.now();
  const verdict = trial.verify().then(
    () => ({ outcome: 'ok' }) as const,
    (error: unknown) => ({ outcome: 'failed', error }) as const,
  );
  const early = await within(verdict, PATIENCE_MS);
  const explanation = early === null ? explain(trial, startedAt) : null;
  const answer = early ?? (await within(verdict, LIMIT_MS - (performance.now() - startedAt)));
  const durationMs = performance.now() - startedAt;
  const say = (found: Omit<Parameters<typeof finding>[0], 'check' | 'origin' | 'durationMs'>) =>
    finding({ check: 'account', origin: 'archive', durationMs, ...found }, language);

  if (answer?.outcome === 'ok') return [say({ outcome: 'ok', code: trial.successCode })];
  if (answer !== null) {
    const told = toldFailure(answer.error);
    if (told.code === 'passwordNeeded' || !trial.verdictCounts)
      return [say({ outcome: 'warning', code: 'passwordNeeded', field: 'password' })];
    if (told.explained) return [say({ ...told, outcome: 'failed' })];
    const probed = await (explanation ?? explain(trial, startedAt));
    return [say({ ...told, outcome: 'failed' }), ...explained(probed, language)];
  }
  const probed = await (explanation ?? explain(trial, startedAt));
  return [say({ outcome: 'warning', code: 'checkNotAnswered' }), ...explained(probed, language)];
}

interface Told {
  readonly code: MessageCode;
  readonly field: string | null;
  readonly params: Readonly<Record<string, string | number>>;
  /** Whether nothing needs to be added. */
  readonly explained: boolean;
}

const isMailCode = (code: string): code is MailFailureCode => Object.hasOwn(mailFailures, code);

/**
 * What the archive says. One that serves RpcMailBridge begins its message with a stable code in brackets.
 * @throws what is not a failed check: the archive is away, refuses our sign-in, or knows no such method
 */
function toldFailure(error: unknown): Told {
  if (!(error instanceof ArchiveFailure) || error.code !== 'archiveFault') throw error;
  const text = String(error.params['serverText'] ?? '');
  const { code, words } = failedCheck(error) ?? { code: '', words: text };
  if (code === 'passwordNeeded') return { code, field: 'password', params: {}, explained: true };
  if (!isMailCode(code)) {
    const params = { serverText: text };
    return { code: 'archiveFault', field: null, params, explained: false };
  }
  const field = fieldOf(new MailFailure(code), 'connect');
  // Which other service it is stands in no code: the probe says it.
  return { code, field, params: { serverText: words }, explained: code !== 'wrongProtocol' };
}

async function explain(trial: AccountTrial, startedAt: number): Promise<readonly ProbeFinding[]> {
  if (trial.probe === null) return [];
  const left = LIMIT_MS - (performance.now() - startedAt);
  const result = await within(trial.probe(), left);
  return result?.findings ?? [];
}

function explained(probed: readonly ProbeFinding[], language: Language): Finding[] {
  const findings = probed.map((found) => finding({ ...found, origin: 'bridge' }, language));
  const works = probed.length > 0 && probed.every(({ outcome }) => outcome !== 'failed');
  if (!works) return findings;
  const note = { check: 'account', outcome: 'warning', code: 'probeSucceeded' } as const;
  return [...findings, finding({ ...note, origin: 'bridge' }, language)];
}

/** Null when the time is up first. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<null>((resolve) => {
    timer = setTimeout(
      () => {
        resolve(null);
      },
      Math.max(0, ms),
    );
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
  }
}
