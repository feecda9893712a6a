/**
 * What the archive notes for its index for search, which is a file of its own (index-file.ts). Triggers note in the
 * transaction of every change that the item's entry is out of date, whoever makes the change. A mail is noted when it
 * has been read: until then there is nothing in it to be found.
 */
import { sql, type Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';
import { ParseState } from '../store/mail-schema.js';

/** Items whose entry in the index is missing or out of date, also such as are deleted by now. */
export interface SearchPendingTable {
  item_id: number;
  /** Of the last change. */
  note: number;
}

/** One row. */
export interface SearchNotesTable {
  last_note: number;
  /** Of the last step of indexing whose notes are deleted. */
  step: number;
  /** Of the file that has been told of everything else. */
  index_id: string;
}

/** Text of attachments of textual types; one that has no row has not been read yet. */
export interface AttachmentTextTable {
  attachment_id: number;
  text: string;
}

export interface SearchSchema {
  search_pending: SearchPendingTable;
  search_notes: SearchNotesTable;
  attachment_texts: AttachmentTextTable;
}

/** @param item by which the row names its item */
const noted = (name: string, event: string, item: string) =>
  `create trigger ${name} after ${event} begin
     update search_notes set last_note = last_note + 1;
     insert into search_pending select ${item}, last_note from search_notes where true
       on conflict (item_id) do update set note = excluded.note;
   end`;

const triggers: Readonly<Record<string, readonly [event: string, item: string]>> = {
  search_item_added: [
    `insert on items when new.parse_state <> ${String(ParseState.open)}`,
    'new.id',
  ],
  search_item_changed: [
    'update of from_text, recipients_text, cc_text, subject, number, remarks on items',
    'new.id',
  ],
  search_item_deleted: ['delete on items', 'old.id'],
  search_body_added: ['insert on item_bodies', 'new.item_id'],
  search_body_changed: ['update on item_bodies', 'new.item_id'],
  search_attachment_added: ['insert on attachments', 'new.item_id'],
  search_attachment_renamed: ['update of name on attachments', 'new.item_id'],
  search_attachment_deleted: ['delete on attachments', 'old.item_id'],
  search_attachment_read: [
    'insert on attachment_texts',
    '(select item_id from attachments where id = new.attachment_id)',
  ],
};

async function addNotes(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('search_pending')
    .addColumn('item_id', 'integer', (c) => c.primaryKey())
    .addColumn('note', 'integer', (c) => c.notNull())
    .execute();
  await database.schema
    .createTable('search_notes')
    .addColumn('last_note', 'integer', (c) => c.notNull())
    .addColumn('step', 'integer', (c) => c.notNull())
    .addColumn('index_id', 'text', (c) => c.notNull())
    .execute();
  await sql`insert into search_notes values (0, 0, '')`.execute(database);
  for (const [name, [event, item]] of Object.entries(triggers))
    await sql.raw(noted(name, event, item)).execute(database);
}

/** Before, the index stood here, among everything else. */
async function forgetFormerIndex(database: Kysely<unknown>): Promise<void> {
  for (const name of Object.keys(triggers))
    await sql`drop trigger if exists ${sql.id(name)}`.execute(database);
  for (const name of ['item_search', 'search_pending'])
    await database.schema.dropTable(name).ifExists().execute();
}

async function addAttachmentTexts(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('attachment_texts')
    .addColumn('attachment_id', 'integer', (c) =>
      c.primaryKey().references('attachments.id').onDelete('cascade'),
    )
    .addColumn('text', 'text', (c) => c.notNull())
    .execute();
  // Lists in the order of ids, which is that of their rows within an index: without these all mails were sorted.
  const indexes = { items_of_realm: ['realm_id'], items_of_group: ['realm_id', 'group_ref'] };
  for (const [name, columns] of Object.entries(indexes))
    await database.schema.createIndex(name).on('items').columns(columns).execute();
}

export const searchMigrations: Migrations = {
  // it also made what the later one takes away
  '0006-search': { up: addAttachmentTexts },
  '0014-index-apart': {
    async up(database: Kysely<unknown>) {
      await forgetFormerIndex(database);
      await addNotes(database);
    },
  },
};
