/** What saving an account does to its link with a provider. */
import type { SignIn } from './sign-in-store.js';

export type LinkChange =
  /** It does not sign in by OAuth 2.0. */
  | { readonly link: 'drop' }
  | { readonly link: 'keep' }
  | {
      readonly link: 'set';
      readonly grantId: number;
      /** Somebody else than the mailbox signed in, as the administrator had named them. */
      readonly isDelegated: boolean;
      /** Becomes this account's, and nobody else's. */
      readonly signIn: SignIn;
    };

/** An account's own link. */
export interface OwnLink {
  readonly grantId: number;
  readonly isDelegated: boolean;
  readonly linkedAt: Date;
}
