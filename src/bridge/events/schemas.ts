/** Events and the subscription as callers see them. */
import { z } from 'zod';
import { because } from '../texts/fields.js';
import { eventTypes } from './conditions.js';
import type { BridgeEvent } from './event-log.js';
import type { Subscription } from './subscription.js';
import { isWebhookSecret, isWebhookUrl } from './webhook.js';

export const eventView = z.object({
  id: z.string(),
  type: z.enum(eventTypes),
  occurredAt: z.iso.datetime(),
  /** Ids, codes, counts, times. */
  data: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
});

/** `cursor` stands for everything up to the last of these events; it is given also when there are none. */
export const eventPage = z.object({ events: z.array(eventView), cursor: z.string() });

export const viewOf = ({ id, type, occurredAt, data }: BridgeEvent) => ({
  id,
  type,
  occurredAt,
  data,
});

const PREFIX = 'event.';

export const encodeCursor = (seq: number): string =>
  Buffer.from(`${PREFIX}${String(seq)}`).toString('base64url');

/** Null for what encodeCursor did not write. */
export function decodeCursor(text: string): number | null {
  const plain = Buffer.from(text, 'base64url').toString('latin1');
  const digits = plain.startsWith(PREFIX) ? plain.slice(PREFIX.length) : '';
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}

export const cursor = z
  .string()
  .max(100)
  .refine((text) => decodeCursor(text) !== null, because('cursor'));

export const subscriptionChange = z.strictObject({
  url: z.string().trim().max(2000).refine(isWebhookUrl, because('webhookUrl')),
  /** Left out: the stored one stays; the first time one is made and shown once. */
  secret: z.string().refine(isWebhookSecret, because('webhookSecret')).optional(),
});

export const subscriptionView = z.object({
  /** Null: events are not sent anywhere. */
  url: z.string().nullable(),
  secretSet: z.boolean(),
  lastDeliveredAt: z.iso.datetime().nullable(),
  /** Code of the failure since then, with the receiver's status if it answered. */
  lastError: z.string().nullable(),
  lastErrorAt: z.iso.datetime().nullable(),
  nextTryAt: z.iso.datetime().nullable(),
  /** Events that were not delivered yet. */
  waiting: z.int(),
});

export const subscriptionSaved = z.object({
  ...subscriptionView.shape,
  /** Only when it was made by this call: nobody can read it again. */
  secret: z.string().optional(),
});

export const subscriptionViewOf = (
  subscription: Subscription | null,
  waiting: number,
): z.infer<typeof subscriptionView> => ({
  url: subscription?.url ?? null,
  secretSet: subscription !== null,
  lastDeliveredAt: subscription?.lastDeliveredAt ?? null,
  lastError: subscription?.lastError ?? null,
  lastErrorAt: subscription?.lastErrorAt ?? null,
  nextTryAt: subscription?.nextTryAt?.toISOString() ?? null,
  waiting,
});
