/**
 * A marked mail through an SMTP account into a mailbox, found there and removed. Its headers keep answering machines,
 * mailing lists and tickets from reacting to it (RFC 3834 §5, RFC 2076 §3.9).
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pop3Protocol, RpcRoundTrip, type RoundTrip } from '../../greyhound/index.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import { Pop3Session } from '../../mail/pop3/session.js';
import { SmtpSession } from '../../mail/smtp/session.js';
import type { StoredPop3, StoredSmtp } from '../accounts/account-store.js';
import { endpointOf } from '../accounts/mail-endpoint.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';
import { failureText } from '../retrieval/failure-text.js';

export const ROUND_TRIP_HEADER = 'X-ERP-Mail-Bridge-Round-Trip';

/** Whoever asks over RPC waits 30 seconds. */
const LIMIT_MS = 25_000;
const FIRST_LOOK_MS = 300;
const BETWEEN_LOOKS_MS = 1500;
/** A server without TOP: our mail is smaller than this, others need not be read. */
const MAX_READ_BYTES = 16 * 1024;

interface Between {
  readonly pop3: StoredPop3;
  readonly smtp: StoredSmtp;
  /** Sender and recipient. */
  readonly address: string;
  readonly credentials: AccountCredentials;
  readonly connect: ConnectDependencies;
  readonly signal: AbortSignal;
}

type Step = 'send' | 'find' | 'remove';

/** Never rejects for what servers do. */
export async function runRoundTrip(between: Between): Promise<RoundTrip> {
  const startedAt = performance.now();
  const since = () => Math.max(1, Math.round(performance.now() - startedAt));
  const signal = AbortSignal.any([between.signal, AbortSignal.timeout(LIMIT_MS)]);
  const token = randomBytes(16).toString('hex');
  const trip = RpcRoundTrip.make();
  let step: Step = 'find';
  try {
    if (between.pop3.account.Protocol !== Pop3Protocol.ppPop3)
      throw new MailFailure('invalidInput', { field: 'protocol' });
    const before = await inMailbox(between, signal, (session) => uidlsOf(session));
    step = 'send';
    await send(between, signal, token);
    trip.SentMs = since();
    step = 'find';
    for (let pause = FIRST_LOOK_MS; trip.RemovedMs === 0; pause = BETWEEN_LOOKS_MS) {
      await sleep(pause, undefined, { signal }).catch(() => {
        throw new MailFailure('responseTimeout', { params: { awaited: 'mail' } });
      });
      await inMailbox(between, signal, async (session) => {
        const number = await findMarked(session, before, token);
        if (number === null) return;
        trip.FoundMs = since();
        step = 'remove';
        await session.dele(number);
      });
      if (trip.FoundMs > 0) trip.RemovedMs = since();
    }
    return trip;
  } catch (error) {
    if (!(error instanceof MailFailure)) throw error;
    const words = String(error.params['serverText'] ?? failureText(error));
    return { ...trip, FailedStep: step, Code: error.code, Words: words };
  }
}

/** One session that ends with QUIT: what it marks for deletion is gone when this resolves. */
async function inMailbox<T>(
  { pop3, connect, credentials }: Between,
  signal: AbortSignal,
  work: (session: Pop3Session) => Promise<T>,
): Promise<T> {
  const { realmId, account, options } = pop3;
  const session = await Pop3Session.connect(endpointOf(account, options), { ...connect, signal });
  const close = () => session.close();
  signal.addEventListener('abort', close);
  try {
    await credentials.pop3(realmId, account, (given) => session.login(given));
    const result = await work(session);
    await session.quit();
    return result;
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

const uidlsOf = async (session: Pop3Session): Promise<ReadonlySet<string>> =>
  new Set((await session.uidl())?.values() ?? []);

async function findMarked(
  session: Pop3Session,
  before: ReadonlySet<string>,
  token: string,
): Promise<number | null> {
  const uidls = await session.uidl();
  const listing = await session.list();
  const candidates = listing.filter(({ number, sizeBytes }) => {
    const uidl = uidls?.get(number);
    return sizeBytes <= MAX_READ_BYTES && (uidl === undefined || !before.has(uidl));
  });
  for (const { number } of candidates.reverse()) {
    const header = await session.top(number, 0).catch((error: unknown) => {
      if (error instanceof MailFailure && error.code === 'serverRefused')
        return session.retr(number);
      throw error;
    });
    if (header.includes(`${ROUND_TRIP_HEADER}: ${token}`)) return number;
  }
  return null;
}

async function send(between: Between, signal: AbortSignal, token: string): Promise<void> {
  const { smtp, connect, credentials, address } = between;
  const { realmId, account, options } = smtp;
  const session = await SmtpSession.connect(endpointOf(account, options), { ...connect, signal });
  try {
    await credentials.smtp(realmId, account, (given) => session.login(given));
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
