/** Signing in at mail providers by OAuth2: links of accounts, and the providers themselves. */
import type { Kysely } from 'kysely';
import type { Arming } from '../../platform/arming.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import type { Vault } from '../../platform/vault.js';
import type { ArchiveAccess } from '../archive-access.js';
import type { Saving } from '../changesets/save.js';
import type { AnyRoute } from '../http/route.js';
import type { OperationJournal } from '../provisioning/journal.js';
import { AccountLinks } from './account-links.js';
import { LinkStore } from './link-store.js';
import { LinkWatch } from './link-watch.js';
import { Links } from './links.js';
import { Providers } from './providers.js';
import { providerRoutes } from './provider-routes.js';
import { linkRoutes } from './routes.js';
import type { OAuthSchema } from './schema.js';

export { Links } from './links.js';
export { linkOffersOf, type LinkOffer } from './link-offer.js';
export { type LinkPort } from './link-port.js';
export {
  accountLinkRequest,
  accountLinkView,
  linkView,
  newLinkRequest,
  type AccountLinkView,
  type LinkView,
} from './schemas.js';

export interface LinksOptions {
  readonly access: ArchiveAccess;
  readonly database: Kysely<OAuthSchema>;
  readonly vault: Vault;
  readonly journal: Pick<OperationJournal, 'read'>;
  readonly installationId: string;
  readonly clock: Clock;
  /** Where browsers reach the bridge, without a slash at the end. */
  readonly publicUrl: () => string;
}

export const createLinks = (options: LinksOptions): Links =>
  new Links({ ...options, store: new LinkStore(options) });

export interface OAuthOptions {
  readonly access: ArchiveAccess;
  readonly links: Links;
  readonly saving: Saving;
  readonly installationId: string;
  readonly arming: Pick<Arming, 'disarmed'>;
  readonly logger: Logger;
  /** Between two looks at links that are not over; 5,000 unless told. */
  readonly lookIntervalMs?: number;
}

export interface OAuth {
  readonly routes: readonly AnyRoute[];
  start(): void;
  /** Ends the timer and the look under way. */
  close(): Promise<void>;
}

export function createOAuth(options: OAuthOptions): OAuth {
  const { access, links, lookIntervalMs } = options;
  const accountLinks = new AccountLinks(options);
  const watch = new LinkWatch({
    ...options,
    accountLinks,
    ...(lookIntervalMs === undefined ? {} : { intervalMs: lookIntervalMs }),
  });
  return {
    routes: [...linkRoutes({ links, accountLinks }), ...providerRoutes(new Providers(access))],
    start: () => watch.start(),
    close: () => watch.close(),
  };
}
