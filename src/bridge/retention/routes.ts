/**
 * How long the archive keeps mail: days an account's mails are kept, mails that nobody may delete, and what was done.
 * Copies on mail servers are never touched.
 */
import { z } from 'zod';
import {
  AccountKind,
  RpcAccountOptions,
  withLock,
  type GreyhoundClient,
} from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { clientWithMailBridge } from '../client-with-mail-bridge.js';
import { refuse } from '../failure.js';
import { route, type AnyRoute } from '../http/route.js';

const id = z.coerce.number().int().min(1);
const byId = z.strictObject({ id });
const keepDays = z.int().min(1).max(36_500).nullable();

const retention = z.object({
  /** Days after which a fetched mail is deleted in the archive; null: never. */
  keepDays,
});

const retentionChange = z.strictObject({
  keepDays,
  /** How many mails this deletes within the hour, as the refusal without it tells. */
  confirmDeletion: z.int().min(0).optional(),
});

const hold = z.object({ held: z.boolean() });
const holdChange = z.strictObject({
  held: z.boolean(),
  /** Why; it stands in the log. */
  reason: z.string().trim().min(1).max(500),
});

const logEntry = z.object({
  at: z.iso.datetime(),
  /** null: the archive by itself. */
  userName: z.string().nullable(),
  action: z.enum(['expired', 'held', 'released', 'erased']),
  incomingAccountId: z.int().nullable(),
  messageId: z.int().nullable(),
  count: z.int(),
  reason: z.string(),
});
const actions = logEntry.shape.action;

async function optionsOf({ mailBridge }: GreyhoundClient, accountId: number) {
  const status = (await mailBridge.GetStatusList()).find(
    ({ Kind, AccountRef }) => Kind === AccountKind.akPop3 && AccountRef === accountId,
  );
  if (status === undefined) throw refuse('notFound');
  return status.Options;
}

export const retentionRoutes = (archive: ArchiveAccess): readonly AnyRoute[] => [
  route({
    operationId: 'getRetention',
    method: 'get',
    path: '/api/v1/incoming-accounts/{id}/retention',
    summary: 'How long the archive keeps what an account fetched',
    tag: 'retention',
    scope: 'accounts:read',
    params: byId,
    responses: { 200: { description: 'As it is', schema: retention } },
    handler: async ({ params }) => {
      const options = await optionsOf(await clientWithMailBridge(archive), params.id);
      return { status: 200, body: { keepDays: options.KeepDays || null } };
    },
  }),
  route({
    operationId: 'putRetention',
    method: 'put',
    path: '/api/v1/incoming-accounts/{id}/retention',
    summary: 'Change how long the archive keeps what an account fetched; servers keep theirs',
    tag: 'retention',
    scope: 'accounts:write',
    params: byId,
    body: retentionChange,
    responses: { 200: { description: 'As it is now', schema: retention } },
    handler: async ({ params, body }) => {
      const client = await clientWithMailBridge(archive);
      const KeepDays = body.keepDays ?? 0;
      const options = await optionsOf(client, params.id);
      const count = await client.mailBridge.CountDueItems({ ID: params.id, KeepDays });
      if (count > 0 && count !== body.confirmDeletion)
        throw refuse('expiryNotConfirmed', { field: 'confirmDeletion', params: { count } });
      await withLock(client.pop3Accounts, params.id, () =>
        client.mailBridge.PutOptions({
          Kind: AccountKind.akPop3,
          ID: params.id,
          Options: RpcAccountOptions.make({ ...options, KeepDays }),
        }),
      );
      return { status: 200, body: { keepDays: body.keepDays } };
    },
  }),
  route({
    operationId: 'getHold',
    method: 'get',
    path: '/api/v1/messages/{id}/hold',
    summary: 'Whether a message is held: then nobody can delete it',
    tag: 'retention',
    scope: 'messages:read',
    params: byId,
    responses: { 200: { description: 'As it is', schema: hold } },
    handler: async ({ params }) => {
      const client = await clientWithMailBridge(archive);
      await client.items.Get({ ID: params.id, MarkAsReading: false });
      const held = await client.mailBridge.GetHeldItems({ IDs: [params.id] });
      return { status: 200, body: { held: held.length > 0 } };
    },
  }),
  route({
    operationId: 'putHold',
    method: 'put',
    path: '/api/v1/messages/{id}/hold',
    summary: 'Hold a message, so that nobody can delete it, or release it',
    tag: 'retention',
    scope: 'settings:write',
    params: byId,
    body: holdChange,
    responses: { 200: { description: 'As it is now', schema: hold } },
    handler: async ({ params, body }) => {
      const { mailBridge } = await clientWithMailBridge(archive);
      await mailBridge.SetHold({ ID: params.id, Value: body.held, Reason: body.reason });
      return { status: 200, body: { held: body.held } };
    },
  }),
  route({
    operationId: 'listRetentionLog',
    method: 'get',
    path: '/api/v1/retention-log',
    summary: 'What was deleted by age, held and released, newest first',
    tag: 'retention',
    scope: 'settings:read',
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
    responses: {
      200: { description: 'The log', schema: z.object({ items: z.array(logEntry) }) },
    },
    handler: async ({ query }) => {
      const { mailBridge } = await clientWithMailBridge(archive);
      const entries = await mailBridge.GetRetentionLog({ Limit: query.limit });
      return {
        status: 200,
        body: {
          items: entries.map((entry) => ({
            at: entry.At?.toISOString() ?? '',
            userName: entry.UserName || null,
            action: actions.parse(entry.Action),
            incomingAccountId: entry.AccountRef || null,
            messageId: entry.ItemRef || null,
            count: entry.Count,
            reason: entry.Reason,
          })),
        },
      };
    },
  }),
];
