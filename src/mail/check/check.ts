/**
 * Settings checks: try exactly what is given, change nothing on the server, and end in time whatever stands at the
 * other end. Commands sent: POP3 CAPA, STLS, sign-in, STAT, QUIT; IMAP CAPABILITY, STARTTLS, ID, sign-in, NAMESPACE, LIST,
 * LSUB, EXAMINE, LOGOUT; SMTP EHLO, STARTTLS, AUTH, QUIT; and one PING on a separate connection to a server that does
 * not greet.
 */
import type { MailProtocol } from '../customary-port.js';
import type { ConnectDependencies, ConnectStep, MailEndpoint } from '../endpoint.js';
import { classifyError, MailFailure } from '../errors.js';
import type { ImapCredentials } from '../imap/session.js';
import { MAILBOX_LOCKED } from '../pop3/replies.js';
import { Pop3Session, type Pop3Credentials } from '../pop3/session.js';
import { SmtpSession, type SmtpCredentials } from '../smtp/session.js';
import { diagnose, wrongProtocol } from './diagnosis.js';
import {
  fieldOf,
  STEP_OF,
  type CheckStep,
  type ProbeFinding,
  type ProbeResult,
} from './findings.js';

/** Below the 5 seconds that are promised. */
const LIMIT_MS = 4700;

/** After this time without a greeting another connection looks at what is there. */
const SILENCE_MS = 1200;

/** Credentials of null check without signing in. */
export type IncomingCheck = { readonly endpoint: MailEndpoint } & (
  | { readonly protocol: 'pop3'; readonly credentials: Pop3Credentials | null }
  | {
      readonly protocol: 'imap';
      /** The folder to open; the inbox unless told. */
      readonly mailbox?: string;
      readonly credentials: ImapCredentials | null;
    }
);

export interface SmtpCheck {
  readonly endpoint: MailEndpoint;
  /** null checks without signing in. */
  readonly credentials: SmtpCredentials | null;
}

/** Never rejects for what servers do. */
export async function checkIncoming(
  check: IncomingCheck,
  dependencies: ConnectDependencies,
): Promise<ProbeResult> {
  let messageCount: number | null = null;
  const { protocol, endpoint } = check;
  const findings = await probe(protocol, endpoint, dependencies, async (run) => {
    const mailbox = await openMailbox(check, run);
    if (mailbox.login !== null) {
      run.enter('login');
      await signIn(mailbox.login, run);
      run.signedIn(mailbox.isSecretSent);
      run.enter('mailbox');
      messageCount = await mailbox.messageCount();
      run.passed('mailbox', { messageCount });
    }
    await goodbye(mailbox.quit());
  });
  return { findings, messageCount };
}

/** A session with a mailbox, as far as a check needs one. */
interface CheckedMailbox {
  /** null checks without signing in. */
  readonly login: (() => Promise<void>) | null;
  /** Whether signing in sends what lets others sign in. */
  readonly isSecretSent: boolean;
  readonly messageCount: () => Promise<number>;
  readonly quit: () => Promise<void>;
}

async function openMailbox(check: IncomingCheck, run: ProbeRun): Promise<CheckedMailbox> {
  const isSecretSent = check.credentials?.method !== 'apop';
  if (check.protocol === 'imap') {
    // its library is large, and POP3 does not need it
    const { ImapSession } = await import('../imap/session.js');
    const session = await ImapSession.connect(run.endpoint, run.dependencies, run);
    const { credentials } = check;
    return {
      login: credentials && (() => session.login(credentials)),
      isSecretSent,
      messageCount: () => session.messageCount(check.mailbox),
      quit: () => session.quit(),
    };
  }
  const session = await Pop3Session.connect(run.endpoint, run.dependencies, run);
  const { credentials } = check;
  return {
    login: credentials && (() => session.login(credentials)),
    isSecretSent,
    messageCount: async () => (await session.stat()).messageCount,
    quit: () => session.quit(),
  };
}

async function signIn(login: () => Promise<void>, run: ProbeRun): Promise<void> {
  try {
    await login();
  } catch (error) {
    // the server knows the user and says that the mailbox is busy (RFC 2449 §8.1, RFC 5530)
    if (isMailboxBusy(error)) {
      run.passed('login');
      run.enter('mailbox');
    }
    throw error;
  }
}

/** Never rejects for what servers do. */
export async function checkSmtp(
  { endpoint, credentials }: SmtpCheck,
  dependencies: ConnectDependencies,
): Promise<ProbeResult> {
  const findings = await probe('smtp', endpoint, dependencies, async (run) => {
    const session = await SmtpSession.connect(run.endpoint, run.dependencies, run);
    if (credentials !== null) {
      run.enter('login');
      await session.login(credentials);
      run.signedIn(true);
    }
    await goodbye(session.quit());
  });
  return { findings, messageCount: null };
}

/** Of POP3 (RFC 2449 §8.1) and IMAP (RFC 5530): others are at the mailbox. */
const BUSY = new Set(['IN-USE', 'LOGIN-DELAY', 'INUSE', 'LIMIT']);

function isMailboxBusy(error: unknown): boolean {
  if (!(error instanceof MailFailure) || error.code !== 'temporarilyUnavailable') return false;
  const { responseCode, serverText } = error.params;
  return responseCode === undefined
    ? MAILBOX_LOCKED.test(String(serverText ?? ''))
    : BUSY.has(String(responseCode));
}

/** The verdict is known: the server's answer to QUIT is awaited for courtesy only. */
async function goodbye(quit: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, 300)));
  await Promise.race([quit.catch(() => undefined), enough]);
  clearTimeout(timer);
}

/** One check under way: collects findings, knows which step it is in. */
class ProbeRun {
  readonly findings: ProbeFinding[] = [];
  step: CheckStep = 'name';
  hasGreeting = false;
  #since = performance.now();

  constructor(
    readonly endpoint: MailEndpoint,
    readonly dependencies: ConnectDependencies,
  ) {}

  readonly onProgress = (done: ConnectStep) => {
    if (done === 'name') this.passed('egress');
    if (done === 'greeting') this.hasGreeting = true;
    this.passed(done);
    if (done === 'tls' && this.endpoint.tlsException !== null)
      this.#add('tls', 'warning', 'certificateException', 'security');
    this.enter(this.#after(done));
  };

  #after(done: ConnectStep): CheckStep {
    const { security } = this.endpoint;
    if (done === 'name') return 'connect';
    if (done === 'connect') return security === 'tls' ? 'tls' : 'greeting';
    if (done === 'greeting' && security === 'starttls') return 'tls';
    if (done === 'tls' && security === 'tls') return 'greeting';
    return 'capabilities';
  }

  enter(step: CheckStep): void {
    this.step = step;
  }

  passed(step: CheckStep, params: ProbeFinding['params'] = {}): void {
    this.#add(step, 'ok', 'passed', null, params);
  }

  signedIn(withPassword: boolean): void {
    this.passed('login');
    if (withPassword && this.endpoint.security === 'none')
      this.#add('login', 'warning', 'clearTextLogin', 'security');
  }

  failed(failure: MailFailure): void {
    const step = STEP_OF[failure.code] ?? this.step;
    const outcome = step === 'mailbox' && isMailboxBusy(failure) ? 'warning' : 'failed';
    this.#add(step, outcome, failure.code, fieldOf(failure, step), failure.params);
  }

  #add(
    check: CheckStep,
    outcome: ProbeFinding['outcome'],
    code: ProbeFinding['code'],
    field: ProbeFinding['field'],
    params: ProbeFinding['params'] = {},
  ): void {
    const now = performance.now();
    const durationMs = Math.round(now - this.#since);
    this.#since = now;
    this.findings.push({ check, outcome, code, field, params, durationMs });
  }
}

/** Runs the steps; when the greeting does not come or is not understood, finds out why. */
async function probe(
  expected: MailProtocol,
  given: MailEndpoint,
  dependencies: ConnectDependencies,
  steps: (run: ProbeRun) => Promise<void>,
): Promise<ProbeFinding[]> {
  const end = new AbortController();
  const signals = [end.signal, ...(dependencies.signal ? [dependencies.signal] : [])];
  const limited = { ...dependencies, signal: AbortSignal.any(signals) };
  const endpoint = { ...given, timeoutMs: Math.min(given.timeoutMs, LIMIT_MS) };
  const run = new ProbeRun(endpoint, limited);
  const timers: NodeJS.Timeout[] = [];
  const after = <T>(ms: number, then: () => T | PromiseLike<T>) =>
    new Promise<void>((resolve) => timers.push(setTimeout(resolve, ms))).then(then);
  let look: Promise<MailFailure | null> | null = null;
  const explain = () => (look ??= diagnose(expected, endpoint, limited));

  const verdict = steps(run).then(
    () => null,
    async (error: unknown) => {
      const failure = withPort(classifyError(error), expected, endpoint);
      return needsExplanation(failure, run) ? ((await explain()) ?? failure) : failure;
    },
  );
  const silent = after(SILENCE_MS, async () => {
    const isSilent = !run.hasGreeting && (run.step === 'greeting' || run.step === 'tls');
    const explanation = isSilent ? await explain() : null;
    return explanation !== null && !run.hasGreeting ? explanation : verdict;
  });
  const limit = after(LIMIT_MS, () => lateIn(run.step));

  const failure = await Promise.race([verdict, silent, limit]);
  timers.forEach(clearTimeout);
  if (failure !== null) run.failed(failure);
  const findings = [...run.findings];
  end.abort();
  return findings;
}

function withPort(
  failure: MailFailure,
  expected: MailProtocol,
  endpoint: MailEndpoint,
): MailFailure {
  const { found } = failure.params;
  return failure.code === 'wrongProtocol' && typeof found === 'string'
    ? wrongProtocol(found, expected, endpoint)
    : failure;
}

const UNCLEAR: ReadonlySet<string> = new Set([
  'responseTimeout',
  'connectionLost',
  'protocolViolation',
  'plainExpected',
  'tlsFailed',
]);

function needsExplanation(failure: MailFailure, run: ProbeRun): boolean {
  return !run.hasGreeting && UNCLEAR.has(failure.code);
}

function lateIn(step: CheckStep): MailFailure {
  if (step === 'name') return new MailFailure('nameLookupFailed');
  if (step === 'connect') return new MailFailure('connectTimeout');
  return new MailFailure('responseTimeout', { params: { awaited: step } });
}
