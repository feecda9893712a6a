/** What is answered for an address. */
import { z } from 'zod';
import { SOURCES } from '../../mail/autoconfig/candidate.js';
import { port, security } from '../accounts/fields.js';
import { findingSchema } from '../checks/finding.js';

const server = z.object({
  protocol: z.enum(['pop3', 'imap', 'smtp']),
  host: z.string(),
  port,
  security,
  /** null: a name of its own that only the provider tells. */
  username: z.string().nullable(),
  /** Who named it. */
  source: z.enum(SOURCES),
  /** The same in words: why it is offered. */
  reason: z.string(),
  /** Whether it answered from here, as it should; nobody signed in. */
  verified: z.boolean(),
  /** What stands against it. */
  findings: z.array(findingSchema),
});

export const autoconfigView = z.object({
  email: z.string(),
  /** The known provider whose servers these are. */
  provider: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** The best one first. */
  incoming: z.array(server),
  smtp: z.array(server),
  /** The preferred one first. */
  signIn: z.array(z.enum(['oauth2', 'appPassword', 'password'])),
  oauthProvider: z.enum(['google', 'microsoft']).nullable(),
  /** Server whose mailbox can be linked here, and at whose sign-in page; null: no provider is set up for any of them. */
  linkOffer: z.object({ host: z.string(), name: z.string() }).nullable(),
  /** What should be known before signing in, with the provider's page for it. */
  hints: z.array(z.object({ code: z.string(), message: z.string(), url: z.string().nullable() })),
  sources: z.array(
    z.object({
      source: z.enum(SOURCES),
      outcome: z.enum(['found', 'nothing', 'failed', 'timedOut', 'notNeeded']),
      durationMs: z.int(),
    }),
  ),
});
export type AutoconfigView = z.infer<typeof autoconfigView>;
