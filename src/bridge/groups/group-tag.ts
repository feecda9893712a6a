/** Tag of what can be changed about a group. */
import { createHash } from 'node:crypto';
import type { Group } from '../../greyhound/index.js';

export const groupTag = (group: Pick<Group, 'ID' | 'Name' | 'Email'>): string =>
  createHash('sha256')
    .update(JSON.stringify([group.ID, group.Name, group.Email]))
    .digest('base64url')
    .slice(0, 22);
