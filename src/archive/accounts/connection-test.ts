/**
 * CheckConnection: tries settings against the mail server and changes nothing there. A failed test is an RpcError
 * `checkFailed` whose message begins with the stable code in brackets, followed by the server's own words.
 */
import {
  Pop3Authenticate,
  SmtpAuthenticate,
  type AccountOptions,
  type Pop3AccountItem,
  type SmtpAccountItem,
} from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { AccountStore } from './account-store.js';
import { validateConnection } from './account-validation.js';

/** What a test of protocol and sign-in found. */
export type CheckOutcome =
  | { readonly ok: true; readonly messageCount: number }
  | { readonly ok: false; readonly code: string; readonly words: string };

/** Tries the settings, with their password, within the time that they give and at most 5 seconds. */
export interface ServerCheck {
  pop3(item: Pop3AccountItem, options: AccountOptions): Promise<CheckOutcome>;
  smtp(item: SmtpAccountItem, options: AccountOptions): Promise<CheckOutcome>;
}

/** A mail server could not be asked. */
export const checkFailed = (code: string, words: string): RpcError =>
  new RpcError('checkFailed', `[${code}] ${words}`.trim());

export class ConnectionTest {
  constructor(
    private readonly accounts: AccountStore,
    private readonly check: ServerCheck,
  ) {}

  /**
   * @param id the account whose stored password an empty one stands for; 0 = none
   * @returns number of messages in the mailbox
   * @throws RpcError checkFailed, invalidValue
   */
  async pop3(
    realmId: number,
    id: number,
    item: Pop3AccountItem,
    options: AccountOptions,
  ): Promise<number> {
    validateConnection(item);
    const stored = item.Password === '' ? await this.accounts.pop3(realmId, id) : null;
    const complete = { ...item, Password: stored?.account.Password ?? item.Password };
    if (complete.Password === '' && item.Authenticate !== Pop3Authenticate.paOAuth2)
      throw passwordNeeded();
    return succeeded(await this.check.pop3(complete, options));
  }

  /** As `pop3`, without a result. */
  async smtp(
    realmId: number,
    id: number,
    item: SmtpAccountItem,
    options: AccountOptions,
  ): Promise<undefined> {
    validateConnection(item);
    const stored = item.Password === '' ? await this.accounts.smtp(realmId, id) : null;
    const complete = { ...item, Password: stored?.account.Password ?? item.Password };
    if (complete.Password === '' && item.Authenticate === SmtpAuthenticate.saLogin)
      throw passwordNeeded();
    succeeded(await this.check.smtp(complete, options));
  }
}

const passwordNeeded = (): RpcError =>
  checkFailed('passwordNeeded', 'No password was given and none is stored for this account.');

function succeeded(outcome: CheckOutcome): number {
  if (!outcome.ok) throw checkFailed(outcome.code, outcome.words);
  return outcome.messageCount;
}
