/** What a check found: one line of its result, in the caller's language. */
import { z } from 'zod';
import type { Origin } from '../../platform/failure.js';
import {
  fill,
  messages,
  type Language,
  type MessageCode,
  type TextParams,
} from '../texts/index.js';

export const findingSchema = z.object({
  /** What was looked at, e.g. `signIn`. */
  check: z.string(),
  outcome: z.enum(['ok', 'warning', 'failed']),
  code: z.string(),
  /** The field of the form to look at; null when none is at fault. */
  field: z.string().nullable(),
  message: z.string(),
  hint: z.string().nullable(),
  durationMs: z.int(),
  /** Who says so. */
  origin: z.enum(['caller', 'mailServer', 'archive', 'erp', 'bridge']),
});
export type Finding = z.infer<typeof findingSchema>;

interface Found {
  readonly check: string;
  readonly outcome: Finding['outcome'];
  readonly code: MessageCode;
  readonly origin: Origin;
  readonly field?: string | null;
  readonly params?: TextParams;
  readonly durationMs?: number;
}

export function finding(found: Found, language: Language): Finding {
  const { detail, hint } = messages[found.code];
  return {
    check: found.check,
    outcome: found.outcome,
    code: found.code,
    field: found.field ?? null,
    message: fill(detail, language, found.params),
    hint: hint === undefined ? null : fill(hint, language, found.params),
    durationMs: Math.round(found.durationMs ?? 0),
    origin: found.origin,
  };
}

export const findingsSchema = z.object({
  /** Whether everything was tried and nothing failed. */
  ok: z.boolean(),
  findings: z.array(findingSchema),
});

const untried: ReadonlySet<string> = new Set<MessageCode>(['passwordNeeded', 'checkNotAnswered']);

export const findingsReply = (findings: readonly Finding[]) => ({
  status: 200,
  body: {
    ok: findings.every(({ outcome, code }) => outcome !== 'failed' && !untried.has(code)),
    findings,
  },
});
