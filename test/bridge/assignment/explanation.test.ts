import { describe, expect, it } from '@jest/globals';
import { explain } from '../../../src/bridge/assignment/explanation.js';
import type { Decision, DecisionInput } from '../../../src/bridge/assignment/decision/decision.js';
import type { FoundInMail } from '../../../src/bridge/assignment/reading/found-in-mail.js';
import type { RecordRef } from '../../../src/bridge/directory/record.js';
import { askUntilDecided, decisionInput } from './decision/ask-until-decided.js';
import { contactRecord, naiveDirectory, tradeRecord } from './naive-directory.js';

const directory = naiveDirectory({
  order: [
    tradeRecord({ id: 'O1', emails: ['eins@k.de'], references: ['ab-1'], contactId: 'C1' }),
    tradeRecord({ id: 'O2', emails: ['zwei@k.de'], references: ['ab-2', 'k-9'] }),
    tradeRecord({ id: 'O3', emails: ['zwei@k.de'], references: ['ab-3', 'k-9'] }),
  ],
  offer: [tradeRecord({ id: 'F1', emails: ['angebot@k.de'], references: ['an-1'] })],
  contact: [
    contactRecord({ id: 'C1', emails: ['nur@k.de'] }),
    contactRecord({ id: 'C2', emails: ['doppelt@k.de'] }),
    contactRecord({ id: 'C3', emails: ['doppelt@k.de', 'alt@k.de'], active: false }),
    contactRecord({ id: 'C4', emails: ['alt@k.de'], active: false }),
  ],
});

const from = (...addresses: string[]): FoundInMail['addresses'] =>
  addresses.map((address) => ({ address, places: ['from'] }));
const numbers = (...texts: string[]): FoundInMail['references'] =>
  texts.map((text) => ({ reference: text.toLowerCase(), text, places: ['body'] }));
const found = (addresses: FoundInMail['addresses'], references: FoundInMail['references'] = []) =>
  ({ found: { addresses, references } }) satisfies Partial<DecisionInput>;

const decided = (input: Partial<DecisionInput>): Decision =>
  askUntilDecided(decisionInput(input), directory).decision;
const O1 = { type: 'order', id: 'O1' } as const;
const older = { messageId: 1, date: null, isSameThread: true };

const sentences: readonly (readonly [string, Partial<DecisionInput>, string, string])[] = [
  [
    'the only order of an address',
    found(from('eins@k.de')),
    'eins@k.de (Absender) führt nur zu Auftrag O1; dazu Kontakt C1.',
    'eins@k.de (sender) leads to order O1 only; along with it contact C1.',
  ],
  [
    'one of several by a number',
    found(from('zwei@k.de'), numbers('AB-3')),
    'zwei@k.de (Absender) führt zu mehreren Aufträgen; die Nummer AB-3 steht nur an Auftrag O3.',
    'zwei@k.de (sender) leads to several orders; the number AB-3 stands at order O3 only.',
  ],
  [
    'two numbers',
    found([], numbers('AB-2', 'K-9')),
    'Die Nummern AB-2 und K-9 im Text stehen zusammen nur an Auftrag O2.',
    'The numbers AB-2 and K-9 in the text stand together at order O2 only.',
  ],
  [
    'a contact',
    found(from('nur@k.de')),
    'nur@k.de (Absender) führt nur zu Kontakt C1.',
    'nur@k.de (sender) leads to contact C1 only.',
  ],
  [
    'several orders and no number',
    found(from('zwei@k.de')),
    'Nicht eindeutig: zwei@k.de (Absender) führt zu mehreren Aufträgen, und keine Nummer entscheidet.',
    'Ambiguous: zwei@k.de (sender) leads to several orders, and no number decides.',
  ],
  [
    'inactive contacts only',
    found(from('alt@k.de')),
    'Nicht eindeutig: alt@k.de (Absender) gehört zu mehreren Kontakten.',
    'Ambiguous: alt@k.de (sender) belongs to several contacts.',
  ],
  [
    'nothing',
    found(from('fremd@x.de')),
    'Keine Adresse und keine zwei Nummern der E-Mail führen zu einem Datensatz.',
    'No address and no two numbers of the mail lead to a record.',
  ],
  [
    'ignored addresses only',
    { ...found(from('eins@k.de')), ignored: new Map([['eins@k.de', { kind: 'user' }]]) },
    'Alle Adressen der E-Mail sind eigene oder stehen in der Blacklist; sonst führt nichts zu einem Datensatz.',
    'All addresses of the mail are our own or in the blocklist; nothing else leads to a record.',
  ],
  [
    'the history',
    { history: [{ ...older, assigned: [O1], removed: [] }] },
    'Aus dem Verlauf übernommen: Auftrag O1.',
    'Taken over from the history: order O1.',
  ],
  [
    'a removal in the history',
    { history: [{ ...older, assigned: [], removed: [{ record: O1, wasAutomatic: true }] }] },
    'Im Verlauf wurde eine automatische Zuordnung von Hand entfernt; deshalb wird nichts zugeordnet.',
    'In the history an automatic assignment was removed by hand; so nothing is assigned.',
  ],
  [
    'our own mark',
    { marked: [O1] },
    'Antwort auf eine E-Mail von hier, die zu Auftrag O1 gehört.',
    'Answer to a mail from here that belongs to order O1.',
  ],
];

const labelOf = ({ id }: RecordRef) => id;

describe('why', () => {
  it.each(sentences)('SAL-127 %s', (_, input, german, english) => {
    const decision = decided(input);
    expect(explain(decision, { language: 'de', labelOf })).toBe(german);
    expect(explain(decision, { language: 'en', labelOf })).toBe(english);
  });

  it('names no record that the reader may not see', () => {
    const decision = decided(found(from('eins@k.de')));
    const blind = explain(decision, { language: 'de', labelOf: () => null });
    expect(blind).toBe('Zugeordnet nach Schritt 2a; den Datensatz dürfen Sie nicht sehen.');
    const partly = { language: 'de', labelOf: (one: RecordRef) => (one.id === 'C1' ? null : one.id) } as const; // prettier-ignore
    expect(explain(decision, partly)).toBe('eins@k.de (Absender) führt nur zu Auftrag O1.');
    const history = decided({ history: [{ ...older, assigned: [O1], removed: [] }] });
    expect(explain(history, { language: 'de', labelOf: () => null })).not.toMatch(/O1/);
  });

  it("uses the ERP's words where it has its own", () => {
    const one = { de: 'Bestellung', en: 'sales order' };
    const word = { one, several: { de: 'Bestellungen', en: 'sales orders' } };
    const words = { order: word, offer: word, contact: word, article: word };
    expect(explain(decided(found(from('zwei@k.de'))), { language: 'de', labelOf, words })).toMatch(
      /mehreren Bestellungen/,
    );
  });
});
