/** Answers that carry our own mark are assigned like the mail that they answer, where no rule decides. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openAssignmentStand, type AssignmentStand } from './assignment-stand.js';

let stand: AssignmentStand;
/** Messages whose mark stands in whatever header is looked at. */
let marked: readonly number[] = [];

beforeAll(async () => {
  stand = await openAssignmentStand({ markedMessages: () => Promise.resolve(marked) });
  await stand.push('orders', [
    { id: 'O1', number: 'AB-1', emails: ['a@k.test'] },
    { id: 'O2', number: 'AB-2', emails: ['b@k.test'] },
  ]);
});
afterAll(() => stand.close());

const run = async (from: string) => {
  const id = await stand.mail({ from });
  const path = `/messages/${String(id)}/assignments/run`;
  const { body } = await stand.request(path, { method: 'POST', body: { trigger: 'open' } });
  const { step, assignments, reason } = body;
  return { step, ids: (assignments as { id: string }[]).map((one) => one.id), reason };
};
const policy = (trackingMark: boolean) =>
  stand.request('/assignment/policies', { method: 'PUT', body: { trackingMark } });

it('if the policy says so, and never against a rule', async () => {
  const [older, latest] = [await stand.mail({ from: 'x@y.test' }), await stand.mail({ from: 'x@y.test' })]; // prettier-ignore
  const path = `/messages/${String(older)}/assignments/order/O1`;
  expect((await stand.request(path, { method: 'PUT' })).status).toBe(200);
  // latest first; the latest one is assigned to nothing
  marked = [latest, older];
  expect(await run('fremd@z.test')).toMatchObject({ step: 'none', ids: [] });
  await policy(true);
  expect(await run('fremd@z.test')).toEqual({
    step: 'mark',
    ids: ['O1'],
    reason: 'Antwort auf eine E-Mail von hier, die zu Auftrag AB-1 gehört.',
  });
  expect(await run('b@k.test')).toMatchObject({ step: '2a', ids: ['O2'] });
  marked = [];
  expect(await run('fremd@z.test')).toMatchObject({ step: 'none', ids: [] });
});
