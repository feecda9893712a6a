/** `/api/v1/event-subscription`: where events are sent as signed webhooks (Standard Webhooks). */
import type { ConnectDependencies } from '../../mail/endpoint.js';
import type { Clock } from '../../platform/clock.js';
import type { IdSource } from '../../platform/ids.js';
import { finding, findingsReply, findingsSchema } from '../checks/finding.js';
import { refuse } from '../failure.js';
import { route, type AnyRoute } from '../http/route.js';
import type { EventLog } from './event-log.js';
import {
  subscriptionChange,
  subscriptionSaved,
  subscriptionView,
  subscriptionViewOf,
} from './schemas.js';
import type { SubscriptionStore } from './subscription.js';
import { postWebhook } from './webhook.js';

export interface SubscriptionRouteDependencies {
  readonly subscriptions: SubscriptionStore;
  readonly events: EventLog;
  readonly connect: ConnectDependencies;
  readonly clock: Clock;
  readonly ids: IdSource;
}

export function subscriptionRoutes(dependencies: SubscriptionRouteDependencies): AnyRoute[] {
  const { subscriptions, events, connect, clock, ids } = dependencies;
  const common = { path: '/api/v1/event-subscription', tag: 'events' } as const;
  const current = async () => {
    const subscription = await subscriptions.read();
    const waiting = subscription === null ? 0 : await events.countAfter(subscription.doneSeq);
    return subscriptionViewOf(subscription, waiting);
  };
  return [
    route({
      ...common,
      operationId: 'getEventSubscription',
      method: 'get',
      summary: 'Where events are sent, and how that goes',
      scope: 'settings:read',
      responses: { 200: { description: 'The subscription', schema: subscriptionView } },
      handler: async () => ({ status: 200, body: await current() }),
    }),
    route({
      ...common,
      operationId: 'putEventSubscription',
      method: 'put',
      summary: 'Send events to this address from now on',
      scope: 'settings:write',
      body: subscriptionChange,
      responses: { 200: { description: 'The subscription', schema: subscriptionSaved } },
      handler: async ({ body: { url, secret } }) => {
        const made = await subscriptions.put(url, secret);
        const shown = made === null ? {} : { secret: made };
        return { status: 200, body: { ...(await current()), ...shown } };
      },
    }),
    route({
      ...common,
      operationId: 'deleteEventSubscription',
      method: 'delete',
      summary: 'Send events nowhere; what was not delivered is not sent any more',
      scope: 'settings:write',
      responses: { 204: { description: 'Events are not sent', schema: null } },
      handler: async () => {
        await subscriptions.remove();
        return { status: 204 };
      },
    }),
    route({
      ...common,
      operationId: 'testEventSubscription',
      method: 'post',
      path: '/api/v1/event-subscription/test',
      summary: 'Send a test event now and tell how it went',
      scope: 'settings:write',
      responses: { 200: { description: 'Findings', schema: findingsSchema } },
      handler: async ({ language }) => {
        const subscription = await subscriptions.read();
        if (subscription === null) throw refuse('notFound');
        const now = clock.now();
        const message = { id: ids.next(), type: 'test', occurredAt: now.toISOString(), data: {} };
        const outcome = await postWebhook(subscription, message, now, connect);
        const found = outcome.delivered
          ? ({ outcome: 'ok', code: 'webhookDelivered' } as const)
          : ({
              outcome: 'failed',
              code: outcome.code,
              params: {
                host: new URL(subscription.url).hostname,
                ...(outcome.status === null ? {} : { status: outcome.status }),
              },
            } as const);
        return findingsReply([finding({ check: 'webhook', origin: 'erp', ...found }, language)]);
      },
    }),
  ];
}
