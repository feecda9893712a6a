/** Links as callers ask for them and see them. */
import { z } from 'zod';
import { emailAddress, host, line, linkId } from '../accounts/fields.js';
import { oauthStates } from '../accounts/schemas.js';
import { because } from '../texts/fields.js';
import { linkFlows } from './link.js';
import { secureUrl } from '../../platform/secure-url.js';

const request = {
  flow: z.enum(linkFlows).default('redirect'),
  /** Id of a provider; left out: the mail server tells. */
  provider: line(50).optional(),
  /** Who may sign in instead of the mailbox itself. */
  delegate: emailAddress.optional(),
  /** Where the browser goes at the end, with `oauthLink` and `oauthState` added. */
  returnUrl: line(2000)
    .refine((text) => secureUrl(text) !== null, because('returnUrl'))
    .optional(),
};

export const accountLinkRequest = z.strictObject(request);

export const newLinkRequest = z.strictObject({
  ...request,
  host,
  emailAddress,
  accountKind: z.enum(['incoming', 'smtp']).default('incoming'),
});

export const linkParams = z.strictObject({ linkId });

const failure = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });

export const linkView = z.object({
  linkId: z.string(),
  state: z.enum(['pending', 'consentGranted', 'linked', 'failed']),
  /** Address to open; null when there is none (any more). */
  url: z.string().nullable(),
  /** Device code: what to type in at `verificationUrl`. */
  userCode: z.string().nullable(),
  verificationUrl: z.string().nullable(),
  expiresAt: z.iso.datetime(),
  provider: z.string().nullable(),
  signedInAs: z.string().nullable(),
  /** Why it failed, or what is missing. */
  failure: failure.nullable(),
});
export type LinkView = z.infer<typeof linkView>;

export const accountLinkView = z.object({
  state: z.enum(oauthStates),
  provider: z.string().nullable(),
  signedInAs: z.string().nullable(),
  linkedAt: z.iso.datetime().nullable(),
  /** When it ends or ended; null: no date is known. */
  expiresAt: z.iso.datetime().nullable(),
  /** clientSecret, inactivity, testing, lifetime; revoked, inactive, passwordChanged and others when it has ended. */
  expiresBecause: z.string().nullable(),
  /** Incoming account whose link it is; null: its own. */
  viaIncomingAccount: z.int().nullable(),
  /** The latest try to link it. */
  link: linkView.nullable(),
  failure: failure.nullable(),
});
export type AccountLinkView = z.infer<typeof accountLinkView>;
