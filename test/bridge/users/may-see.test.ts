import { describe, expect, it } from '@jest/globals';
import { recordTypes, type UserRecord } from '../../../src/bridge/directory/record.js';
import { maySee, type VisibleRecord } from '../../../src/bridge/users/index.js';
import { userRecord } from './user-record.js';

const anna = userRecord({ id: 'anna', roles: ['sales', 'service'] });
const ordersOnly = userRecord({ id: 'otto', recordTypes: ['order'] });

describe('BRG-13 whether a user may see a record', () => {
  it.each<[string, UserRecord | null, VisibleRecord, boolean]>([
    ['of nobody in particular', null, { type: 'order', visibleTo: [] }, true],
    ['open to everybody', anna, { type: 'offer', visibleTo: null }, true],
    ['naming the user', anna, { type: 'order', visibleTo: ['bert', 'anna'] }, true],
    ['naming a role', anna, { type: 'contact', visibleTo: ['service'] }, true],
    ['naming others', anna, { type: 'order', visibleTo: ['bert', 'purchase'] }, false],
    ['naming part of the id', anna, { type: 'order', visibleTo: ['ann', 'annabel'] }, false],
    ['naming the id in capitals', anna, { type: 'order', visibleTo: ['ANNA'] }, false],
    ['naming nobody', anna, { type: 'order', visibleTo: [] }, false],
    ['of a type for the user', ordersOnly, { type: 'order', visibleTo: null }, true],
    ['of another type', ordersOnly, { type: 'offer', visibleTo: null }, false],
    ['of another type, naming the user', ordersOnly, { type: 'offer', visibleTo: ['otto'] }, false],
  ])('%s', (_what, user, record, expected) => {
    expect(maySee(user, record)).toBe(expected);
  });

  it('hides all from a user without types', () => {
    const user = userRecord({ recordTypes: [] });
    expect(recordTypes.filter((type) => maySee(user, { type, visibleTo: null }))).toEqual([]);
  });
});
