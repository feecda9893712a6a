/**
 * The ERP user for whom a request is made. The host names the user in a header of its request; the token needs the
 * scope `act-as` for it, and from there on the user's rights apply beside the token's.
 *
 * Mails and assignments are for users whom the ERP has told of and whose profile allows mail. Every other route
 * serves a user who is not known as well, as somebody who may see no record: an administrator can set things up
 * before the ERP has told of its users.
 */
import type { Directory } from '../directory/directory.js';
import type { UserRecord } from '../directory/record.js';
import { refuse } from '../failure.js';
import type { Scope } from '../http/route.js';

export const USER_HEADER = 'Mail-Bridge-User';

/** Where users are known from. */
export type Users = Pick<Directory, 'user'>;

const MAX_ID = 200;

/**
 * The id that the header names. Letters beyond ASCII come as UTF-8 or as Latin-1.
 * @param fields every header of that name, as node gives it: a character for each byte
 * @returns null for what is not one id of 1 to 200 characters without control characters
 */
export function userIdOf(fields: readonly string[]): string | null {
  const [field, ...others] = fields;
  if (field === undefined || others.length > 0) return null;
  const decoded = Buffer.from(field, 'latin1').toString('utf8');
  const id = (decoded.includes('\uFFFD') ? field : decoded).trim();
  return id === '' || id.length > MAX_ID || /\p{Cc}/u.test(id) ? null : id;
}

/** @throws BridgeFailure userUnknown, userMayNotUseMail: on routes of mails and assignments */
export async function actingUser(users: Users, id: string, scope: Scope): Promise<UserRecord> {
  const user = await users.user(id);
  if (!servesMail(scope)) return user ?? withoutRights(id);
  if (user === null) throw refuse('userUnknown', { params: { user: id } });
  if (!user.mayUseMail) throw refuse('userMayNotUseMail', { params: { user: id } });
  return user;
}

const servesMail = (scope: Scope): boolean => /^(?:messages|assignments):/.test(scope);

const withoutRights = (id: string): UserRecord => ({
  id,
  name: '',
  emails: [],
  mayUseMail: false,
  archiveUsername: null,
  roles: [],
  recordTypes: [],
});
