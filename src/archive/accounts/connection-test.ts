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
import type { TokenCredentials } from '../../mail/credentials.js';
import { MailFailure, type MailFailureCode } from '../../mail/errors.js';
import type { Pop3Credentials } from '../../mail/pop3/session.js';
import type { SmtpCredentials } from '../../mail/smtp/session.js';
import { RpcError } from '../errors.js';
import type { AccountCredentials } from '../oauth/account-credentials.js';
import { usesOAuth2, type AccountLinks } from '../oauth/account-links.js';
import { failureWords } from '../retrieval/failure-text.js';
import type { AccountStore } from './account-store.js';
import { validateConnection } from './account-validation.js';

/** What a test of protocol and sign-in found. */
export type CheckOutcome =
  | { readonly ok: true; readonly messageCount: number }
  | { readonly ok: false; readonly code: string; readonly words: string };

type ImapCredentials = Exclude<Pop3Credentials, { readonly method: 'apop' }>;

/** Tries the settings within the time that they give and at most 5 seconds. */
export interface ServerCheck {
  pop3(
    item: Pop3AccountItem,
    credentials: Pop3Credentials,
    options: AccountOptions,
  ): Promise<CheckOutcome>;
  imap(
    item: Pop3AccountItem,
    credentials: ImapCredentials,
    options: AccountOptions,
    mailbox: string,
  ): Promise<CheckOutcome>;
  /** @param credentials null: without signing in */
  smtp(
    item: SmtpAccountItem,
    credentials: SmtpCredentials | null,
    options: AccountOptions,
  ): Promise<CheckOutcome>;
}

/** A mail server could not be asked. */
export const checkFailed = (code: string, words: string): RpcError =>
  new RpcError('checkFailed', `[${code}] ${words}`.trim());

export const checkFailedBy = (failure: MailFailure): RpcError =>
  checkFailed(failure.code, failureWords(failure));

export interface ConnectionTestDependencies {
  readonly accounts: AccountStore;
  readonly links: AccountLinks;
  readonly credentials: AccountCredentials;
  readonly check: ServerCheck;
}

interface Tested<I> {
  readonly realmId: number;
  /** The account whose stored password or link an empty one stands for; 0 = none. */
  readonly id: number;
  readonly item: I;
  readonly options: AccountOptions;
}

export class ConnectionTest {
  constructor(private readonly dependencies: ConnectionTestDependencies) {}

  /**
   * @returns number of messages in the mailbox
   * @throws RpcError checkFailed, invalidValue, oauth2Refused
   */
  async pop3(tested: Tested<Pop3AccountItem>): Promise<number> {
    const { item, options } = tested;
    const { check } = this.dependencies;
    if (usesOAuth2('pop3', item))
      return this.#withToken('pop3', tested, (token) => check.pop3(item, token, options));
    const password = await this.#incomingPassword(tested);
    const method = item.Authenticate === Pop3Authenticate.paAPop ? 'apop' : 'password';
    const credentials = { method, username: item.Username, password } as const;
    return succeeded(await check.pop3(item, credentials, options));
  }

  /** As `pop3`. @param mailbox folder to open; '' is the inbox */
  async imap(tested: Tested<Pop3AccountItem>, mailbox: string): Promise<number> {
    const { item, options } = tested;
    const { check } = this.dependencies;
    if (usesOAuth2('pop3', item))
      return this.#withToken('pop3', tested, (token) => check.imap(item, token, options, mailbox));
    if (item.Authenticate !== Pop3Authenticate.paLogin)
      throw checkFailed('authenticationUnavailable', 'IMAP has no APOP.');
    const password = await this.#incomingPassword(tested);
    const credentials = { method: 'password', username: item.Username, password } as const;
    return succeeded(await check.imap(item, credentials, options, mailbox));
  }

  /** As `pop3`, without a result. */
  async smtp(tested: Tested<SmtpAccountItem>): Promise<undefined> {
    const { realmId, id, item, options } = tested;
    const { check, accounts } = this.dependencies;
    validateConnection(item);
    if (usesOAuth2('smtp', item)) {
      await this.#withToken('smtp', tested, (token) => check.smtp(item, token, options));
      return;
    }
    if (item.Authenticate === SmtpAuthenticate.saNone) {
      succeeded(await check.smtp(item, null, options));
      return;
    }
    const stored = item.Password === '' ? await accounts.smtp(realmId, id) : null;
    const password = stored?.account.Password ?? item.Password;
    if (password === '') throw passwordNeeded();
    const credentials = { method: 'password', username: item.Username, password } as const;
    succeeded(await check.smtp(item, credentials, options));
  }

  async #incomingPassword({ realmId, id, item }: Tested<Pop3AccountItem>): Promise<string> {
    validateConnection(item);
    const { accounts } = this.dependencies;
    const stored = item.Password === '' ? await accounts.pop3(realmId, id) : null;
    const password = stored?.account.Password ?? item.Password;
    if (password === '') throw passwordNeeded();
    return password;
  }

  async #withToken(
    kind: 'pop3' | 'smtp',
    { realmId, id, item }: Tested<Pop3AccountItem | SmtpAccountItem>,
    test: (token: TokenCredentials) => Promise<CheckOutcome>,
  ): Promise<number> {
    validateConnection(item);
    const { links, credentials } = this.dependencies;
    const grant = await links.forTest(kind, realmId, id, item);
    if (grant === null) throw checkFailed('notLinked', 'The account is not linked.');
    const outcomes: CheckOutcome[] = [];
    const to = { kind, host: item.Host, username: item.Username };
    try {
      await credentials.withGrant(grant, to, async (token) => {
        const outcome = await test(token);
        outcomes.push(outcome);
        const isRefused =
          !outcome.ok && outcome.code === ('authenticationFailed' satisfies MailFailureCode);
        if (isRefused) throw new MailFailure('authenticationFailed');
      });
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      if (error.code !== 'authenticationFailed') throw checkFailedBy(error);
    }
    return succeeded(outcomes.at(-1) ?? { ok: false, code: 'notLinked', words: '' });
  }
}

const passwordNeeded = (): RpcError =>
  checkFailed('passwordNeeded', 'No password was given and none is stored for this account.');

function succeeded(outcome: CheckOutcome): number {
  if (!outcome.ok) throw checkFailed(outcome.code, outcome.words);
  return outcome.messageCount;
}
