/**
 * Settings check of an account. The archive's own check is the verdict, because the archive is what will fetch and
 * send; only when it fails without saying why, the bridge tries the same values itself to explain it. The whole ends
 * within five seconds.
 */
import { ArchiveFailure } from '../../greyhound/index.js';
import {
  advise,
  type Advice,
  type AdviceCode,
  type FailedAttempt,
} from '../../mail/advice/index.js';
import { fieldOf, type ProbeFinding, type ProbeResult } from '../../mail/check/findings.js';
import { MailFailure, type MailFailureCode } from '../../mail/errors.js';
import { failedCheck } from '../archive-faults.js';
import { mailFailures } from '../texts/mail-failures.js';
import type { Language, MessageCode } from '../texts/index.js';
import { finding, type Finding } from './finding.js';

/** One account's values, ready to be tried. */
export interface AccountTrial {
  /** What is tried, for the advice on its failure. */
  readonly attempt: Omit<FailedAttempt, 'failure'>;
  /** The archive's check; rejects when it fails. */
  readonly verify: () => Promise<unknown>;
  /** Whether a failure means something: false when the archive may have tried without the stored password. */
  readonly verdictCounts: boolean;
  /** What may have been missing when it means nothing. */
  readonly lacking: keyof typeof lackings;
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
    const told = toldFailure(answer.error, trial);
    if (!trial.verdictCounts) return [say(lackings[trial.lacking])];
    if (told.explained) return [say(told)];
    const probed = await (explanation ?? explain(trial, startedAt));
    return [say(told), ...explained(probed, trial, language)];
  }
  const probed = await (explanation ?? explain(trial, startedAt));
  return [
    say({ outcome: 'warning', code: 'checkNotAnswered' }),
    ...explained(probed, trial, language),
  ];
}

interface Told {
  readonly outcome: 'failed' | 'warning';
  readonly code: MessageCode;
  readonly field: string | null;
  readonly params: Readonly<Record<string, string | number>>;
  readonly advice: Advice | null;
  /** Whether nothing needs to be added. */
  readonly explained: boolean;
}

const isMailCode = (code: string): code is MailFailureCode => Object.hasOwn(mailFailures, code);

/**
 * What the archive says. One that serves RpcMailBridge begins its message with a stable code in brackets.
 * @throws what is not a failed check: the archive is away, refuses our sign-in, or knows no such method
 */
function toldFailure(error: unknown, { attempt }: AccountTrial): Told {
  if (!(error instanceof ArchiveFailure) || error.code !== 'archiveFault') throw error;
  const text = String(error.params['serverText'] ?? '');
  const { code, words } = failedCheck(error) ?? { code: '', words: text };
  if (code === 'passwordNeeded') return lackings.passwordNeeded;
  const isKnown = isMailCode(code);
  const params = { serverText: isKnown ? words : text };
  const advice = advise({ ...attempt, failure: { code: isKnown ? code : null, params } });
  const outcome = advice !== null && PASSING.has(advice.code) ? 'warning' : 'failed';
  const told = { params, advice, outcome, explained: advice !== null } as const;
  if (!isKnown) return { ...told, code: 'archiveFault', field: null };
  return {
    ...told,
    code,
    field: fieldOf(new MailFailure(code), 'connect'),
    // Which other service it is stands in no code: the probe says it.
    explained: told.explained || code !== 'wrongProtocol',
  };
}

const untried = { outcome: 'warning', params: {}, advice: null, explained: true } as const;

const lackings = {
  passwordNeeded: { ...untried, code: 'passwordNeeded', field: 'password' },
  /** The archive may not use a stored link for a check. */
  linkNotTried: { ...untried, code: 'linkNotTried', field: null },
} as const satisfies Readonly<Record<string, Told>>;

/** The settings are right, the mailbox just cannot be had now. */
const PASSING: ReadonlySet<AdviceCode> = new Set<AdviceCode>(['mailboxLocked', 'tooManySignIns']);

async function explain(trial: AccountTrial, startedAt: number): Promise<readonly ProbeFinding[]> {
  if (trial.probe === null) return [];
  const left = LIMIT_MS - (performance.now() - startedAt);
  const result = await within(trial.probe(), left);
  return result?.findings ?? [];
}

function explained(
  probed: readonly ProbeFinding[],
  { attempt }: AccountTrial,
  language: Language,
): Finding[] {
  const findings = probed.map((found) =>
    finding({ ...found, origin: 'bridge', advice: adviceOn(found, attempt) }, language),
  );
  const works = probed.length > 0 && probed.every(({ outcome }) => outcome !== 'failed');
  if (!works) return findings;
  const note = { check: 'account', outcome: 'warning', code: 'probeSucceeded' } as const;
  return [...findings, finding({ ...note, origin: 'bridge' }, language)];
}

function adviceOn(
  { outcome, code, params }: ProbeFinding,
  attempt: AccountTrial['attempt'],
): Advice | null {
  return outcome !== 'ok' && isMailCode(code)
    ? advise({ ...attempt, failure: { code, params } })
    : null;
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
