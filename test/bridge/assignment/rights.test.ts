/** Whoever asks sees the records that the ERP lets him see, and no others: in answers, reasons and traces. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openAssignmentStand, type AssignmentStand } from './assignment-stand.js';

let stand: AssignmentStand;
let mail: number;

beforeAll(async () => {
  stand = await openAssignmentStand();
  await stand.push('contacts', [
    { id: 'K1', name: 'Geheim GmbH', active: true, visibleTo: ['chef'] },
  ]);
  await stand.push('offers', [{ id: 'F1', number: 'AN-1', visibleTo: ['verkauf'] }]);
  await stand.push('orders', [
    { id: 'O1', number: 'AB-1', contactId: 'K1', emails: ['a@k.test'], offerIds: ['F1'] },
    { id: 'O2', number: 'AB-2', emails: ['b@k.test'], visibleTo: ['chef'] },
    { id: 'O3', number: 'AB-3', emails: ['b@k.test'], visibleTo: ['chef'] },
  ]);
  await stand.push('users', [
    { id: 'chef', name: 'Chef', mayUseMail: true, roles: ['verkauf'] },
    { id: 'anna', name: 'Anna', mayUseMail: true, roles: ['verkauf'] },
    { id: 'ben', name: 'Ben', mayUseMail: true },
    { id: 'lager', name: 'Lager', mayUseMail: true, recordTypes: ['article'] },
    { id: 'gast', name: 'Gast', mayUseMail: false },
  ]);
  mail = await stand.mail({ from: 'a@k.test' });
});
afterAll(() => stand.close());

interface Shown {
  readonly reason: string;
  readonly assignments: readonly { readonly id: string }[];
}

const as = (user: string) => ({ headers: { 'Mail-Bridge-User': user } });
const run = async (id: number, user: string) => {
  const options = { method: 'POST', body: { trigger: 'open' }, ...as(user) };
  const { body, text } = await stand.request(`/messages/${String(id)}/assignments/run`, options);
  const { reason, assignments } = body as unknown as Shown;
  return { reason, ids: assignments.map((one) => one.id), text };
};
const ids = async (user: string) => {
  const { body } = await stand.request(`/messages/${String(mail)}/assignments`, as(user));
  return (body['assignments'] as { id: string }[]).map((one) => one.id).sort();
};

describe('what a user sees of an assignment', () => {
  it('BRG-13 is what the ERP lets him see, whoever had it made', async () => {
    const first = await run(mail, 'ben');
    expect(first.ids).toEqual(['O1']);
    expect(first.reason).toBe('a@k.test (Absender) führt nur zu Auftrag AB-1.');
    expect(first.text).not.toMatch(/K1|Geheim|F1|AN-1/);
    expect(await ids('chef')).toEqual(['F1', 'K1', 'O1']);
    expect(await ids('anna')).toEqual(['F1', 'O1']);
    expect(await ids('ben')).toEqual(['O1']);
    expect(await ids('lager')).toEqual([]);
  });

  it('shows no hidden record in reason, trace and candidates', async () => {
    const ambiguous = await stand.mail({ from: 'b@k.test' });
    const { text, reason } = await run(ambiguous, 'anna');
    expect(text).not.toMatch(/O2|O3|AB-2|AB-3/);
    expect(reason).toMatch(/^Nicht eindeutig: /);
    const { body } = await stand.request(`/messages/${String(ambiguous)}/assignments/runs`);
    expect(JSON.stringify(body)).toMatch(/O2.*O3/);
    const single = await stand.request('/directory/orders/O3', { method: 'DELETE' });
    expect(single.status).toBe(204);
    const assigned = await run(ambiguous, 'anna');
    expect(assigned.ids).toEqual([]);
    expect(assigned.reason).toMatch(/dürfen Sie nicht sehen/);
    expect(assigned.text).not.toMatch(/O2|AB-2/);
  });

  it('the mails of a record that he may not see are those of one that there is not', async () => {
    const answer = (record: string, user: string) =>
      stand.request(`/directory/${record}/messages`, as(user));
    expect((await answer('contacts/K1', 'chef')).body['messages']).toMatchObject([{ id: mail }]);
    const hidden = await answer('contacts/K1', 'anna');
    const missing = await answer('contacts/K999', 'anna');
    expect([hidden.status, hidden.body['code']]).toEqual([404, 'recordUnknown']);
    expect([missing.status, missing.body['code']]).toEqual([404, 'recordUnknown']);
  });

  it('he cannot assign, remove or move what he may not see', async () => {
    const path = `/messages/${String(mail)}/assignments`;
    for (const method of ['PUT', 'DELETE'])
      expect(
        (await stand.request(`${path}/contact/K1`, { method, ...as('anna') })).body['code'],
      ).toBe('recordUnknown');
    const body = { from: { type: 'contact', id: 'K1' }, to: { type: 'order', id: 'O1' } };
    const moved = await stand.request(`${path}/move`, { method: 'POST', body, ...as('anna') });
    expect(moved.body['code']).toBe('recordUnknown');
    expect(await ids('chef')).toContain('K1');
  });

  it('SAL-13 who may not use mail is refused', async () => {
    const answer = await stand.request(`/messages/${String(mail)}/assignments`, as('gast'));
    expect(answer).toMatchObject({ status: 403, body: { code: 'userMayNotUseMail' } });
  });
});
