/** Tables of `raw.db`; see raw-mail-store.ts. */
import type { Generated, Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

interface RawMailTable {
  id: Generated<number>;
  /** Hex; null while it is being written. */
  hash: string | null;
  size: number;
}

interface RawChunkTable {
  mail_id: number;
  /** From 0. */
  number: number;
  bytes: Buffer;
}

/** Hashes whose bytes may be without a row that refers to them. */
interface RawUndecidedTable {
  hash: string;
}

export interface RawSchema {
  raw_mails: RawMailTable;
  raw_chunks: RawChunkTable;
  raw_undecided: RawUndecidedTable;
}

/** Of every row of bytes but a message's last. */
export const CHUNK_BYTES = 1024 * 1024;

export const rawMigrations: Migrations = {
  '0001-raw': {
    async up(database: Kysely<unknown>) {
      await database.schema
        .createTable('raw_mails')
        .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
        .addColumn('hash', 'text', (c) => c.unique())
        .addColumn('size', 'integer', (c) => c.notNull())
        .execute();
      await database.schema
        .createTable('raw_chunks')
        .addColumn('mail_id', 'integer', (c) =>
          c.notNull().references('raw_mails.id').onDelete('cascade'),
        )
        .addColumn('number', 'integer', (c) => c.notNull())
        .addColumn('bytes', 'blob', (c) => c.notNull())
        .addPrimaryKeyConstraint('raw_chunks_key', ['mail_id', 'number'])
        .execute();
    },
  },
  '0002-undecided': {
    async up(database: Kysely<unknown>) {
      await database.schema
        .createTable('raw_undecided')
        .addColumn('hash', 'text', (c) => c.notNull())
        .execute();
    },
  },
};
