/** Assigning messages of a real archive through the API: opening, removing, moving, undoing, running again. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openAssignmentStand, type AssignmentStand } from './assignment-stand.js';

interface Record_ {
  readonly type: string;
  readonly id: string;
}
interface RunBody {
  readonly state: string;
  readonly step: string;
  readonly runId: string | null;
  readonly reason: string;
  readonly assignments: readonly (Record_ & { source: string; label: string })[];
  readonly suggestions: readonly Record_[];
  readonly trace: { readonly addresses: readonly { address: string; ignoredBy: unknown }[] };
}

let stand: AssignmentStand;

beforeAll(async () => {
  stand = await openAssignmentStand();
  await stand.group('Service', 'service@firma.test');
  await stand.push('contacts', [
    { id: 'K1', name: 'Huber GmbH', active: true, emails: ['info@huber.test'] },
    { id: 'K2', name: 'Maier KG', active: true, emails: ['einkauf@maier.test'] },
  ]);
  await stand.push('offers', [{ id: 'F1', number: 'AN-3001', emails: [], references: [] }]);
  await stand.push('orders', [
    {
      id: 'O1',
      number: 'AB-5001',
      contactId: 'K1',
      emails: ['info@huber.test'],
      articleIds: ['A10'],
      offerIds: ['F1'],
    },
    { id: 'O2', number: 'AB-5002', contactId: 'K2', emails: ['einkauf@maier.test'] },
    { id: 'O3', number: 'AB-5003', contactId: 'K2', emails: ['einkauf@maier.test'] },
  ]);
  await stand.push('users', [{ id: 'anna', name: 'Anna', emails: [], mayUseMail: true }]);
});
afterAll(() => stand.close());

const to = ['service@firma.test'];
const huber = () => stand.mail({ from: 'info@huber.test', to, subject: 'Wann?' });

const run = async (id: number, trigger = 'open') => {
  const path = `/messages/${String(id)}/assignments/run`;
  const answer = await stand.request(path, { method: 'POST', body: { trigger } });
  expect(answer.status).toBe(200);
  return answer.body as unknown as RunBody;
};
const standing = async (id: number) => {
  const { body } = await stand.request(`/messages/${String(id)}/assignments`);
  const { assignments, removals } = body as Record<string, (Record_ & { source: string })[]>;
  const names = (list: readonly Record_[] = []) => list.map((one) => one.id).sort();
  return { assigned: names(assignments), removed: names(removals) };
};
const change = (method: string, id: number, record: string) =>
  stand.request(`/messages/${String(id)}/assignments/${record}`, { method });
const messagesOf = async (record: string, query = '') => {
  const { body } = await stand.request(`/directory/${record}/messages${query}`);
  return body as { messages: { id: number }[]; nextCursor: string | null };
};
const idsOf = async (record: string) => (await messagesOf(record)).messages.map(({ id }) => id);

describe('opening a message', () => {
  it('SAL-125 assigns it, by a click and not before', async () => {
    const id = await huber();
    expect(await standing(id)).toEqual({ assigned: [], removed: [] });
    const { step, assignments } = await run(id);
    expect(step).toBe('2a');
    expect(assignments).toEqual([
      { type: 'order', id: 'O1', label: 'AB-5001', source: 'automatic' },
      { type: 'contact', id: 'K1', label: 'Huber GmbH', source: 'coAssigned' },
      { type: 'offer', id: 'F1', label: 'AN-3001', source: 'coAssigned' },
      { type: 'article', id: 'A10', label: 'A10', source: 'coAssigned' },
    ]);
    expect(await standing(id)).toEqual({ assigned: ['A10', 'F1', 'K1', 'O1'], removed: [] });
  });

  it('SAL-127 BRG-17 says in a sentence why, in German and English, and keeps it', async () => {
    const id = await huber();
    const { reason, runId } = await run(id);
    expect(reason).toBe('info@huber.test (Absender) führt nur zu Auftrag AB-5001; dazu Kontakt Huber GmbH, Angebot AN-3001, Artikel A10.'); // prettier-ignore
    const english = { headers: { 'Accept-Language': 'en' } };
    const kept = await stand.request(`/assignment/runs/${String(runId)}`, english);
    expect(kept.body).toMatchObject({
      messageId: id,
      trigger: 'open',
      state: 'decided',
      decision: {
        step: '2a',
        reason:
          'info@huber.test (sender) leads to order AB-5001 only; along with it contact Huber GmbH, offer AN-3001, article A10.',
        trace: {
          addresses: [
            { address: 'info@huber.test', places: ['from'], ignoredBy: null },
            { address: 'service@firma.test', places: ['to'], ignoredBy: { kind: 'group' } },
          ],
          steps: [
            {
              step: '2a',
              outcome: 'assigned',
              results: [{ candidates: [{ type: 'order', id: 'O1' }] }],
            },
          ],
        },
      },
    });
  });

  it('SAL-143 a second time leaves alone what stands; without a result it is evaluated again', async () => {
    const id = await huber();
    const first = await run(id);
    const second = await run(id);
    expect(second).toMatchObject({ step: 'noop', runId: null });
    expect(second.assignments.map((one) => one.id)).toEqual(
      expect.arrayContaining(first.assignments.map((one) => one.id)),
    );
    const early = await stand.mail({ from: 'neu@kunde.test', to });
    expect(await run(early)).toMatchObject({ step: 'none', assignments: [] });
    await stand.push('contacts', [{ id: 'K9', name: 'Neu', active: true, emails: ['neu@kunde.test'] }]); // prettier-ignore
    expect(await run(early)).toMatchObject({ step: '4a', assignments: [{ id: 'K9' }] });
    const { body } = await stand.request(`/messages/${String(early)}/assignments/runs`);
    expect(body['runs']).toHaveLength(1);
  });

  it('two clicks at the same moment assign once', async () => {
    const id = await huber();
    const runs = await Promise.all([run(id), run(id), run(id)]);
    expect(runs.map(({ step }) => step).sort()).toEqual(['2a', 'noop', 'noop']);
    const { body } = await stand.request(`/messages/${String(id)}/assignments/runs`);
    expect(body['runs']).toHaveLength(1);
  });

  it('a message that does not exist is 404', async () => {
    const path = '/messages/999999/assignments/run';
    const answer = await stand.request(path, { method: 'POST', body: { trigger: 'open' } });
    expect(answer).toMatchObject({ status: 404, body: { code: 'notFound' } });
  });

  it('SAL-124 a group address is ignored as soon as it is one', async () => {
    await stand.push('orders', [{ id: 'O7', number: 'AB-7', emails: ['neu@firma.test'] }]);
    const before = await stand.mail({ from: 'neu@firma.test', to });
    expect(await run(before)).toMatchObject({ step: '2a' });
    await stand.group('Neu', 'Neu <NEU@firma.test>');
    const after = await stand.mail({ from: 'neu@firma.test', to });
    expect(await run(after)).toMatchObject({ step: 'none' });
  });

  it('SAL-131 the blocklist affects later runs only', async () => {
    const before = await huber();
    await run(before);
    const list = (entries: string[]) =>
      stand.request('/assignment/blocklist', { method: 'PUT', body: { entries } });
    await list(['@Huber.test']);
    const after = await huber();
    const blocked = await run(after);
    expect(blocked).toMatchObject({ step: 'none', assignments: [] });
    expect(blocked.reason).toMatch(/Blacklist/);
    expect(blocked.trace.addresses[0]).toMatchObject({
      ignoredBy: { kind: 'blocklist', entry: 'huber.test' },
    });
    expect((await standing(before)).assigned).toContain('O1');
    await list([]);
    expect(await run(after)).toMatchObject({ step: '2a' });
  });
});

describe('the conversation', () => {
  it('SAL-134 SAL-135 an answer inherits, and what it inherited counts as automatic', async () => {
    const first = await huber();
    await run(first);
    const answer = await stand.mail({ from: 'einkauf@maier.test', to, answers: first, subject: 'AB-5003' }); // prettier-ignore
    const inherited = await run(answer);
    expect(inherited.step).toBe('1');
    expect(inherited.assignments.map(({ id, source }) => `${id} ${source}`).sort()).toEqual([
      'A10 history',
      'F1 history',
      'K1 history',
      'O1 history',
    ]);
    expect(inherited.reason).toMatch(/^Aus dem Verlauf übernommen: /);
  });

  it('SAL-136 SAL-140 a removed automatic assignment is a decision that the thread inherits', async () => {
    const first = await huber();
    await run(first);
    for (const record of ['order/O1', 'contact/K1', 'offer/F1', 'article/A10'])
      expect((await change('DELETE', first, record)).status).toBe(200);
    expect(await run(first)).toMatchObject({ step: 'noop', assignments: [] });
    const answer = await stand.mail({ from: 'info@huber.test', to, answers: first });
    expect(await run(answer)).toMatchObject({ step: '1', assignments: [] });
  });

  it('SAL-142 a record that is gone is not inherited', async () => {
    await stand.push('orders', [{ id: 'O8', number: 'AB-8', emails: ['weg@kunde.test'] }]);
    const first = await stand.mail({ from: 'weg@kunde.test', to });
    await run(first);
    await stand.request('/directory/orders/O8', { method: 'DELETE' });
    const answer = await stand.mail({ from: 'info@huber.test', to, answers: first });
    expect(await run(answer)).toMatchObject({
      step: '2a',
      assignments: [{ id: 'O1' }, {}, {}, {}],
    });
  });
});

describe('decisions by hand', () => {
  it('SAL-173 are kept with their source; a removal leaves a tombstone, adding again takes it away', async () => {
    const id = await huber();
    expect((await change('PUT', id, 'order/O2')).body).toMatchObject({
      assignments: [{ type: 'order', id: 'O2', label: 'AB-5002', source: 'manual', runId: null }],
    });
    expect(await run(id)).toMatchObject({ step: 'noop', assignments: [{ id: 'O2' }] });
    await change('DELETE', id, 'order/O2');
    expect(await standing(id)).toEqual({ assigned: [], removed: ['O2'] });
    // what was made by hand and removed by hand is no decision about the rules
    expect(await run(id)).toMatchObject({ step: '2a' });
    await change('PUT', id, 'order/O2');
    expect(await standing(id)).toEqual({ assigned: ['A10', 'F1', 'K1', 'O1', 'O2'].sort(), removed: [] }); // prettier-ignore
  });

  it('SAL-155 the customer comes along with the first order of a mail only', async () => {
    const id = await huber();
    await change('PUT', id, 'order/O2');
    await change('DELETE', id, 'order/O2');
    const { assignments } = await run(id);
    const contact = assignments.find(({ type }) => type === 'contact');
    // found for itself in step 4 instead of coming along
    expect(contact).toMatchObject({ id: 'K1', source: 'automatic' });
  });

  it('refuses a record that the ERP does not have, and a type that there is not', async () => {
    const id = await huber();
    expect(await change('PUT', id, 'order/O999')).toMatchObject({
      status: 404,
      body: { code: 'recordUnknown' },
    });
    expect((await change('PUT', id, 'invoice/1')).status).toBe(400);
    expect((await change('PUT', 999_999, 'order/O1')).status).toBe(404);
  });

  it('moves a conversation from one record to another', async () => {
    const first = await huber();
    await run(first);
    const answer = await stand.mail({ from: 'info@huber.test', to, answers: first });
    await run(answer);
    const body = {
      from: { type: 'order', id: 'O1' },
      to: { type: 'order', id: 'O2' },
      wholeThread: true,
    };
    const path = `/messages/${String(answer)}/assignments/move`;
    const moved = await stand.request(path, { method: 'POST', body });
    expect((moved.body['messageIds'] as number[]).sort()).toEqual([first, answer].sort());
    for (const id of [first, answer])
      expect(await standing(id)).toEqual({ assigned: ['A10', 'F1', 'K1', 'O2'], removed: ['O1'] });
  });
});

describe('undoing a run', () => {
  const undo = (runId: string | null, body?: object) =>
    stand.request(`/assignment/runs/${String(runId)}/undo`, {
      method: 'POST',
      ...(body === undefined ? {} : { body }),
    });

  it('takes away what it assigned and still stands; the rules do not make it again', async () => {
    const id = await huber();
    const { runId } = await run(id);
    await change('PUT', id, 'order/O3');
    expect((await undo(runId)).body).toMatchObject({ state: 'undone' });
    expect(await standing(id)).toEqual({ assigned: ['O3'], removed: ['A10', 'F1', 'K1', 'O1'] });
    expect(await undo(runId)).toMatchObject({ status: 409, body: { code: 'runNotStanding' } });
  });

  it('as if it had never been, when the rules are to decide anew', async () => {
    const id = await huber();
    const { runId } = await run(id);
    await undo(runId, { evaluateAgain: true });
    expect(await standing(id)).toEqual({ assigned: [], removed: [] });
    expect(await run(id)).toMatchObject({ step: '2a' });
  });
});

describe('the mails of a record', () => {
  it('SAL-126 newest first, page by page, as soon as they are assigned and until they are not', async () => {
    await stand.push('orders', [{ id: 'O20', number: 'AB-20', emails: ['viel@kunde.test'] }]);
    const ids: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      const id = await stand.mail({ from: 'viel@kunde.test', to, subject: `Mail ${index}` });
      await run(id);
      ids.unshift(id);
    }
    const first = await messagesOf('orders/O20', '?limit=2');
    expect(first.messages.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const next = await messagesOf('orders/O20', `?limit=3&cursor=${String(first.nextCursor)}`);
    expect(next).toMatchObject({ nextCursor: null });
    expect(next.messages.map(({ id }) => id)).toEqual(ids.slice(2));
    await change('DELETE', ids[0] ?? 0, 'order/O20');
    expect(await idsOf('orders/O20')).toEqual(ids.slice(1));
    await stand.request(`/messages/${String(ids[1])}`, { method: 'DELETE' });
    expect(await idsOf('orders/O20')).toEqual(ids.slice(2));
    expect((await messagesOf('orders/O20', '?deleted=true')).messages).toHaveLength(4);
  });

  it('also of contacts, offers and articles', async () => {
    const id = await huber();
    await run(id);
    for (const record of ['contacts/K1', 'offers/F1', 'articles/A10'])
      expect(await idsOf(record)).toContain(id);
  });
});

describe('running the rules again over many messages', () => {
  const rerun = (messageIds: readonly number[]) =>
    stand.request('/assignment/reruns', { method: 'POST', body: { messageIds } });
  const apply = (id: unknown) =>
    stand.request(`/assignment/reruns/${String(id)}/apply`, { method: 'POST' });
  let byRules = 0;
  let byHand = 0;

  beforeEach(async () => {
    await stand.request('/directory/orders/O31', { method: 'DELETE' });
    await stand.push('orders', [{ id: 'O30', number: 'AB-30', emails: ['um@zug.test'] }]);
    byRules = await stand.mail({ from: 'um@zug.test', to });
    byHand = await stand.mail({ from: 'um@zug.test', to });
    await run(byRules);
    await change('PUT', byHand, 'order/O30');
    await stand.request('/directory/orders/O30', { method: 'DELETE' });
    await stand.push('orders', [{ id: 'O31', number: 'AB-31', emails: ['um@zug.test'] }]);
  });

  it('shows first what would change, then changes that, and leaves alone what people decided', async () => {
    const { body } = await rerun([byRules, byHand]);
    expect(body).toMatchObject({
      changes: [
        {
          messageId: byRules,
          before: [{ type: 'order', id: 'O30' }],
          decision: { assignments: [{ type: 'order', id: 'O31' }] },
        },
      ],
      unchanged: 0,
      leftAlone: 1,
    });
    expect((await standing(byRules)).assigned).toEqual(['O30']);
    expect((await apply(body['id'])).body).toEqual({ applied: [byRules], skipped: [] });
    expect(await standing(byRules)).toEqual({ assigned: ['O31'], removed: [] });
    expect((await standing(byHand)).assigned).toEqual(['O30']);
    expect(await apply(body['id'])).toMatchObject({ status: 409, body: { code: 'rerunOutdated' } });
  });

  it('skips what was changed after the preview', async () => {
    const { body } = await rerun([byRules]);
    await change('PUT', byRules, 'contact/K1');
    expect((await apply(body['id'])).body).toEqual({ applied: [], skipped: [byRules] });
    expect((await standing(byRules)).assigned).toEqual(['K1', 'O30']);
  });
});

describe('who decides', () => {
  it('is kept with what was decided', async () => {
    const id = await huber();
    const as = { headers: { 'Mail-Bridge-User': 'anna' } };
    const path = `/messages/${String(id)}/assignments`;
    await stand.request(`${path}/run`, { method: 'POST', body: { trigger: 'send' }, ...as });
    await stand.request(`${path}/article/A10`, { method: 'DELETE', ...as });
    const { body } = await stand.request(path);
    expect(body['assignments']).toMatchObject([{ by: 'anna' }, { by: 'anna' }, { by: 'anna' }]);
    expect(body['removals']).toMatchObject([{ id: 'A10', by: 'anna', wasAutomatic: true }]);
    expect((await stand.request(`${path}/runs`)).body['runs']).toMatchObject([
      { by: 'anna', trigger: 'send' },
    ]);
  });
});
