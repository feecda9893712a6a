/** Links with mail providers: of accounts, of accounts that are still being made, and the browser's way back. */
import { z } from 'zod';
import { Failure } from '../../platform/failure.js';
import { refuse } from '../failure.js';
import { route, type AnyRoute } from '../http/route.js';
import type { AccountLinks } from './account-links.js';
import type { AccountKind, LinkSession } from './link.js';
import type { Links } from './links.js';
import { returnReply } from './return-page.js';
import {
  accountLinkRequest,
  accountLinkView,
  linkParams,
  linkView,
  newLinkRequest,
} from './schemas.js';
import { accountLinkViewOf, linkViewOf } from './views.js';

export interface LinkRouteDependencies {
  readonly links: Links;
  readonly accountLinks: AccountLinks;
}

const tag = 'OAuth';

export const linkRoutes = (dependencies: LinkRouteDependencies): readonly AnyRoute[] => [
  ...newLinkRoutes(dependencies),
  returnRoute(dependencies),
  ...accountRoutes('incoming', dependencies),
  ...accountRoutes('smtp', dependencies),
];

function newLinkRoutes({ links, accountLinks }: LinkRouteDependencies): readonly AnyRoute[] {
  const path = '/api/v1/oauth/links/{linkId}';
  return [
    route({
      operationId: 'createLink',
      method: 'post',
      path: '/api/v1/oauth/links',
      summary: 'Begin to link a mailbox whose account does not exist yet; a save uses it by linkId',
      tag,
      scope: 'accounts:write',
      body: newLinkRequest,
      responses: { 201: { description: 'The link, with the address to open', schema: linkView } },
      handler: async ({ body, language }) => {
        const { host, emailAddress: address, accountKind: kind, flow } = body;
        const target = { kind, accountId: null, host, address, delegate: body.delegate ?? '' };
        const session = await links.start({
          target,
          flow,
          provider: body.provider ?? '',
          returnUrl: body.returnUrl ?? null,
          language,
          knownError: '',
        });
        return { status: 201, body: linkViewOf(session, language) };
      },
    }),
    route({
      operationId: 'getLink',
      method: 'get',
      path,
      summary: 'How far a link is; asks the archive (for a device code: fetches the token)',
      tag,
      scope: 'accounts:read',
      params: linkParams,
      responses: { 200: { description: 'The link', schema: linkView } },
      handler: async ({ params: { linkId }, language }) => {
        const session = await accountLinks.look(linkId);
        if (session === null) throw refuse('notFound');
        return { status: 200, body: linkViewOf(session, language) };
      },
    }),
    route({
      operationId: 'discardLink',
      method: 'delete',
      path,
      summary: 'Discard a link that no account uses',
      tag,
      scope: 'accounts:write',
      params: linkParams,
      responses: { 204: { description: 'It is gone', schema: null } },
      handler: async ({ params: { linkId } }) => {
        await links.discard(linkId);
        return { status: 204 };
      },
    }),
  ];
}

/** What cannot be found out just now is found out by the next look. */
async function lookedAt(
  { links, accountLinks }: LinkRouteDependencies,
  linkId: string,
): Promise<LinkSession | null> {
  try {
    return await accountLinks.look(linkId);
  } catch (error) {
    if (error instanceof Failure) return links.session(linkId);
    throw error;
  }
}

function returnRoute(dependencies: LinkRouteDependencies): AnyRoute {
  return route({
    operationId: 'returnFromSignIn',
    method: 'get',
    path: '/oauth/return/{linkId}',
    summary: 'Where the browser comes back to after signing in; completes the link',
    tag,
    scope: null,
    params: z.object({ linkId: z.string() }),
    // whatever a provider or an archive adds is of no interest
    query: z.looseObject({}),
    responses: {
      200: { description: 'What happened', schema: z.string(), contentType: 'text/html' },
      303: { description: 'Back to the form', schema: null },
      404: { description: 'No such link', schema: z.string(), contentType: 'text/html' },
    },
    handler: async ({ params, language }) => {
      const { success, data } = linkParams.safeParse(params);
      const session = success ? await lookedAt(dependencies, data.linkId) : null;
      return returnReply(session, language);
    },
  });
}

const nouns = { incoming: 'IncomingAccount', smtp: 'SmtpAccount' } as const;
const params = z.strictObject({ id: z.coerce.number().int().min(1) });

function accountRoutes(
  kind: AccountKind,
  { accountLinks }: LinkRouteDependencies,
): readonly AnyRoute[] {
  const noun = nouns[kind];
  const path = `/api/v1/${kind}-accounts/{id}/oauth`;
  return [
    route({
      operationId: `link${noun}`,
      method: 'post',
      path: `${path}/link`,
      summary: 'Begin to link the account; a linked one is unlinked first',
      tag,
      scope: 'accounts:write',
      params,
      body: accountLinkRequest.optional(),
      bodyOptional: true,
      responses: { 201: { description: 'The link, with the address to open', schema: linkView } },
      handler: async ({ params: { id }, body, language }) => {
        const { flow = 'redirect', provider = '', delegate = '', returnUrl = null } = body ?? {};
        const request = { flow, provider, delegate, returnUrl, language };
        const session = await accountLinks.start({ kind, id }, request);
        return { status: 201, body: linkViewOf(session, language) };
      },
    }),
    route({
      operationId: `get${noun}Link`,
      method: 'get',
      path,
      summary: 'How the account is linked, until when, and how the latest try went',
      tag,
      scope: 'accounts:read',
      params,
      responses: { 200: { description: 'The state', schema: accountLinkView } },
      handler: async ({ params: { id }, language }) => {
        const link = await accountLinks.standing({ kind, id });
        return { status: 200, body: accountLinkViewOf(link, language) };
      },
    }),
    route({
      operationId: `unlink${noun}`,
      method: 'delete',
      path,
      summary: 'End the link; all other settings stay',
      tag,
      scope: 'accounts:write',
      params,
      responses: { 200: { description: 'The state', schema: accountLinkView } },
      handler: async ({ params: { id }, language }) => {
        const link = await accountLinks.unlink({ kind, id });
        return { status: 200, body: accountLinkViewOf(link, language) };
      },
    }),
  ];
}
