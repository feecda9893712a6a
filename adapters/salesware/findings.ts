/** What „Einstellungen prüfen“ shows. */
import { z } from 'zod';
import { findingsSchema } from '../../src/bridge/checks/index.js';
import type { FieldWords } from '../operations.js';
import { checkResults, type Language } from './texts.js';

const outcomes = { ok: 'ok', warning: 'warnung', failed: 'fehler' } as const;

export const checkAnswer = z.object({
  inOrdnung: z.boolean(),
  /** One sentence for the whole. */
  meldung: z.string(),
  befunde: z.array(
    z.object({
      pruefung: z.string(),
      ergebnis: z.enum(['ok', 'warnung', 'fehler']),
      code: z.string(),
      /** Field of the form; null when none is at fault. */
      feld: z.string().nullable(),
      meldung: z.string(),
      hinweis: z.string().nullable(),
      /** Likely cause, e.g. `appPasswordNeeded`; null when unknown. */
      ursache: z.string().nullable(),
      /** The provider's page for what the hint asks to do; null when there is none. */
      seite: z.string().nullable(),
      dauerMs: z.int(),
    }),
  ),
});

export const toCheckAnswer =
  (register: keyof typeof checkResults, words: FieldWords) =>
  (body: unknown, language: Language): z.infer<typeof checkAnswer> => {
    const { ok, findings } = findingsSchema.parse(body);
    return {
      inOrdnung: ok,
      meldung: checkResults[register][ok ? 'ok' : 'failed'][language],
      befunde: findings.map((finding) => ({
        pruefung: finding.check,
        ergebnis: outcomes[finding.outcome],
        code: finding.code,
        feld: finding.field === null ? null : words(finding.field),
        meldung: finding.message,
        hinweis: finding.hint,
        ursache: finding.advice,
        seite: finding.url,
        dauerMs: finding.durationMs,
      })),
    };
  };
