/** Send-as matrix and round trip. */
import { z } from 'zod';
import type { RoundTrip, SenderCheck } from '../../greyhound/index.js';
import type { Arming } from '../../platform/arming.js';
import { emailAddress } from '../accounts/fields.js';
import type { ArchiveAccess } from '../archive-access.js';
import { requireArmed } from '../arming/require-armed.js';
import { route, type AnyRoute, type Language } from '../http/route.js';
import { id } from '../messages/schemas.js';
import { fill, messages, type MessageCode } from '../texts/index.js';
import { finding, findingsReply, findingsSchema, type Finding } from './finding.js';
import { checkSenders, MAX_SENDERS, roundTrip } from './sending-trials.js';

export interface SendingRouteDependencies {
  readonly archive: ArchiveAccess;
  /** Until it is armed nothing is sent, not even to oneself. */
  readonly arming: Pick<Arming, 'disarmed'>;
}

const senderRow = z.object({
  sender: z.string(),
  accepted: z.boolean(),
  code: z.enum(['senderAccepted', 'senderRefused', 'senderDeferred']),
  /** Reply code of SMTP; null when the sender was accepted. */
  replyCode: z.int().nullable(),
  /** Enhanced status code (RFC 3463). */
  enhancedCode: z.string().nullable(),
  message: z.string(),
  hint: z.string().nullable(),
});

const params = z.object({ id });

export const sendingRoutes = ({
  archive,
  arming,
}: SendingRouteDependencies): readonly AnyRoute[] => [
  route({
    operationId: 'checkSenders',
    method: 'post',
    path: '/api/v1/smtp-accounts/{id}/send-as-check',
    summary: 'Ask the server about each sender address; nothing is sent',
    tag: 'SMTP accounts',
    scope: 'accounts:write',
    params,
    body: z
      .strictObject({
        /** Left out: the senders of the account, and the addresses of all groups. */
        senders: z.array(emailAddress).min(1).max(MAX_SENDERS).optional(),
      })
      .optional(),
    bodyOptional: true,
    resumes: true,
    responses: {
      200: { description: 'A row a sender', schema: z.object({ rows: z.array(senderRow) }) },
    },
    handler: async ({ params: { id: smtpId }, body, language }) => {
      const checks = await checkSenders(archive, smtpId, body?.senders);
      return { status: 200, body: { rows: checks.map((check) => rowOf(check, language)) } };
    },
  }),
  route({
    operationId: 'checkRoundTrip',
    method: 'post',
    path: '/api/v1/incoming-accounts/{id}/round-trip',
    summary: 'Send a marked mail to the mailbox, find it there and remove it',
    tag: 'incoming accounts',
    scope: 'accounts:write',
    params,
    body: z
      .strictObject({
        /** Left out: the SMTP account of the same name. */
        smtpAccountId: z.int().min(1).optional(),
      })
      .optional(),
    bodyOptional: true,
    responses: { 200: { description: 'Findings', schema: findingsSchema } },
    handler: async ({ params: { id: incomingId }, body, language }) => {
      requireArmed(arming);
      const trip = await roundTrip(archive, incomingId, body?.smtpAccountId);
      return findingsReply(tripFindings(trip, language));
    },
  }),
];

function rowOf(
  { Sender: sender, Accepted: accepted, ReplyCode, EnhancedCode, Words: words }: SenderCheck,
  language: Language,
): z.infer<typeof senderRow> {
  const isDeferred = ReplyCode >= 400 && ReplyCode < 500;
  const refusal = isDeferred ? 'senderDeferred' : 'senderRefused';
  const code = accepted ? 'senderAccepted' : refusal;
  const { detail, hint } = messages[code];
  return {
    sender,
    accepted,
    code,
    replyCode: ReplyCode === 0 ? null : ReplyCode,
    enhancedCode: EnhancedCode === '' ? null : EnhancedCode,
    message: fill(detail, language, { sender, words }),
    hint: hint === undefined ? null : fill(hint, language),
  };
}

const steps = [
  { step: 'send', member: 'SentMs', done: 'roundTripSent', failed: 'roundTripNotSent' },
  { step: 'find', member: 'FoundMs', done: 'roundTripFound', failed: 'roundTripNotFound' },
  { step: 'remove', member: 'RemovedMs', done: 'roundTripRemoved', failed: 'roundTripNotRemoved' },
] as const;

/** How far it came; a step that failed ends it. */
function tripFindings(trip: RoundTrip, language: Language): Finding[] {
  const { FailedStep: failedStep, Code, Words: words } = trip;
  let sinceMs = 0;
  return steps.flatMap(({ step, member, done, failed }): Finding[] => {
    const common = { check: step, origin: 'archive' } as const;
    if (step === failedStep) {
      const isUnsent = step === 'find' && trip.SentMs === 0;
      const code = isUnsent ? 'roundTripNotOpened' : failed;
      const told = wordsOf(Code, words, language);
      return [finding({ ...common, outcome: 'failed', code, params: { words: told } }, language)];
    }
    const atMs = trip[member];
    if (atMs === 0) return [];
    const durationMs = atMs - sinceMs;
    sinceMs = atMs;
    return [finding({ ...common, outcome: 'ok', code: done, durationMs }, language)];
  });
}

/** In the reader's language where the cause is known. */
const wordsOf = (code: string, words: string, language: Language): string =>
  Object.hasOwn(messages, code)
    ? fill(messages[code as MessageCode].detail, language, { serverText: words })
    : words;
