/**
 * The archive's database file. Admin tables and mail tables share it, so that one commit covers both.
 * Migrations form one sequence: a new one takes the next free number, whichever part it belongs to.
 */
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { openSqlite } from '../../platform/database.js';
import type { StorageWatch } from '../../platform/storage-fault.js';
import { adminMigrations, type AdminSchema } from './admin-schema.js';
import { oauthMigrations, type OAuthSchema } from '../oauth/schema.js';
import { retentionMigrations, type RetentionSchema } from '../retention/schema.js';
import { searchMigrations, type SearchSchema } from '../search/schema.js';
import { flowMigrations, type FlowSchema } from './flow-schema.js';
import { laterMigrations, mailMigrations, type MailSchema } from './mail-schema.js';
import { remoteMailboxMigrations, type RemoteMailboxSchema } from './remote-mailbox-schema.js';
import { userMigrations, type UserSchema } from './user-schema.js';

export type ArchiveSchema = AdminSchema &
  MailSchema &
  FlowSchema &
  OAuthSchema &
  RemoteMailboxSchema &
  RetentionSchema &
  SearchSchema &
  UserSchema;
export type ArchiveDatabase = Kysely<ArchiveSchema>;

export const archiveFile = (dataDir: string): string => join(dataDir, 'archive.db');

/** Whether there are items with bytes of their own. */
export async function holdsMail(database: ArchiveDatabase): Promise<boolean> {
  const query = database.selectFrom('items').select('id').where('raw_hash', 'is not', null);
  return (await query.limit(1).executeTakeFirst()) !== undefined;
}

/** @param dataDir an existing folder, or `:memory:` */
export function openArchiveDatabase(
  dataDir: string,
  watch?: StorageWatch,
): Promise<ArchiveDatabase> {
  const file = dataDir === ':memory:' ? dataDir : archiveFile(dataDir);
  const migrations = {
    ...adminMigrations,
    ...mailMigrations,
    ...flowMigrations,
    ...oauthMigrations,
    ...remoteMailboxMigrations,
    ...retentionMigrations,
    ...searchMigrations,
    ...userMigrations,
    ...laterMigrations,
  };
  return openSqlite<ArchiveSchema>(file, migrations, { watch });
}
