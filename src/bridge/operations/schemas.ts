/** The shapes of operations, elements and warnings. */
import { z } from 'zod';
import { stepOutcomes } from '../provisioning/outcome.js';

export const element = z.enum([
  'incomingAccount',
  'smtpAccount',
  'group',
  'signature',
  'filter',
  'inboundRule',
]);

export const warning = z.object({
  code: z.enum([
    'ruleRefused',
    'ruleKeptAsChanged',
    'signatureNotDefault',
    'smtpPasswordMissing',
    'smtpManagedExternally',
    // a dry run tells what a save would ask
    'removalNotConfirmed',
    'removalNotProven',
    'removalNotChecked',
  ]),
  element,
  name: z.string(),
  /** Stored mails that would be removed from their server at once, for removalNotConfirmed. */
  count: z.int().optional(),
});

/** What happened to an element; `id` is null while it does not exist. */
export const elementOutcome = z.object({
  element,
  name: z.string(),
  id: z.int().nullable(),
  outcome: z.enum(stepOutcomes),
});

/** What would happen to an element; `id` is null when it would be created. */
export const plannedElement = z.object({
  element,
  name: z.string(),
  id: z.int().nullable(),
  action: z.enum(['create', 'reuse', 'update', 'delete']),
});

export const dryRun = z.object({
  elements: z.array(plannedElement),
  warnings: z.array(warning),
});

/** The answer to a save. */
export const saveResult = z.object({
  operationId: z.string(),
  elements: z.array(elementOutcome),
  warnings: z.array(warning),
});

/** The answer to a save that goes on after the answer (`Prefer: respond-async`, RFC 7240 §4.1). */
export const accepted = z.object({ operationId: z.string() });

export const operation = z.object({
  id: z.string(),
  state: z.enum(['running', 'unfinished', 'succeeded', 'failed']),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  failure: z
    .object({ code: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])) })
    .nullable(),
  warnings: z.array(warning),
  steps: z.array(
    z.object({
      step: z.string(),
      action: z.string(),
      element: element.nullable(),
      name: z.string(),
      id: z.int().nullable(),
      outcome: z.enum(stepOutcomes),
    }),
  ),
});
