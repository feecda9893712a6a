/** `/api/v1/assignment/blocklist` and `/policies`. Only later runs are affected (SAL-131). */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { refuse } from '../failure.js';
import { route, type AnyRoute } from '../http/route.js';
import { because } from '../texts/fields.js';
import { blocklistValue, type Blocklist, type BlocklistEntry } from './blocklist.js';
import { defaultPolicies, type Policies } from './decision/decision.js';
import type { PolicyStore } from './policy-store.js';

const tag = 'assignment';
const MAX_ENTRIES = 10_000;

const entryText = z
  .string()
  .max(320)
  .refine((text) => blocklistValue(text) !== null, because('blocklistEntry'));

export const blocklistChange = z.strictObject({ entries: z.array(entryText).max(MAX_ENTRIES) });

export const blocklistView = z.object({
  entries: z.array(
    z.object({
      value: z.string(),
      kind: z.enum(['address', 'domain', 'subdomains']),
      /** ERP user; null: the ERP itself. */
      by: z.string().nullable(),
      at: z.iso.datetime(),
    }),
  ),
});

const flags = Object.fromEntries(
  Object.keys(defaultPolicies).map((name) => [name, z.boolean()]),
) as Record<keyof Policies, z.ZodBoolean>;
const policiesView = z.object(flags);
export const policiesChange = z.strictObject(flags).partial();

export interface AssignmentSettings {
  readonly blocklist: Blocklist;
  readonly policies: PolicyStore;
}

export const assignmentSettingsRoutes = (settings: AssignmentSettings): AnyRoute[] => [
  ...blocklistRoutes(settings.blocklist),
  ...policyRoutes(settings.policies),
];

/** Of what stands in the list, whoever entered it. */
const versionOf = (entries: readonly BlocklistEntry[]): string =>
  createHash('sha256')
    .update(JSON.stringify(entries.map(({ value }) => value)))
    .digest('base64url')
    .slice(0, 22);

function blocklistRoutes(blocklist: Blocklist): AnyRoute[] {
  const common = { path: '/api/v1/assignment/blocklist', tag } as const;
  const responses = { 200: { description: 'The list', schema: blocklistView } };
  const current = async () => {
    const entries = await blocklist.entries();
    return { status: 200, body: { entries }, etag: versionOf(entries) };
  };
  return [
    route({
      ...common,
      operationId: 'getBlocklist',
      method: 'get',
      summary: 'Addresses and domains that are ignored when mails are assigned',
      scope: 'settings:read',
      responses,
      handler: current,
    }),
    route({
      ...common,
      operationId: 'putBlocklist',
      method: 'put',
      summary: 'Replace the list; assignments that stand are not touched',
      scope: 'settings:write',
      body: blocklistChange,
      responses,
      handler: async ({ body, ifMatch, caller }) => {
        const values = new Set(body.entries.flatMap((text) => blocklistValue(text) ?? []));
        const isCurrent = (entries: readonly BlocklistEntry[]) =>
          ifMatch === undefined || ifMatch === '*' || ifMatch === versionOf(entries);
        if (!(await blocklist.replace(values, caller.user?.id ?? null, isCurrent)))
          throw refuse('preconditionFailed');
        return current();
      },
    }),
  ];
}

function policyRoutes(policies: PolicyStore): AnyRoute[] {
  const common = { path: '/api/v1/assignment/policies', tag } as const;
  const responses = { 200: { description: 'The policies in force', schema: policiesView } };
  const current = async () => {
    const { policies: body, revision } = await policies.readRevision();
    return { status: 200, body, etag: String(revision) };
  };
  return [
    route({
      ...common,
      operationId: 'getAssignmentPolicies',
      method: 'get',
      summary: 'What this installation has chosen to differ in from the rules',
      scope: 'settings:read',
      responses,
      handler: current,
    }),
    route({
      ...common,
      operationId: 'putAssignmentPolicies',
      method: 'put',
      summary: 'Change policies; what is left out stays',
      scope: 'settings:write',
      body: policiesChange,
      responses,
      handler: async ({ body, ifMatch }) => {
        const revision = ifMatch === undefined || ifMatch === '*' ? undefined : Number(ifMatch);
        const change = Object.fromEntries(
          Object.entries(body).filter(([, value]) => value !== undefined),
        );
        if ((await policies.change(change, revision)) === null) throw refuse('preconditionFailed');
        return current();
      },
    }),
  ];
}
