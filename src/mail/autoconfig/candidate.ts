/** What the sources of autoconfiguration find. */
import type { MailProtocol } from '../customary-port.js';
import type { Security } from '../endpoint.js';
import type { MailProvider, SignInKind } from '../providers/index.js';

/** Where servers are looked for; the most trusted one first. */
export const SOURCES = [
  'providerTable',
  'domainConfiguration',
  'serviceRecords',
  'ispdb',
  'mailExchanger',
  'microsoft',
  'mailExchangerHost',
  'guess',
] as const;
export type Source = (typeof SOURCES)[number];

/** Why a server is offered. */
export type ReasonCode =
  | 'providerTable'
  | 'domainConfiguration'
  | 'domainConfigurationUnencrypted'
  | 'serviceRecord'
  | 'serviceRecordElsewhere'
  | 'ispdb'
  | 'mailExchangerProvider'
  | 'mailExchangerIspdb'
  | 'microsoft'
  | 'mailExchangerHost'
  | 'mailExchangerHostElsewhere'
  | 'guess';

export interface Reason {
  readonly code: ReasonCode;
  readonly params: Readonly<Record<string, string>>;
}

export interface ConfiguredServer {
  readonly protocol: MailProtocol;
  /** DNS name in ASCII. */
  readonly host: string;
  readonly port: number;
  readonly security: Security;
  /** null: a name of its own that only the provider tells. */
  readonly username: string | null;
  /** The preferred one first; empty: not known, or none needed. */
  readonly signIn: readonly SignInKind[];
}

export interface Candidate extends ConfiguredServer {
  readonly source: Source;
  readonly reason: Reason;
  /** Of the table, where it is known whose server this is. */
  readonly provider: MailProvider | null;
}
