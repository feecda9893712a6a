import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blocklistMatcher, blocklistValue } from '../../../src/bridge/assignment/blocklist.js';
import { openAssignmentStand, type AssignmentStand } from './assignment-stand.js';

let stand: AssignmentStand;
beforeAll(async () => {
  stand = await openAssignmentStand();
});
afterAll(() => stand.close());

const path = '/assignment/blocklist';
const put = (entries: readonly string[], headers: Record<string, string> = {}) =>
  stand.request(path, { method: 'PUT', body: { entries }, headers });

describe('the blocklist', () => {
  it('SAL-129 takes addresses and domains, each once, in the form in which they are compared', async () => {
    const answer = await put([
      'NoReply@Versand.Example',
      'noreply@versand.example',
      '@Wäber.example',
      'marktplatz.example',
      '*.marktplatz.example',
    ]);
    expect(answer.body['entries']).toMatchObject([
      { value: '*.marktplatz.example', kind: 'subdomains', by: null },
      { value: 'marktplatz.example', kind: 'domain' },
      { value: 'noreply@versand.example', kind: 'address' },
      { value: 'xn--wber-loa.example', kind: 'domain' },
    ]);
  });

  it.each(['', 'kein Eintrag', 'example', 'a@', '@', '*.', '*example.com', 'a@b@c.de x'])(
    'refuses %j and names its row',
    async (entry) => {
      const answer = await put(['gut.example', entry]);
      expect(answer.status).toBe(400);
      expect(answer.body['errors']).toMatchObject([{ field: 'entries.1' }]);
    },
  );

  it('is not overwritten by somebody who knows an older one; what stays keeps its time', async () => {
    const first = await put(['eins.example']);
    const etag = first.headers.get('etag') ?? '';
    const [kept] = first.body['entries'] as { at: string }[];
    await put(['eins.example', 'zwei.example'], { 'If-Match': etag });
    expect((await put(['drei.example'], { 'If-Match': etag })).status).toBe(412);
    const { body } = await stand.request(path);
    expect(body['entries']).toMatchObject([
      { value: 'eins.example', at: kept?.at },
      { value: 'zwei.example' },
    ]);
  });

  const list = ['wer@a.example', 'b.example', '*.c.example', 'shop.d.example'];
  it.each([
    ['wer@a.example', false, 'wer@a.example'],
    ['wer@sub.a.example', false, null],
    ['x@b.example', false, 'b.example'],
    ['x@sub.b.example', false, null],
    ['x@sub.b.example', true, 'b.example'],
    ['x@xb.example', true, null],
    ['x@c.example', false, null],
    ['x@eins.c.example', false, '*.c.example'],
    ['x@zwei.eins.c.example', false, '*.c.example'],
    ['x@d.example', true, null],
  ])('SAL-132 %s, sub-domains of domains %s: %s', (address, coversSubdomains, entry) => {
    expect(blocklistMatcher(list, coversSubdomains)(address)).toBe(entry);
  });

  it('SAL-132 @example.com is example.com', () => {
    expect(blocklistValue(' @Example.com ')).toBe(blocklistValue('example.com'));
  });
});

describe('the policies', () => {
  it('are off unless switched on, and change one by one', async () => {
    const policies = '/assignment/policies';
    const before = await stand.request(policies);
    expect(Object.values(before.body)).toEqual(Object.values(before.body).map(() => false));
    const body = { suggestions: true };
    const etag = before.headers.get('etag') ?? '';
    const headers = { 'If-Match': etag };
    const changed = await stand.request(policies, { method: 'PUT', body, headers });
    expect(changed.body).toMatchObject({ suggestions: true, removalWins: false });
    expect((await stand.request(policies, { method: 'PUT', body, headers })).status).toBe(412);
    const unknown = await stand.request(policies, { method: 'PUT', body: { firstFound: true } });
    expect(unknown.status).toBe(400);
  });
});
