/** Events: a look at the flow of mail every 30 seconds, what changed, and the ERP told of it. */
import type { Kysely } from 'kysely';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import type { Arming } from '../../platform/arming.js';
import type { Clock } from '../../platform/clock.js';
import type { IdSource } from '../../platform/ids.js';
import type { Logger } from '../../platform/log.js';
import type { Vault } from '../../platform/vault.js';
import type { ArchiveAccess } from '../archive-access.js';
import type { AnyRoute } from '../http/route.js';
import type { LinkPort } from '../oauth/link-port.js';
import { EventDeliveries } from './deliveries.js';
import { EventLog } from './event-log.js';
import { eventRoutes } from './routes.js';
import type { EventsSchema } from './schema.js';
import { SubscriptionStore } from './subscription.js';
import { subscriptionRoutes } from './subscription-routes.js';
import { FlowWatcher } from './watcher.js';

export interface EventDependencies {
  readonly archive: ArchiveAccess;
  readonly database: Kysely<EventsSchema>;
  readonly vault: Vault;
  readonly installationId: string;
  readonly connect: ConnectDependencies;
  /** Until it is armed nothing is delivered: the receiver hears from the original. */
  readonly arming: Arming;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  /** None unless told. */
  readonly links?: Pick<LinkPort, 'known'>;
  /** Between two looks; 30,000 unless told. */
  readonly lookIntervalMs?: number;
}

export interface Events {
  readonly routes: readonly AnyRoute[];
  start(): void;
  /** Looks now, or joins the look under way. */
  look(): Promise<void>;
  /** Ends timers, streams and the delivery under way. */
  close(): Promise<void>;
}

export function createEvents(dependencies: EventDependencies): Events {
  const { lookIntervalMs } = dependencies;
  const events = new EventLog(dependencies);
  const subscriptions = new SubscriptionStore({ ...dependencies, events });
  const deliveries = new EventDeliveries({ ...dependencies, events, subscriptions });
  const watcher = new FlowWatcher({
    ...dependencies,
    events,
    ...(lookIntervalMs === undefined ? {} : { intervalMs: lookIntervalMs }),
  });
  const closing = new AbortController();
  return {
    routes: [
      ...eventRoutes(events, closing.signal),
      ...subscriptionRoutes({ ...dependencies, events, subscriptions }),
    ],
    start: () => {
      watcher.start();
      deliveries.start();
    },
    look: () => watcher.look(),
    close: async () => {
      closing.abort();
      await Promise.all([watcher.close(), deliveries.close()]);
    },
  };
}
