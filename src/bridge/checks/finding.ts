/** What a check found: one line of its result, in the caller's language. */
import { z } from 'zod';
import type { Advice } from '../../mail/advice/index.js';
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
  /** The likely cause beneath `code`, e.g. `appPasswordNeeded`, which message and hint speak of; null when unknown. */
  advice: z.string().nullable(),
  /** The provider's page for what the hint asks to do; null when there is none. */
  url: z.string().nullable(),
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
  /** Says more than `code`: its words, field and page stand instead. */
  readonly advice?: Advice | null;
  readonly durationMs?: number;
}

export function finding(found: Found, language: Language): Finding {
  const advice = found.advice ?? null;
  const { detail, hint } = messages[advice?.code ?? found.code];
  const { field = null, params = {} } = advice ?? found;
  return {
    check: found.check,
    outcome: found.outcome,
    code: found.code,
    field,
    message: fill(detail, language, params),
    hint: hint === undefined ? null : fill(hint, language, params),
    advice: advice?.code ?? null,
    url: advice?.url ?? null,
    durationMs: Math.round(found.durationMs ?? 0),
    origin: found.origin,
  };
}

export const findingsSchema = z.object({
  /** Whether everything was tried and nothing failed. */
  ok: z.boolean(),
  findings: z.array(findingSchema),
});

const untried: ReadonlySet<string> = new Set<MessageCode>([
  'passwordNeeded',
  'linkNotTried',
  'checkNotAnswered',
  'temporarilyUnavailable',
]);

export const findingsReply = (findings: readonly Finding[]) => ({
  status: 200,
  body: {
    ok: findings.every(({ outcome, code }) => outcome !== 'failed' && !untried.has(code)),
    findings,
  },
});
