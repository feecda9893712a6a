/** The same set of routes for incoming and for SMTP accounts. */
import { z } from 'zod';
import type { DryRun, SaveResult } from '../changesets/save.js';
import { route, type AnyRoute } from '../http/route.js';
import type { Run } from '../idempotency/index.js';
import { answerSave } from '../operations/respond-async.js';
import { accepted, dryRun, saveResult } from '../operations/schemas.js';
import type {
  AccountList,
  IncomingAccounts,
  SavedAccount,
  Versioned,
} from './incoming-accounts.js';
import {
  incomingAccount,
  incomingAccountCreate,
  incomingAccountUpdate,
  lastError,
  smtpAccount,
  smtpAccountCreate,
  smtpAccountUpdate,
  type LastError,
} from './schemas.js';
import type { SmtpAccounts } from './smtp-accounts.js';

const params = z.strictObject({ id: z.coerce.number().int().min(1) });
const query = z.strictObject({ dryRun: z.enum(['true', 'false']).optional() });
const isDryRun = (given: z.infer<typeof query>): boolean => given.dryRun === 'true';

/** What both kinds of accounts offer. */
interface AccountService<A, C, U> {
  list(): Promise<AccountList<A>>;
  get(id: number): Promise<Versioned<A>>;
  lastError(id: number): Promise<LastError | null>;
  create(
    installationId: string,
    create: C,
    onStarted: (operationId: string) => void,
    run: Run | undefined,
  ): Promise<SavedAccount<A>>;
  planCreate(installationId: string, create: C): Promise<DryRun>;
  update(
    installationId: string,
    id: number,
    changes: U,
    tag: string | null,
  ): Promise<SavedAccount<A>>;
  delete(installationId: string, id: number, tag: string): Promise<SaveResult>;
  planDelete(installationId: string, id: number, tag: string): Promise<DryRun>;
}

interface Kind<A, C, U> {
  /** In operation ids: `listIncomingAccounts`. */
  readonly name: 'IncomingAccount' | 'SmtpAccount';
  readonly path: string;
  readonly service: AccountService<A, C, U>;
  readonly account: z.ZodType;
  readonly create: z.ZodType<C>;
  readonly update: z.ZodType<U>;
}

/** Without the accounts: they stand beside it. */
const summary = ({ operationId, elements, warnings }: SaveResult) => ({
  operationId,
  elements,
  warnings,
});

function saved<A>({ account, tag, result }: SavedAccount<A>, status: number) {
  return { status, body: { account, ...summary(result) }, etag: tag };
}

const read = { scope: 'accounts:read', tag: 'accounts' } as const;
const write = { scope: 'accounts:write', tag: 'accounts' } as const;

function readRoutes<A, C, U>(kind: Kind<A, C, U>): AnyRoute[] {
  const { name, path, service, account } = kind;
  const list = z.object({ items: z.array(account), version: z.string() });
  return [
    route({
      ...read,
      operationId: `list${name}s`,
      method: 'get',
      path,
      summary: 'Accounts as the archive has them, with the version of the list',
      responses: { 200: { description: 'All accounts', schema: list } },
      handler: async () => ({ status: 200, body: await service.list() }),
    }),
    route({
      ...read,
      operationId: `get${name}`,
      method: 'get',
      path: `${path}/{id}`,
      summary: 'One account',
      params,
      responses: { 200: { description: 'The account', schema: account } },
      handler: async ({ params: { id } }) => {
        const found = await service.get(id);
        return { status: 200, body: found.account, etag: found.tag };
      },
    }),
    route({
      ...read,
      operationId: `get${name}LastError`,
      method: 'get',
      path: `${path}/{id}/last-error`,
      summary: 'The last error as the archive reports it; null when there was none so far',
      params,
      responses: {
        200: {
          description: 'The last error',
          schema: z.object({ lastError: lastError.nullable() }),
        },
      },
      handler: async ({ params: { id } }) => ({
        status: 200,
        body: { lastError: await service.lastError(id) },
      }),
    }),
  ];
}

function createRoute<A, C, U>({ name, path, service, account, create }: Kind<A, C, U>): AnyRoute {
  const created = z.object({ account, ...saveResult.shape });
  return route({
    ...write,
    operationId: `create${name}`,
    method: 'post',
    path,
    summary: 'Save a new account; with dryRun=true tell what that would create',
    query,
    body: create,
    resumes: true,
    responses: {
      200: { description: 'What would be done (dryRun)', schema: dryRun },
      201: { description: 'Created', schema: created },
      202: { description: 'The save goes on (Prefer: respond-async)', schema: accepted },
    },
    handler: async (context) => {
      const { installationId } = context.caller;
      if (isDryRun(context.query)) {
        return { status: 200, body: await service.planCreate(installationId, context.body) };
      }
      return answerSave(
        context,
        (onStarted) => service.create(installationId, context.body, onStarted, context.run),
        (result) => saved(result, 201),
      );
    },
  });
}

function changeRoutes<A, C, U>(kind: Kind<A, C, U>): AnyRoute[] {
  const { name, path, service, account, update } = kind;
  const result = z.object({ account, ...saveResult.shape });
  return [
    route({
      ...write,
      operationId: `update${name}`,
      method: 'put',
      path: `${path}/{id}`,
      summary: 'Change an account; a field left out keeps its saved value',
      params,
      body: update,
      needsIfMatch: true,
      responses: { 200: { description: 'Saved', schema: result } },
      handler: async ({ params: { id }, body, caller, ifMatch = '' }) =>
        saved(await service.update(caller.installationId, id, body, ifMatch), 200),
    }),
    route({
      ...write,
      operationId: `delete${name}`,
      method: 'delete',
      path: `${path}/{id}`,
      summary: 'Delete an account; with dryRun=true tell what goes along',
      params,
      query,
      needsIfMatch: true,
      responses: {
        200: { description: 'What was deleted', schema: z.union([saveResult, dryRun]) },
      },
      handler: async ({ params: { id }, query: given, caller, ifMatch = '' }) => {
        const { installationId } = caller;
        const body = isDryRun(given)
          ? await service.planDelete(installationId, id, ifMatch)
          : summary(await service.delete(installationId, id, ifMatch));
        return { status: 200, body };
      },
    }),
  ];
}

function activationRoutes<A, C, U>(
  { name, path, service, account }: Kind<A, C, U>,
  change: (active: boolean) => U,
): AnyRoute[] {
  const result = z.object({ account, ...saveResult.shape });
  return ([true, false] as const).map((active) =>
    route({
      ...write,
      operationId: `${active ? 'activate' : 'deactivate'}${name}`,
      method: 'post',
      path: `${path}/{id}/${active ? 'activate' : 'deactivate'}`,
      summary: active
        ? 'Switch the account on; no other account is switched on with it'
        : 'Switch the account off; its settings stay',
      params,
      resumes: true,
      responses: { 200: { description: 'Saved', schema: result } },
      handler: async ({ params: { id }, caller }) =>
        saved(await service.update(caller.installationId, id, change(active), null), 200),
    }),
  );
}

function routesOf<A, C, U>(kind: Kind<A, C, U>, change: (active: boolean) => U): AnyRoute[] {
  return [
    ...readRoutes(kind),
    createRoute(kind),
    ...changeRoutes(kind),
    ...activationRoutes(kind, change),
  ];
}

export interface AccountServices {
  readonly incomingAccounts: IncomingAccounts;
  readonly smtpAccounts: SmtpAccounts;
}

export const accountRoutes = ({ incomingAccounts, smtpAccounts }: AccountServices): AnyRoute[] => [
  ...routesOf(
    {
      name: 'IncomingAccount',
      path: '/api/v1/incoming-accounts',
      service: incomingAccounts,
      account: incomingAccount,
      create: incomingAccountCreate,
      update: incomingAccountUpdate,
    },
    (active) => ({ active }),
  ),
  ...routesOf(
    {
      name: 'SmtpAccount',
      path: '/api/v1/smtp-accounts',
      service: smtpAccounts,
      account: smtpAccount,
      create: smtpAccountCreate,
      update: smtpAccountUpdate,
    },
    (active) => ({ active }),
  ),
];
