/** Which records of the ERP a user may see: by their type, and by the users and roles that the record names. */
import type { RecordType, UserRecord, Visibility } from '../directory/record.js';

export interface VisibleRecord {
  readonly type: RecordType;
  readonly visibleTo: Visibility;
}

/** @param user null: nobody in particular, whom nothing is hidden from */
export function maySee(user: UserRecord | null, { type, visibleTo }: VisibleRecord): boolean {
  if (user === null) return true;
  if (!user.recordTypes.includes(type)) return false;
  return visibleTo === null || [user.id, ...user.roles].some((one) => visibleTo.includes(one));
}
