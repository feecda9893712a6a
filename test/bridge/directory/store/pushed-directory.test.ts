/** The store of pushed records as the port promises it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TradeQuestion } from '../../../../src/bridge/directory/directory.js';
import { contact, order, StoreUnderTest } from './store-under-test.js';

let under: StoreUnderTest;
beforeEach(async () => (under = await StoreUnderTest.open()));
afterEach(() => under.close());

const ask = (question: Partial<TradeQuestion>) =>
  under.store.directory.trade('order', {
    addresses: [],
    references: question.bodyReferences ?? [],
    bodyReferences: [],
    ...question,
  });

describe('orders', () => {
  it('SAL-146 are found by address, each with what the ERP told', async () => {
    const told = order('1', ['Max <kunde@x.example>'], ['RE-77'], {
      number: 'AB-1',
      contactId: 'c1',
      articleIds: ['a'],
      offerIds: ['o'],
      visibleTo: ['vertrieb'],
    });
    await under.push('order', [told, order('2', ['anderer@x.example'])]);
    const answer = await ask({ addresses: ['kunde@x.example', 'niemand@x.example'] });
    expect([...answer.byAddress]).toEqual([
      ['kunde@x.example', { ids: ['1'], isComplete: true, confirmed: [] }],
    ]);
    expect(answer.records.get('1')).toEqual({
      id: '1',
      number: 'AB-1',
      contactId: 'c1',
      emails: ['kunde@x.example'],
      references: ['ab-1', 're-77'],
      articleIds: ['a'],
      offerIds: ['o'],
      visibleTo: ['vertrieb'],
    });
  });

  it('SAL-154 count without regard to anything but being there', async () => {
    const emails = ['kunde@x.example'];
    await under.push('order', [order('1', emails), order('2', emails), order('3', emails)]);
    await under.push('order', [{ id: '2', deleted: true }]);
    const answer = await ask({ addresses: emails });
    expect(answer.byAddress.get('kunde@x.example')?.ids).toEqual(['1', '3']);
  });

  it('SAL-152 are found by their number and their references', async () => {
    await under.push('order', [
      order('1', [], ['RE-77', 'KD-5'], { number: 'AB-1' }),
      order('2', [], ['RE-78', 'KD-5'], { number: 'AB-2' }),
    ]);
    const answer = await ask({ bodyReferences: ['ab-1', 'kd-5', 'xx-9'] });
    expect(answer.knownReferences).toEqual(new Set(['ab-1', 'kd-5']));
    expect([...answer.byPair]).toEqual([['1', ['ab-1', 'kd-5']]]);
  });

  it('are found by what was pushed last', async () => {
    await under.push('order', [order('1', ['alt@x.example'], ['ALT-1', 'BEIDE-1'])]);
    await under.push('order', [order('1', ['neu@x.example'], ['BEIDE-1', 'NEU-1'])]);
    const answer = await ask({
      addresses: ['alt@x.example', 'neu@x.example'],
      bodyReferences: ['alt-1', 'beide-1', 'neu-1'],
    });
    expect([...answer.byAddress.keys()]).toEqual(['neu@x.example']);
    expect([...answer.knownReferences].sort()).toEqual(['beide-1', 'neu-1']);
  });

  it('are not offers', async () => {
    await under.push('offer', [order('1', ['kunde@x.example'])]);
    expect((await ask({ addresses: ['kunde@x.example'] })).byAddress.size).toBe(0);
  });

  it('say that an address has more of them than are told', async () => {
    const emails = ['viel@x.example'];
    const many = Array.from({ length: 60 }, (_, index) =>
      order(`o${index}`, emails, ['KD-5', `RE-${index}00`]),
    );
    await under.push('order', many);
    const answer = await ask({ addresses: emails, bodyReferences: ['re-4200', 'kd-5'] });
    const found = answer.byAddress.get('viel@x.example');
    expect(found?.isComplete).toBe(false);
    expect(found?.confirmed).toEqual([{ reference: 're-4200', id: 'o42' }]);
    expect([...answer.byPair.keys()]).toEqual(['o42']);
  });

  it('are told apart by two keys that both have very many', async () => {
    const emails = ['viel@x.example'];
    const lines = Array.from({ length: 5000 }, (_, index) =>
      order(`o${index}`, index < 3000 ? emails : [], [
        ...(index >= 2999 ? ['GROSS-1'] : []),
        ...(index <= 2999 ? ['GROSS-2'] : []),
        'GROSS-3',
      ]),
    );
    await under.push('order', lines);
    const answer = await ask({
      addresses: emails,
      bodyReferences: ['gross-1', 'gross-2', 'gross-3'],
    });
    expect(answer.byAddress.get('viel@x.example')?.confirmed).toMatchObject([
      { reference: 'gross-1', id: 'o2999' },
    ]);
    expect([...answer.byPair]).toEqual([['o2999', ['gross-1', 'gross-2']]]);
  });
});

describe('contacts', () => {
  it('come active ones first, however many others there are', async () => {
    const emails = ['info@x.example'];
    const retired = Array.from({ length: 60 }, (_, index) => contact(`a${index}`, emails, false));
    await under.push('contact', [...retired, contact('z', emails)]);
    const found = (await under.store.directory.contacts(emails)).get('info@x.example');
    expect(found?.isComplete).toBe(false);
    expect(found?.contacts[0]).toEqual({
      id: 'z',
      name: 'Kontakt z',
      active: true,
      emails,
      visibleTo: null,
    });
    expect(found?.contacts).toHaveLength(50);
  });

  it('are answered by address, in one question', async () => {
    await under.push('contact', [
      contact('1', ['a@x.example', 'b@x.example']),
      contact('2', ['b@x.example']),
    ]);
    const found = await under.store.directory.contacts(['a@x.example', 'b@x.example', 'c@x.de']);
    expect([...found].map(([key, { contacts }]) => [key, contacts.map(({ id }) => id)])).toEqual([
      ['a@x.example', ['1']],
      ['b@x.example', ['1', '2']],
    ]);
  });
});

describe('existing records', () => {
  it('are told by their labels; of what the directory does not know all are taken to exist', async () => {
    await under.push('order', [order('1', [], [], { number: 'AB-1', visibleTo: ['u'] })]);
    await under.push('order', [order('2', [])]);
    await under.push('contact', [contact('c', [])]);
    const existing = await under.store.directory.existing([
      { type: 'order', id: '1' },
      { type: 'order', id: '2' },
      { type: 'order', id: '3' },
      { type: 'contact', id: 'c' },
      { type: 'offer', id: '9' },
      { type: 'article', id: 'a' },
    ]);
    const sorted = [...existing].sort((one, other) =>
      `${one.type}${one.id}` < `${other.type}${other.id}` ? -1 : 1,
    );
    expect(sorted).toEqual([
      { type: 'article', id: 'a', label: 'a', visibleTo: null },
      { type: 'contact', id: 'c', label: 'Kontakt c', visibleTo: null },
      { type: 'offer', id: '9', label: '9', visibleTo: null },
      { type: 'order', id: '1', label: 'AB-1', visibleTo: ['u'] },
      { type: 'order', id: '2', label: '2', visibleTo: null },
    ]);
  });
});

describe('users', () => {
  it('are known by id and by their addresses', async () => {
    await under.push('user', [
      { id: 'u1', name: 'Eva', emails: ['Eva@Firma.example'], mayUseMail: true },
      { id: 'u2', name: 'Jan', mayUseMail: false, roles: ['vertrieb'], recordTypes: ['contact'] },
    ]);
    const { directory } = under.store;
    expect(await directory.userAddresses(['eva@firma.example', 'jan@firma.example'])).toEqual(
      new Set(['eva@firma.example']),
    );
    expect(await directory.user('u1')).toEqual({
      id: 'u1',
      name: 'Eva',
      emails: ['eva@firma.example'],
      mayUseMail: true,
      archiveUsername: null,
      roles: [],
      recordTypes: ['order', 'offer', 'contact', 'article'],
    });
    expect(await directory.user('u2')).toMatchObject({
      mayUseMail: false,
      roles: ['vertrieb'],
      recordTypes: ['contact'],
    });
    expect(await directory.user('u3')).toBeNull();
  });
});

describe('a directory that was never told anything', () => {
  it('answers that nothing is known', async () => {
    const { directory } = under.store;
    const answer = await ask({ addresses: ['a@x.example'], bodyReferences: ['ab-1'] });
    expect(answer.byAddress.size + answer.byPair.size + answer.records.size).toBe(0);
    expect((await directory.contacts(['a@x.example'])).size).toBe(0);
    expect((await directory.userAddresses(['a@x.example'])).size).toBe(0);
    expect(await directory.user('u')).toBeNull();
  });
});
