import type { Readable } from 'node:stream';
import type { ConnectDependencies, MailEndpoint } from '../../../src/mail/endpoint.js';
import { MailFailure } from '../../../src/mail/errors.js';
import { refusedBy, type SubmissionResult } from '../../../src/mail/smtp/outcome.js';
import {
  SmtpSession,
  type SmtpCredentials,
  type SmtpEnvelope,
  type SmtpOptions,
} from '../../../src/mail/smtp/session.js';

export interface Submission {
  readonly endpoint: MailEndpoint;
  /** null submits without signing in. */
  readonly credentials: SmtpCredentials | null;
  readonly envelope: SmtpEnvelope;
  readonly raw: Readable | Buffer;
}

/** One message over a connection of its own. */
export async function submitRaw(
  { endpoint, credentials, envelope, raw }: Submission,
  dependencies: ConnectDependencies,
  options: SmtpOptions = {},
): Promise<SubmissionResult> {
  let session: SmtpSession | null = null;
  try {
    session = await SmtpSession.connect(endpoint, dependencies, options);
    if (credentials !== null) await session.login(credentials);
  } catch (error) {
    session?.destroy();
    if (error instanceof MailFailure && error.code !== 'invalidInput') return refusedBy(error);
    throw error;
  }
  try {
    return await session.submit(envelope, raw);
  } finally {
    void session.quit();
  }
}
