/**
 * A marked mail through an SMTP account into a mailbox, found there and removed. Its headers keep answering machines,
 * mailing lists and tickets from reacting to it (RFC 3834 §5, RFC 2076 §3.9).
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RpcRoundTrip, type RoundTrip } from '../../greyhound/index.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import type { StoredPop3, StoredSmtp } from '../accounts/account-store.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';
import { failureWords } from '../retrieval/failure-text.js';
import { CALL_LIMIT_MS, inTurnWithin } from '../retrieval/in-turn.js';
import { inMailbox } from '../retrieval/open-mailbox.js';
import type { RemoteMailbox } from '../retrieval/remote-mailbox.js';
import type { MailboxScheduler } from '../retrieval/scheduler.js';
import { openSubmission } from './submission-session.js';

export const ROUND_TRIP_HEADER = 'X-ERP-Mail-Bridge-Round-Trip';

const FIRST_LOOK_MS = 300;
const BETWEEN_LOOKS_MS = 1500;
/** Our mail is smaller than this, others need not be looked at. */
const MAX_READ_BYTES = 16 * 1024;

interface Between {
  readonly pop3: StoredPop3;
  readonly smtp: StoredSmtp;
  /** Sender and recipient. */
  readonly address: string;
}

interface TripDependencies {
  readonly credentials: AccountCredentials;
  readonly connect: ConnectDependencies;
  readonly scheduler: Pick<MailboxScheduler, 'inTurn'>;
}

/** How far it came. */
interface Progress {
  readonly trip: RoundTrip;
  step: 'send' | 'find' | 'remove';
}

/** Never rejects for what servers do. */
export async function runRoundTrip(
  between: Between,
  dependencies: TripDependencies,
): Promise<RoundTrip> {
  const { realmId, account } = between.pop3;
  const mailbox = { realmId, accountId: account.ID };
  const progress: Progress = { trip: RpcRoundTrip.make(), step: 'find' };
  try {
    // the mailbox is ours meanwhile: the mail must not be fetched as if somebody had written it
    await inTurnWithin(CALL_LIMIT_MS, dependencies.scheduler, mailbox, (signal) =>
      travel(between, dependencies, signal, progress),
    );
    return progress.trip;
  } catch (error) {
    if (!(error instanceof MailFailure)) throw error;
    const { trip, step: FailedStep } = progress;
    return { ...trip, FailedStep, Code: error.code, Words: failureWords(error) };
  }
}

async function travel(
  between: Between,
  dependencies: TripDependencies,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  const { trip } = progress;
  const startedAt = performance.now();
  const since = () => Math.max(1, Math.round(performance.now() - startedAt));
  const token = randomBytes(16).toString('hex');
  /** What it marks for deletion is gone when this resolves. */
  const visit = <T>(work: (mailbox: RemoteMailbox) => Promise<T>): Promise<T> =>
    inMailbox(between.pop3, dependencies, { signal, isReadOnly: false }, async (mailbox) => {
      const result = await work(mailbox);
      await mailbox.quit();
      return result;
    });
  const before = await visit(async (mailbox) => (await mailbox.list()).uidls);
  progress.step = 'send';
  await send(between, dependencies, signal, token);
  trip.SentMs = since();
  progress.step = 'find';
  for (let pause = FIRST_LOOK_MS; trip.RemovedMs === 0; pause = BETWEEN_LOOKS_MS) {
    await sleep(pause, undefined, { signal }).catch(() => {
      throw new MailFailure('responseTimeout', { params: { awaited: 'mail' } });
    });
    await visit(async (mailbox) => {
      const number = await findMarked(mailbox, before, token);
      if (number === null) return;
      trip.FoundMs = since();
      progress.step = 'remove';
      const [result] = await mailbox.deleteAll([number]);
      if (result?.failure) throw result.failure;
    });
    if (trip.FoundMs > 0) trip.RemovedMs = since();
  }
}

async function findMarked(
  mailbox: RemoteMailbox,
  before: ReadonlySet<string>,
  token: string,
): Promise<number | null> {
  const { mails } = await mailbox.list((uidl) => before.has(uidl));
  const candidates = mails.filter(
    ({ uidl, sizeBytes }) => sizeBytes <= MAX_READ_BYTES && (uidl === null || !before.has(uidl)),
  );
  for (const { number } of candidates.reverse()) {
    const header = await mailbox.header(number);
    if (header.includes(`${ROUND_TRIP_HEADER}: ${token}`)) return number;
  }
  return null;
}

async function send(
  { smtp, address }: Between,
  dependencies: TripDependencies,
  signal: AbortSignal,
  token: string,
): Promise<void> {
  const session = await openSubmission(smtp, dependencies, signal);
  try {
    const result = await session.submit(
      { from: address, to: [address] },
      markedMail(address, token),
    );
    if (result.outcome === 'accepted' && result.rejected.length === 0) return;
    throw result.outcome === 'accepted'
      ? new MailFailure('serverRefused', { params: { serverText: result.rejected[0]?.text ?? '' } })
      : result.failure;
  } finally {
    void session.quit();
  }
}

function markedMail(address: string, token: string): Buffer {
  const domain = address.slice(address.lastIndexOf('@') + 1);
  const lines = [
    `From: <${address}>`,
    `To: <${address}>`,
    'Subject: ERP mail bridge: round trip test',
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <round-trip.${token}@${domain}>`,
    `${ROUND_TRIP_HEADER}: ${token}`,
    `X-Loop: ${address}`,
    'Auto-Submitted: auto-generated',
    'Precedence: bulk',
    'X-Auto-Response-Suppress: All',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'This mail tests whether the mailbox can send and receive. It can be deleted.',
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}
