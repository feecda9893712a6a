/**
 * The index for search: an FTS5 table of trigrams without the text itself, whose rowid is the item's id. Triggers note
 * in the transaction of every change that an item has to be indexed (`search_pending`), whoever makes the change, and
 * take deleted items out. At the migration every item is noted: the index is then built beside the work.
 */
import { sql, type Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

/** Items whose entry in the index is missing or out of date. */
export interface SearchPendingTable {
  item_id: number;
}

/** Text of attachments of textual types; one that has no row has not been read yet. */
export interface AttachmentTextTable {
  attachment_id: number;
  text: string;
}

export interface SearchSchema {
  search_pending: SearchPendingTable;
  attachment_texts: AttachmentTextTable;
}

/** Text is folded before (folding.ts): the tokenizer shall not touch it. */
export const createIndex = sql`create virtual table item_search using fts5(
  address, subject, body, number, remarks, attachments,
  content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1')`;

export const noteAllItems = sql`insert or ignore into search_pending select id from items`;

const noted = (name: string, event: string, item: 'new.id' | 'new.item_id' | 'old.item_id') =>
  // `or ignore` would not do: SQLite lets the statement that fires a trigger decide about conflicts in it.
  // Attachments may go because their item goes.
  `create trigger ${name} after ${event} begin
     insert into search_pending select ${item}
     where exists (select 1 from items where id = ${item})
       and not exists (select 1 from search_pending where item_id = ${item});
   end`;

const triggers = [
  noted('search_item_added', 'insert on items', 'new.id'),
  noted(
    'search_item_changed',
    'update of from_text, recipients_text, cc_text, subject, number, remarks on items',
    'new.id',
  ),
  noted('search_body_added', 'insert on item_bodies', 'new.item_id'),
  noted('search_body_changed', 'update on item_bodies', 'new.item_id'),
  noted('search_attachment_added', 'insert on attachments', 'new.item_id'),
  noted('search_attachment_renamed', 'update of name on attachments', 'new.item_id'),
  noted('search_attachment_deleted', 'delete on attachments', 'old.item_id'),
  `create trigger search_item_deleted after delete on items begin
     delete from item_search where rowid = old.id;
     delete from search_pending where item_id = old.id;
   end`,
];

async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('search_pending')
    .addColumn('item_id', 'integer', (c) => c.primaryKey())
    .execute();
  await database.schema
    .createTable('attachment_texts')
    .addColumn('attachment_id', 'integer', (c) =>
      c.primaryKey().references('attachments.id').onDelete('cascade'),
    )
    .addColumn('text', 'text', (c) => c.notNull())
    .execute();
  await createIndex.execute(database);
  // Lists in the order of ids, which is that of their rows within an index: without these all mails were sorted.
  const indexes = { items_of_realm: ['realm_id'], items_of_group: ['realm_id', 'group_ref'] };
  for (const [name, columns] of Object.entries(indexes))
    await database.schema.createIndex(name).on('items').columns(columns).execute();
  for (const trigger of triggers) await sql.raw(trigger).execute(database);
  await noteAllItems.execute(database);
}

export const searchMigrations: Migrations = { '0006-search': { up } };
