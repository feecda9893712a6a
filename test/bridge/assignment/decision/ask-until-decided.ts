/** The loop around the decision, with a directory that answers at once. */
import type {
  Answers,
  Decision,
  DecisionInput,
  Question,
} from '../../../../src/bridge/assignment/decision/decision.js';
import { decide } from '../../../../src/bridge/assignment/decision/decide.js';
import { defaultPolicies } from '../../../../src/bridge/assignment/decision/decision.js';
import type { naiveDirectory } from '../naive-directory.js';

export type NaiveDirectory = ReturnType<typeof naiveDirectory>;

export const decisionInput = (given: Partial<DecisionInput>): DecisionInput => ({
  found: { addresses: [], references: [] },
  date: new Date('2026-11-20T10:00:00Z'),
  history: [],
  pre: { assigned: [], removed: [], everOrder: false, everOffer: false },
  ignored: new Map(),
  marked: [],
  policies: defaultPolicies,
  ...given,
});

/** @returns the decision, and what was asked for it, in order */
export function askUntilDecided(
  input: DecisionInput,
  directory: NaiveDirectory,
): { decision: Decision; asked: Question['kind'][] } {
  let answers: Answers = {};
  const asked: Question['kind'][] = [];
  for (;;) {
    const outcome = decide(input, answers);
    if (outcome.kind === 'decided') return { decision: outcome.decision, asked };
    const { question } = outcome;
    asked.push(question.kind);
    answers = { ...answers, [question.kind]: answer(question, directory) };
  }
}

function answer(question: Question, directory: NaiveDirectory) {
  if (question.kind === 'existing') return directory.existing(question.records);
  if (question.kind === 'contact') return directory.contacts(question.addresses);
  return directory.trade(question.kind, question.question);
}
