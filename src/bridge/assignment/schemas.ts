/** What the assignment routes take and answer. */
import { z } from 'zod';
import { recordTypes } from '../directory/record.js';
import { id } from '../messages/schemas.js';
import { sources, steps } from './decision/decision.js';
import { places } from './reading/found-in-mail.js';
import { policiesChange } from './settings-routes.js';

export const recordType = z.enum(recordTypes);
export const recordId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u);

export const recordRef = z.strictObject({ type: recordType, id: recordId });

const seenRef = z.object({ type: recordType, id: z.string() });
/** `label`: number of an order or offer, name of a contact. */
export const labelledRecord = z.object({ ...seenRef.shape, label: z.string() });
const source = z.enum(sources);
const step = z.enum(steps);
const place = z.enum(places);

const tracedResult = z.object({
  address: z.string(),
  /** The only record; chosen by a number; several, none chosen. */
  outcome: z.enum(['only', 'byNumber', 'several']),
  numbers: z.array(z.string()),
  candidates: z.array(seenRef),
  /** Whether there are no more candidates than these. */
  isComplete: z.boolean(),
});

export const traceView = z.object({
  history: z.array(
    z.object({
      messageId: z.int().nullable(),
      outcome: z.enum(['skipped', 'assigned', 'removed']),
      gone: z.array(seenRef),
      withheld: z.array(seenRef),
    }),
  ),
  addresses: z.array(
    z.object({
      address: z.string(),
      places: z.array(place),
      ignoredBy: z
        .object({ kind: z.enum(['user', 'group', 'blocklist']), entry: z.string().optional() })
        .nullable(),
    }),
  ),
  addressCount: z.int(),
  references: z.array(
    z.object({
      reference: z.string(),
      text: z.string(),
      places: z.array(z.enum(['subject', 'body'])),
      isKnown: z.boolean(),
    }),
  ),
  referenceCount: z.int(),
  steps: z.array(
    z.object({
      step,
      outcome: z.enum(['assigned', 'ambiguous', 'nothing']),
      results: z.array(tracedResult),
      pairs: z.array(z.object({ references: z.array(z.string()), record: seenRef })),
      chosenBy: z.string().nullable(),
      record: seenRef.nullable(),
    }),
  ),
});

export const decisionView = z.object({
  step,
  /** Why, in one sentence. */
  reason: z.string(),
  assignments: z.array(z.object({ ...labelledRecord.shape, source })),
  suggestions: z.array(labelledRecord),
  trace: traceView,
});

/** `open`: the ERP did not answer; the run is repeated by itself. */
export const runView = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('decided'),
    /** null: the message was left alone. */
    runId: z.string().nullable(),
    ...decisionView.shape,
  }),
  z.object({
    state: z.literal('open'),
    runId: z.string(),
    retryAt: z.iso.datetime(),
    code: z.string(),
    message: z.string(),
  }),
]);

export const keptRunView = z.object({
  runId: z.string(),
  messageId: z.int(),
  trigger: z.enum(['open', 'send', 'arrival', 'rerun']),
  state: z.enum(['decided', 'open', 'undone']),
  by: z.string().nullable(),
  at: z.iso.datetime(),
  decision: decisionView.nullable(),
});

export const messageAssignments = z.object({
  assignments: z.array(
    z.object({
      ...labelledRecord.shape,
      source,
      runId: z.string().nullable(),
      /** ERP user; null: the ERP itself. */
      by: z.string().nullable(),
      at: z.iso.datetime(),
    }),
  ),
  /** What was taken away by hand. */
  removals: z.array(
    z.object({
      ...labelledRecord.shape,
      wasAutomatic: z.boolean(),
      by: z.string().nullable(),
      at: z.iso.datetime(),
    }),
  ),
});

export const runRequest = z.strictObject({ trigger: z.enum(['open', 'send']) });

export const undoRequest = z.strictObject({
  /** Whether the rules may decide about the message anew. */
  evaluateAgain: z.boolean().default(false),
});

export const byMessage = z.object({ id });
export const byMessageAndRecord = z.object({ id, type: recordType, recordId });
export const byRun = z.object({ runId: z.string().min(1).max(100) });

export const byRerun = z.object({ rerunId: z.string().min(1).max(100) });

export const moveRequest = z.strictObject({
  from: recordRef,
  to: recordRef,
  /** All mails of the conversation that have it. */
  wholeThread: z.boolean().default(false),
});

// --- preview ---

const header = z
  .union([z.string().max(100_000), z.array(z.string().max(100_000)).max(1000)])
  .default([])
  .transform((given) => (typeof given === 'string' ? [given] : given));
const MAX_TEXT = 30_000_000;
const text = z.string().max(MAX_TEXT).nullable().default(null);
const date = z.iso
  .datetime({ offset: true })
  .nullable()
  .default(null)
  .transform((given) => (given === null ? null : new Date(given)));

const removal = z.strictObject({ ...recordRef.shape, wasAutomatic: z.boolean().default(true) });
const refs = z.array(recordRef).max(1000).default([]);
const removals = z.array(removal).max(1000).default([]);

export const previewRequest = z
  .strictObject({
    messageId: z.int().min(1).optional(),
    message: z
      .strictObject({
        from: header,
        replyTo: header,
        to: header,
        cc: header,
        bcc: header,
        subject: z.string().max(100_000).default(''),
        text,
        html: text,
        date,
      })
      .optional(),
    history: z
      .array(
        z.strictObject({
          assigned: refs,
          removed: removals,
          sameThread: z.boolean().default(true),
          date,
        }),
      )
      .max(1000)
      .default([]),
    pre: z
      .strictObject({
        assigned: refs,
        removed: removals,
        everOrder: z.boolean().default(false),
        everOffer: z.boolean().default(false),
      })
      .optional(),
    policies: policiesChange.default({}),
  })
  .refine(({ message, messageId }) => (message === undefined) !== (messageId === undefined), {
    params: { text: 'oneOf' },
    path: ['messageId'],
  });
export type PreviewRequest = z.infer<typeof previewRequest>;
