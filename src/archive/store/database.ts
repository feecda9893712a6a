/**
 * The archive's database file. Admin tables and mail tables share it, so that one commit covers both.
 * Migrations form one sequence: a new one takes the next free number, whichever part it belongs to.
 */
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { openSqlite } from '../../platform/database.js';
import { adminMigrations, type AdminSchema } from './admin-schema.js';
import { mailMigrations, type MailSchema } from './mail-schema.js';

export type ArchiveSchema = AdminSchema & MailSchema;
export type ArchiveDatabase = Kysely<ArchiveSchema>;

/** @param dataDir an existing folder, or `:memory:` */
export function openArchiveDatabase(dataDir: string): Promise<ArchiveDatabase> {
  const file = dataDir === ':memory:' ? dataDir : join(dataDir, 'archive.db');
  return openSqlite<ArchiveSchema>(file, { ...adminMigrations, ...mailMigrations });
}
