/** Rules that the scenarios do not tell apart, on the decision itself. */
import { describe, expect, it } from '@jest/globals';
import {
  defaultPolicies,
  type DecisionInput,
} from '../../../src/bridge/assignment/decision/decision.js';
import type { Place } from '../../../src/bridge/assignment/reading/found-in-mail.js';
import { askUntilDecided, decisionInput } from './decision/ask-until-decided.js';
import { contactRecord, naiveDirectory, tradeRecord } from './naive-directory.js';

const directory = naiveDirectory({
  order: [
    tradeRecord({ id: 'O1', emails: ['eins@k.de'], references: ['ab-1'] }),
    tradeRecord({ id: 'O2', emails: ['zwei@k.de', 'zwei+lager@k.de'], references: ['ab-2'] }),
  ],
  offer: [
    tradeRecord({ id: 'F1', emails: ['angebot@k.de'], contactId: 'C1', articleIds: ['A1', 'A1'] }),
    tradeRecord({ id: 'F2', emails: ['viele@k.de'], references: ['an-2'] }),
    tradeRecord({ id: 'F3', emails: ['viele@k.de'], references: ['an-3'] }),
  ],
  contact: [
    contactRecord({ id: 'C1', emails: ['kontakt@k.de'] }),
    contactRecord({ id: 'C2', emails: ['alt@k.de'], active: false }),
    contactRecord({ id: 'C3', emails: ['alt@k.de', 'alter@k.de'], active: false }),
  ],
});

const input = (addresses: Readonly<Record<string, readonly Place[]>>, numbers: string[] = []) =>
  ({
    found: {
      addresses: Object.entries(addresses).map(([address, places]) => ({ address, places })),
      references: numbers.map((text) => ({ reference: text, text, places: ['body'] })),
    },
  }) satisfies Partial<DecisionInput>;

function decide(given: Partial<DecisionInput>) {
  const { decision, asked } = askUntilDecided(decisionInput(given), directory);
  const { step, assignments, suggestions } = decision;
  return {
    step,
    ids: assignments.map(({ id }) => id),
    suggested: suggestions.map(({ id }) => id),
    asked,
  };
}

describe('the rules', () => {
  it('SAL-160 an address in the text leads to an offer as one in the header does', () => {
    const inText = decide(input({ 'angebot@k.de': ['body'] }));
    expect(inText).toMatchObject({ step: '3b', ids: ['F1', 'C1', 'A1'] });
    expect(decide(input({ 'viele@k.de': ['body'] }, ['an-3']))).toMatchObject({
      step: '3b',
      ids: ['F3'],
    });
  });

  it('SAL-158 offers are not even asked for where an order was found', () => {
    const { asked } = decide(input({ 'eins@k.de': ['from'], 'angebot@k.de': ['cc'] }));
    expect(asked).toEqual(['order', 'contact']);
  });

  it('SAL-164 contacts are not asked for where one came along', () => {
    expect(decide(input({ 'angebot@k.de': ['from'] })).asked).toEqual(['order', 'offer']);
  });

  it('SAL-170 SAL-171 of inactive contacts the only one, never one of several', () => {
    expect(decide(input({ 'alter@k.de': ['from'] }))).toMatchObject({ step: '4a', ids: ['C3'] });
    expect(decide(input({ 'alt@k.de': ['from'] }))).toMatchObject({ step: 'none', ids: [] });
  });

  it('a sub-address leads to the record of its address if the policy says so; its own record comes first', () => {
    const policies = { ...defaultPolicies, plusFolding: true };
    const mail = input({ 'eins+lager@k.de': ['from'] });
    expect(decide(mail)).toMatchObject({ step: 'none' });
    expect(decide({ ...mail, policies })).toMatchObject({ step: '2a', ids: ['O1'] });
    const own = input({ 'zwei+lager@k.de': ['from'] });
    expect(decide({ ...own, policies })).toMatchObject({ step: '2a', ids: ['O2'] });
  });

  it('SAL-139 a later removal wins if the policy says so', () => {
    const O1 = { type: 'order', id: 'O1' } as const;
    const history = [
      { messageId: 1, date: new Date(1), isSameThread: true, assigned: [O1], removed: [] },
      {
        messageId: 2,
        date: new Date(2),
        isSameThread: true,
        assigned: [],
        removed: [{ record: O1, wasAutomatic: true }],
      },
    ];
    expect(decide({ history })).toMatchObject({ step: '1', ids: ['O1'] });
    const policies = { ...defaultPolicies, removalWins: true };
    expect(decide({ history, policies })).toMatchObject({ step: '1', ids: [] });
  });

  it('our own mark decides only where no rule does', () => {
    const marked = [{ type: 'order', id: 'O2' } as const];
    expect(decide({ marked })).toMatchObject({ step: 'mark', ids: ['O2'] });
    const ruled = decide({ ...input({ 'eins@k.de': ['from'] }), marked });
    expect(ruled).toMatchObject({ step: '2a', ids: ['O1'] });
  });

  it('candidates are offered where the policy says so', () => {
    const policies = { ...defaultPolicies, suggestions: true };
    const mail = input({ 'viele@k.de': ['from'] });
    expect(decide(mail).suggested).toEqual([]);
    expect(decide({ ...mail, policies })).toMatchObject({ ids: [], suggested: ['F2', 'F3'] });
  });
});
