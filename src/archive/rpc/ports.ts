/** What the RPC services need from the parts of the archive that move mail. */
import type { AccountKind } from '../accounts/account-store.js';
import type { Filter, QuarantineItem } from '../../greyhound/index.js';

/** Waiting mail of one account: in quarantine (incoming) or in the outbox (SMTP). */
export interface WaitingMail {
  readonly kind: AccountKind;
  readonly id: number;
  readonly count: number;
  /** Null when none waits. */
  readonly oldest: Date | null;
}

export interface TrafficStatus {
  /** Accounts with nothing waiting may be left out. */
  waiting(realmId: number): Promise<readonly WaitingMail[]>;
  /** Fetches and sends now for the accounts of this realm; does not wait for the end. */
  sendAndReceiveNow(realmId: number): void;
}

export interface Quarantine {
  list(realmId: number): Promise<QuarantineItem[]>;
  /** Forgets the failed tries. @throws RpcError notFound */
  retry(realmId: number, id: number): Promise<void>;
}

export interface RuleRunner {
  /** @throws RpcError notFound, or invalidValue for a rule that is not compiled */
  runOnItems(realmId: number, ruleId: number, itemIds: readonly number[]): Promise<void>;
}

export interface ItemQuery {
  idsOfFilter(realmId: number, filter: Filter): Promise<number[]>;
}

export interface ScriptCompiler {
  compile(source: string): { readonly ok: true } | { readonly ok: false; readonly message: string };
}
