import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decide } from '../../../../src/bridge/assignment/decision/decide.js';
import type {
  Answers,
  Decision,
  DecisionInput,
} from '../../../../src/bridge/assignment/decision/decision.js';
import type { FoundInMail } from '../../../../src/bridge/assignment/reading/found-in-mail.js';
import type { Directory } from '../../../../src/bridge/directory/directory.js';
import { recordLookUp, type ErpRecord } from '../../../../fixtures/erp-host/record-lookup.js';
import { decisionInput } from '../../assignment/decision/ask-until-decided.js';
import { asking, RunningErp, TOKEN } from './running-erp.js';

async function decided(input: DecisionInput, directory: Directory): Promise<Decision> {
  let answers: Answers = {};
  for (;;) {
    const outcome = decide(input, answers);
    if (outcome.kind === 'decided') return outcome.decision;
    const { question } = outcome;
    if (question.kind === 'existing')
      answers = { ...answers, existing: await directory.existing(question.records) };
    else if (question.kind === 'contact')
      answers = { ...answers, contact: await directory.contacts(question.addresses) };
    else
      answers = {
        ...answers,
        [question.kind]: await directory.trade(question.kind, question.question),
      };
  }
}

interface Mail {
  readonly from?: readonly string[];
  readonly inText?: readonly string[];
  readonly subject?: readonly string[];
  readonly body?: readonly string[];
}

const found = ({ from = [], inText = [], subject = [], body = [] }: Mail): FoundInMail => ({
  addresses: [
    ...from.map((address) => ({ address, places: ['from'] as const })),
    ...inText.map((address) => ({ address, places: ['body'] as const })),
  ],
  references: [
    ...subject.map((one) => ({ reference: one, text: one, places: ['subject'] as const })),
    ...body.map((one) => ({ reference: one, text: one, places: ['body'] as const })),
  ],
});

const contactsOnly = (contacts: readonly ErpRecord[], limit: number) =>
  recordLookUp({ token: TOKEN, records: { orders: [], offers: [], contacts }, limit });
const contact = (id: string, active: boolean): ErpRecord => ({
  id,
  name: id,
  active,
  emails: ['viele@web.example'],
});

let erp: RunningErp;
beforeAll(async () => {
  erp = await RunningErp.start();
});
beforeEach(() => {
  erp.answer = recordLookUp({ token: TOKEN });
});
afterAll(() => erp.close());

const rows: readonly [title: string, mail: Mail, step: string, record: string | null][] = [
  ['SAL-146 the only order of an address', { from: ['info@huber.example'] }, '2a', 'O01'],
  [
    'SAL-147 an address and a number that stand together at one of several orders',
    { from: ['einkauf@maier.example'], subject: ['ab-5003'] },
    '2a',
    'O03',
  ],
  [
    'SAL-148 several orders and no number: the contact instead',
    { from: ['einkauf@maier.example'] },
    '4a',
    'C02',
  ],
  [
    'SAL-152 a number that several orders share identifies none',
    { from: ['misch@web.example'], body: ['re-7100'] },
    '4a',
    'C15',
  ],
  ['SAL-149 an address in the text', { inText: ['k.huber@huber.example'] }, '2b', 'O01'],
  ['SAL-150 two numbers of the body', { body: ['ab-5002', 're-7002'] }, '2c', 'O02'],
  ['SAL-151 one number alone', { body: ['ab-5002'] }, 'none', null],
  [
    'SAL-153 two addresses with different orders, one of which a number confirms',
    { from: ['info@huber.example', 'schulz@web.example'], subject: ['re-7004'] },
    '2a',
    'O04',
  ],
  ['SAL-165 the only contact', { from: ['nur@kontakt.example'] }, '4a', 'C10'],
  ['SAL-166 a contact by the text', { inText: ['nur@kontakt.example'] }, '4b', 'C10'],
  [
    'SAL-167 an inactive contact that is the only one',
    { from: ['ruhend@inaktiv.example'] },
    '4a',
    'C21',
  ],
  ['SAL-171 two inactive contacts', { from: ['altkunde@web.example'] }, 'none', null],
  ['an address beyond ASCII', { from: ['kontakt@xn--wber-loa.example'] }, '2a', 'O14'],
];

describe('decisions from what the ERP answers', () => {
  it.each(rows)('%s', async (_title, mail, step, record) => {
    const { directory } = asking(erp.url);
    const decision = await decided(decisionInput({ found: found(mail) }), directory);
    expect([decision.step, decision.assignments[0]?.id ?? null]).toEqual([step, record]);
  });

  it('SAL-168 the one active contact among more than the ERP tells', async () => {
    const all = ['b', 'c', 'd', 'e'].map((id) => contact(id, false));
    erp.answer = contactsOnly([...all, contact('a', true)], 3);
    const mail = decisionInput({ found: found({ from: ['viele@web.example'] }) });
    const decision = await decided(mail, asking(erp.url).directory);
    expect([decision.step, decision.assignments[0]?.id]).toEqual(['4a', 'a']);
  });

  it('SAL-169 none when more are active than the ERP tells', async () => {
    erp.answer = contactsOnly(
      ['a', 'b', 'c', 'd'].map((id) => contact(id, true)),
      2,
    );
    const mail = decisionInput({ found: found({ from: ['viele@web.example'] }) });
    const decision = await decided(mail, asking(erp.url).directory);
    expect(decision.step).toBe('none');
  });
});
