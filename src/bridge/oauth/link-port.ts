/** What a save has to do with links: look at them, use them, end them. Implemented by links.ts. */
import { refuse } from '../failure.js';
import { nothingKnown, type AccountKind, type AccountRef, type KnownLinks } from './link.js';

/** The account that a save wants to link. */
export interface LinkWish {
  readonly kind: AccountKind;
  /** null: it is being created. */
  readonly accountId: number | null;
  readonly host: string;
  readonly username: string;
  readonly emailAddress: string | null;
}

/** A link that a save uses, and the steps that write it. */
export interface LinkUse {
  readonly linkId: string;
  readonly stepId: string;
  /** Step that writes the same to the SMTP account of the same name; null: none. */
  readonly copyStepId: string | null;
}

/** An account whose link a save ends. */
export interface LinkEnd {
  readonly account: AccountRef;
  readonly stepId: string;
}

export interface TouchedLinks {
  readonly uses: readonly LinkUse[];
  readonly ends: readonly LinkEnd[];
}

export interface LinkPort {
  known(): Promise<KnownLinks>;
  /**
   * The text that a link stands for; the link is not used by that.
   * @param field where the request names it
   * @throws BridgeFailure linkExpired, linkForOtherAccount, linkUsed, linkNotFinished, operationUnfinished
   */
  credentialFor(linkId: string, wish: LinkWish, field: string): Promise<string>;
  /** Durable before the operation's first step: its journal then says what became of the links. */
  begin(operationId: string, touched: TouchedLinks): Promise<void>;
  /** Notes what became of them. */
  settle(touched: TouchedLinks): Promise<void>;
  /** Saves that stood open may have been ended: notes what became of all links that they touched. */
  settleAll(): Promise<void>;
}

/** Where nothing can be linked. */
export const noLinks: LinkPort = {
  known: () => Promise.resolve(nothingKnown),
  credentialFor: (_linkId, _wish, field) => Promise.reject(refuse('linkExpired', { field })),
  begin: () => Promise.resolve(),
  settle: () => Promise.resolve(),
  settleAll: () => Promise.resolve(),
};
