/** The account lists as callers see them, with what guards their changes. Pure. */
import { factsOf, type AccountSnapshot } from '../provisioning/snapshot.js';
import type { Limits } from '../provisioning/verify.js';
import { incomingFromWire } from './incoming-wire.js';
import type { IncomingAccount, SmtpAccount } from './schemas.js';
import { smtpFromWire } from './smtp-wire.js';

/** In the order of their ids; those beyond the limit come last and are managed externally (SAL-24). */
export const incomingViews = (snapshot: AccountSnapshot, limits: Limits): IncomingAccount[] =>
  snapshot.incoming.map((account) =>
    incomingFromWire(account, factsOf(snapshot, 'incoming', account.ID, limits.incoming)),
  );

export const smtpViews = (snapshot: AccountSnapshot, limits: Limits): SmtpAccount[] =>
  snapshot.smtp.map((account) =>
    smtpFromWire(account, factsOf(snapshot, 'smtp', account.ID, limits.smtp)),
  );
