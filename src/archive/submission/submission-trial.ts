/**
 * What is tried with an SMTP account beyond signing in: whether it may send as certain addresses, and whether a mail
 * that it takes arrives.
 */
import { RpcSenderCheck, type RoundTrip, type SenderCheck } from '../../greyhound/index.js';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { MailFailure } from '../../mail/errors.js';
import type { SmtpSession, SenderVerdict } from '../../mail/smtp/session.js';
import type { Arming } from '../../platform/arming.js';
import type { AccountStore, StoredPop3, StoredSmtp } from '../accounts/account-store.js';
import { checkFailed, checkFailedBy } from '../accounts/connection-test.js';
import { RpcError } from '../errors.js';
import { isMailAddress } from '../items/mime/addresses.js';
import { invalid } from '../objects/validation.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';
import { CALL_LIMIT_MS } from '../retrieval/in-turn.js';
import type { MailboxScheduler } from '../retrieval/scheduler.js';
import type { SubmissionTrial } from '../rpc/ports.js';
import { runRoundTrip } from './round-trip.js';
import { openSubmission } from './submission-session.js';

const MAX_SENDERS = 100;

export interface TrialDependencies {
  readonly accounts: AccountStore;
  readonly credentials: AccountCredentials;
  readonly connect: ConnectDependencies;
  readonly arming: Arming;
  readonly scheduler: Pick<MailboxScheduler, 'inTurn'>;
}

export class SubmissionTrials implements SubmissionTrial {
  constructor(private readonly dependencies: TrialDependencies) {}

  async senders(
    realmId: number,
    smtpId: number,
    senders: readonly string[],
  ): Promise<SenderCheck[]> {
    const stored = await this.#smtp(realmId, smtpId);
    if (senders.length > MAX_SENDERS) throw invalid('Senders', `must be at most ${MAX_SENDERS}`);
    const wrong = senders.find((sender) => !isMailAddress(sender));
    if (wrong !== undefined) throw invalid('Senders', 'must be e-mail addresses');
    const limit = AbortSignal.timeout(CALL_LIMIT_MS);
    let session: SmtpSession | null = null;
    try {
      const checks: SenderCheck[] = [];
      for (const sender of senders) {
        if (session?.isOpen !== true)
          session = await openSubmission(stored, this.dependencies, limit);
        // the sender itself is the recipient: an address that surely may be written to from there
        const verdict = await session.probeSender({ from: sender, recipient: sender });
        checks.push(senderCheck(sender, verdict));
      }
      await session?.quit();
      return checks;
    } catch (error) {
      throw error instanceof MailFailure ? checkFailedBy(error) : error;
    } finally {
      session?.destroy();
    }
  }

  async roundTrip(
    realmId: number,
    { pop3Id, smtpId, address }: { pop3Id: number; smtpId: number; address: string },
  ): Promise<RoundTrip> {
    const smtp = await this.#smtp(realmId, smtpId);
    const pop3 = await this.#pop3(realmId, pop3Id);
    if (!isMailAddress(address)) throw invalid('Address', 'must be one e-mail address');
    if (this.dependencies.arming.disarmed !== null)
      throw checkFailed('notArmed', 'Nothing is sent until an administrator confirms.');
    return runRoundTrip({ pop3, smtp, address }, this.dependencies);
  }

  async #smtp(realmId: number, id: number): Promise<StoredSmtp> {
    const stored = await this.dependencies.accounts.smtp(realmId, id);
    if (stored === null) throw new RpcError('notFound', `There is no account ${id}.`);
    return stored;
  }

  async #pop3(realmId: number, id: number): Promise<StoredPop3> {
    const stored = await this.dependencies.accounts.pop3(realmId, id);
    if (stored === null) throw new RpcError('notFound', `There is no account ${id}.`);
    return stored;
  }
}

function senderCheck(Sender: string, verdict: SenderVerdict): SenderCheck {
  if (verdict.accepted) return RpcSenderCheck.make({ Sender, Accepted: true });
  const { stage: Stage, reply } = verdict;
  return RpcSenderCheck.make({
    Sender,
    Stage,
    ReplyCode: reply.code,
    EnhancedCode: reply.enhancedCode ?? '',
    Words: reply.text,
  });
}
