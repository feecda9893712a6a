/** A user of an ERP who may do everything, but for what a test says. */
import { recordTypes, type UserRecord } from '../../../src/bridge/directory/record.js';

export const userRecord = (given: Partial<UserRecord>): UserRecord => ({
  id: 'U1',
  name: 'Muster',
  emails: ['muster@example.test'],
  mayUseMail: true,
  archiveUsername: null,
  roles: [],
  recordTypes,
  ...given,
});
