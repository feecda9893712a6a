/** What is known about a mail provider: where its servers are, how one signs in, what has to be switched on there. */
import type { Security } from '../endpoint.js';

export interface ProviderServer {
  readonly protocol: 'pop3' | 'imap' | 'smtp';
  readonly host: string;
  readonly port: number;
  readonly security: Security;
  /** The whole address, the part before the `@`, or a name of its own that the provider's customer menu tells. */
  readonly username: 'address' | 'localPart' | 'own';
}

/** `appPassword`: a password made for this purpose in the provider's settings; the one of the mailbox is refused. */
export type SignInKind = 'oauth2' | 'appPassword' | 'password';

export interface MailProvider {
  readonly id: string;
  /** As its customers know it. */
  readonly name: string;
  /** Domains of addresses that the provider gives out, in ASCII; `.example` stands for every domain below. */
  readonly domains: readonly string[];
  /** Ends of the MX host names of domains that are hosted there, e.g. `.mail.protection.outlook.com`. */
  readonly mailExchangers: readonly string[];
  /** The preferred one first, one per protocol at least where it is offered. */
  readonly servers: readonly ProviderServer[];
  /** Servers under the name of the domain's own mail exchanger, for providers with a machine per customer. */
  readonly exchangerServers: readonly Omit<ProviderServer, 'host'>[];
  /** The preferred one first. */
  readonly signIn: readonly SignInKind[];
  /** Whose sign-in page it is; null: none that can be used for mail. */
  readonly oauth: 'google' | 'microsoft' | null;
  /** Where a user switches POP3 and IMAP on, or reads how; null: they are on, or there is no such page. */
  readonly protocolSwitchPage: string | null;
  /** Where a user makes an app password, or reads how; null: none needed. */
  readonly appPasswordPage: string | null;
  /**
   * Whether its submission servers put a copy of what they take into the folder for sent mails. Microsoft:
   * https://techcommunity.microsoft.com/t5/exchange-team-blog/ba-p/607825; Google: reports of many mail programs.
   */
  readonly savesSentMail: boolean;
  /** Where these settings can be read: Mozilla's database of providers, or the provider's help. */
  readonly source: string;
  /** ISO date on which the row was last compared with its source. */
  readonly readOn: string;
}
