/** `/api/v1/autoconfig`: the servers that go with an e-mail address. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { AutoconfigureDependencies } from '../../mail/autoconfig/autoconfigure.js';
import { mailAddress } from '../../mail/autoconfig/names.js';
import { emailAddress } from '../accounts/fields.js';
import { route, type AnyRoute } from '../http/route.js';
import type { LinkOffers } from '../oauth/link-offer.js';
import { because } from '../texts/fields.js';
import { autoconfigView } from './schemas.js';
import { viewOf } from './view.js';

/** With a domain in which mail can be. */
const mailboxAddress = emailAddress.transform((text, context) => {
  const address = mailAddress(text);
  if (address !== null) return address;
  context.addIssue({ code: 'custom', ...because('emailAddress') });
  return z.NEVER;
});

/** The archive is waited for no longer than the search takes at the most: the whole answer has three seconds. */
const LINK_OFFERS_MS = 2_800;
const none: LinkOffers = () => null;

export interface AutoconfigRouteDependencies extends AutoconfigureDependencies {
  /** Whether the mailbox on one of some hosts can be linked, as the archive knows. */
  readonly linkOffers: () => Promise<LinkOffers>;
}

export const autoconfigRoutes = (
  dependencies: AutoconfigRouteDependencies,
): readonly AnyRoute[] => [
  route({
    operationId: 'getAutoconfiguration',
    method: 'get',
    path: '/api/v1/autoconfig',
    summary: 'Servers, ports, security and sign-in for an e-mail address, tried from here',
    tag: 'autoconfiguration',
    // connections are made to hosts that the address leads to
    scope: 'accounts:write',
    query: z.strictObject({ email: mailboxAddress }),
    responses: { 200: { description: 'What was found', schema: autoconfigView } },
    handler: async ({ query: { email }, language }) => {
      // with its libraries, when somebody asks for the first time
      const { autoconfigure } = await import('../../mail/autoconfig/autoconfigure.js');
      const [found, linkOffers] = await Promise.all([
        autoconfigure(email, dependencies),
        Promise.race([dependencies.linkOffers(), sleep(LINK_OFFERS_MS, none, { ref: false })]),
      ]);
      const linkOffer = linkOffers(found.incoming.map(({ host }) => host));
      return { status: 200, body: viewOf(email.address, { ...found, linkOffer }, language) };
    },
  }),
];
