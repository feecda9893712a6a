/** Is the bridge alive, is it ready, does mail flow. */
import { z } from 'zod';
import type { Clock } from '../../platform/clock.js';
import type { ArchiveAccess } from '../archive-access.js';
import { findingSchema } from '../checks/finding.js';
import { route, type AnyRoute } from '../http/route.js';
import type { LinkPort } from '../oauth/link-port.js';
import { mailHealth } from './mail-health.js';

const time = z.iso.datetime().nullable();

const accountHealth = z.object({
  kind: z.enum(['incoming', 'smtp']),
  id: z.int(),
  name: z.string(),
  active: z.boolean(),
  lastSignInAt: time,
  lastSuccessAt: time,
  lastError: z.object({ message: z.string(), count: z.int(), at: time }).nullable(),
  failedTries: z.int(),
  nextTryAt: time,
  switchedOff: z.object({ at: z.iso.datetime(), code: z.string() }).nullable(),
  waiting: z.int(),
  oldestWaitingAt: time,
  missing: z.int(),
  damaged: z.int(),
  link: z.object({ state: z.enum(['unlinked', 'linked', 'ended']), endsAt: time }).nullable(),
});

const health = z.object({
  mailFlows: z.boolean(),
  archive: z.object({ reachable: z.boolean(), version: z.string().nullable() }),
  armed: z.boolean().nullable(),
  disarmedReason: z.string().nullable(),
  inDoubt: z.int().nullable(),
  failed: z.int().nullable(),
  outbox: z.int().nullable(),
  oldestInOutboxAt: time,
  storageFault: z.object({ kind: z.string(), at: time }).nullable(),
  storage: z
    .object({
      usedBytes: z.int(),
      /** Agreed on; null: there is none. */
      quotaBytes: z.int().nullable(),
      diskFreeBytes: z.int().nullable(),
    })
    .nullable(),
  accounts: z.array(accountHealth),
  findings: z.array(findingSchema),
});

const state = z.object({ status: z.enum(['ok', 'unavailable']) });

export interface HealthRouteDependencies {
  readonly archive: ArchiveAccess;
  readonly clock: Clock;
  /** Whether the database answers. */
  readonly isReady: () => Promise<boolean>;
  /** None unless told. */
  readonly links?: Pick<LinkPort, 'known'>;
  /** Storage that was agreed on, bytes; null: none. None unless told. */
  readonly quotaBytes?: () => Promise<number | null>;
}

export const healthRoutes = ({
  archive,
  clock,
  isReady,
  links,
  quotaBytes = () => Promise.resolve(null),
}: HealthRouteDependencies): readonly AnyRoute[] => [
  route({
    operationId: 'getLiveness',
    method: 'get',
    path: '/healthz',
    summary: 'The process answers',
    tag: 'health',
    scope: null,
    responses: { 200: { description: 'Alive', schema: state } },
    handler: () => ({ status: 200, body: { status: 'ok' } }),
  }),
  route({
    operationId: 'getReadiness',
    method: 'get',
    path: '/readyz',
    summary: 'The database answers; mailboxes and archive do not count',
    tag: 'health',
    scope: null,
    responses: {
      200: { description: 'Ready', schema: state },
      503: { description: 'The database does not answer', schema: state },
    },
    handler: async () =>
      (await isReady())
        ? { status: 200, body: { status: 'ok' } }
        : { status: 503, body: { status: 'unavailable' } },
  }),
  route({
    operationId: 'getHealth',
    method: 'get',
    path: '/api/v1/health',
    summary: 'Does mail flow: archive, accounts, outbox, findings',
    tag: 'health',
    scope: 'accounts:read',
    responses: { 200: { description: 'As it is now', schema: health } },
    handler: async ({ language }) => ({
      status: 200,
      body: await mailHealth(archive, clock, language, {
        ...(links !== undefined && { links }),
        quotaBytes: await quotaBytes(),
      }),
    }),
  }),
];
