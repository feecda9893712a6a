/** Assignments, the sentence why and its trace, as Salesware reads them. */
import { z } from 'zod';
import { messageAssignments, type decisionView } from '../../src/bridge/assignment/index.js';
import type { Language } from '../../src/bridge/index.js';
import {
  historyOutcomes,
  ignoredReasons,
  outcomes,
  places,
  recordTypes,
  sources,
  stepTexts,
  type Typ,
} from './assignment-texts.js';
import { codes } from './forms.js';

export const typ = codes(recordTypes);
/** `bezeichnung`: number of a Bestellung or Angebot, name of a Kontakt. */
const recordShape = { typ, id: z.string(), bezeichnung: z.string() };
const wordsOf = <W extends string>(words: Readonly<Record<string, W>>) =>
  z.enum(Object.values(words));
const fundorte = z.array(wordsOf(places));

export const standingView = z.object({
  zuordnungen: z.array(
    z.object({
      ...recordShape,
      herkunft: wordsOf(sources),
      /** The run that made it; null: made by hand. */
      lauf: z.string().nullable(),
      /** Salesware user; null: the ERP itself. */
      von: z.string().nullable(),
      am: z.string(),
    }),
  ),
  /** What was removed by hand; the rules do not make it again where they had made it. */
  entfernt: z.array(
    z.object({
      ...recordShape,
      warAutomatisch: z.boolean(),
      von: z.string().nullable(),
      am: z.string(),
    }),
  ),
});

export const traceView = z.object({
  verlauf: z.array(z.object({ nachricht: z.int().nullable(), ergebnis: wordsOf(historyOutcomes) })),
  adressen: z.array(
    z.object({
      adresse: z.string(),
      fundorte,
      /** null: it was searched for. */
      ignoriert: z
        .object({
          grund: z.enum(['benutzer', 'gruppe', 'blacklist']),
          text: z.string(),
          /** Of the Blacklist, as it stands there. */
          eintrag: z.string().nullable(),
        })
        .nullable(),
    }),
  ),
  /** Also those that are not listed. */
  adressenAnzahl: z.int(),
  referenznummern: z.array(z.object({ nummer: z.string(), fundorte, bekannt: z.boolean() })),
  referenznummernAnzahl: z.int(),
  schritte: z.array(
    z.object({ schritt: codes(stepTexts), text: z.string(), ergebnis: wordsOf(outcomes) }),
  ),
});

export const decisionShape = {
  /** Why, in one sentence. */
  grund: z.string(),
  schritt: codes(stepTexts),
  /** Candidates of an ambiguous run, where the administrator has switched suggestions on. */
  vorschlaege: z.array(z.object(recordShape)),
  spur: traceView,
};

type Decision = z.infer<typeof decisionView>;

interface LabelledRecord {
  readonly type: (typeof recordTypes)[Typ];
  readonly id: string;
  readonly label: string;
}

const typOf = (type: LabelledRecord['type']): Typ =>
  (Object.keys(recordTypes) as Typ[]).find((word) => recordTypes[word] === type) ?? 'artikel';

const toRecord = ({ type, id, label }: LabelledRecord) => ({
  typ: typOf(type),
  id,
  bezeichnung: label,
});

const types: readonly LabelledRecord['type'][] = Object.values(recordTypes);

/** Bestellung, Angebot, Kontakt, Artikel. */
const inOrder = <R extends LabelledRecord>(records: readonly R[]): R[] =>
  [...records].sort((one, other) => types.indexOf(one.type) - types.indexOf(other.type));

export function toStanding(body: unknown): z.infer<typeof standingView> {
  const { assignments, removals } = messageAssignments.parse(body);
  return {
    zuordnungen: inOrder(assignments).map((one) => ({
      ...toRecord(one),
      herkunft: sources[one.source],
      lauf: one.runId,
      von: one.by,
      am: one.at,
    })),
    entfernt: inOrder(removals).map((one) => ({
      ...toRecord(one),
      warAutomatisch: one.wasAutomatic,
      von: one.by,
      am: one.at,
    })),
  };
}

export const toDecision = ({ reason, step, suggestions, trace }: Decision, language: Language) => ({
  grund: reason,
  schritt: step,
  vorschlaege: suggestions.map(toRecord),
  spur: toTrace(trace, language),
});

const toTrace = (trace: Decision['trace'], language: Language): z.infer<typeof traceView> => ({
  verlauf: trace.history.map(({ messageId, outcome }) => ({
    nachricht: messageId,
    ergebnis: historyOutcomes[outcome],
  })),
  adressen: trace.addresses.map((one) => ({
    adresse: one.address,
    fundorte: one.places.map((place) => places[place]),
    ignoriert: one.ignoredBy && toIgnored(one.ignoredBy, language),
  })),
  adressenAnzahl: trace.addressCount,
  referenznummern: trace.references.map((one) => ({
    nummer: one.text,
    fundorte: one.places.map((place) => places[place]),
    bekannt: one.isKnown,
  })),
  referenznummernAnzahl: trace.referenceCount,
  schritte: trace.steps.map(({ step, outcome }) => ({
    schritt: step,
    text: stepTexts[step][language],
    ergebnis: outcomes[outcome],
  })),
});

type IgnoredBy = NonNullable<Decision['trace']['addresses'][number]['ignoredBy']>;

function toIgnored({ kind, entry }: IgnoredBy, language: Language) {
  const { word, text } = ignoredReasons[kind];
  const shown = entry === undefined ? text[language] : `${text[language]}: ${entry}`;
  return { grund: word, text: shown, eintrag: entry ?? null };
}
