/**
 * Tables of stored mail: items and what belongs to them, what was fetched from which mailbox, and the outbox.
 * Every row names its realm. Dates are ISO 8601 in UTC, which sort as text. Message bytes are not here but in
 * `raw.db` (raw-mail-store.ts), found by their SHA-256.
 */
import { sql, type Generated, type Kysely, type SqlBool } from 'kysely';
import type { Migrations } from '../../platform/database.js';

/** How far an item's MIME structure has been read. */
export const ParseState = {
  /** Header only; body and attachments follow. */
  open: 0,
  complete: 1,
  /** Given up after several tries; the bytes are there. */
  failed: 2,
} as const;

/** What has a default is left out when a mail is stored: the fewer values, the faster. */
export interface ItemTable {
  id: Generated<number>;
  realm_id: number;
  kind: number;
  state: number;
  /** Bit n is ItemFlag n. */
  flags: number;
  group_ref: Generated<number>;
  user_ref: Generated<number>;
  topic_ref: Generated<number>;
  color_ref: Generated<number>;
  priority: number;
  /** Incoming account it was fetched through; 0 = none. */
  pop3_ref: Generated<number>;
  /** The item that this one answers or forwards; 0 = none. */
  ref_id: Generated<number>;
  /** `Name <address>`; several separated by commas. For lists, order and search; `detail` has them apart. */
  from_text: string;
  recipients_text: string;
  cc_text: Generated<string>;
  subject: string;
  number: Generated<string>;
  remarks: Generated<string>;
  /** Bytes of the message. */
  size: number;
  /** First 256 characters of the content as text. */
  preview: Generated<string>;
  start_date: string | null;
  end_date: string | null;
  remind: string | null;
  created: string;
  modified: string;
  /** Without angle brackets; '' when it has none. */
  message_id: string;
  thread_id: string;
  raw_hash: string | null;
  parse_state: number;
  parse_attempts: Generated<number>;
  /** 1 when it lay in its mailbox before the account was first fetched. */
  is_earlier: Generated<number>;
  /** 1: nobody may delete it (retention/). */
  is_held: Generated<number>;
  /** ItemDetail as JSON. */
  detail: string;
}

export interface ItemBodyTable {
  item_id: number;
  realm_id: number;
  text: string;
  /** '' when the message has no HTML. */
  html: string;
}

/** Every Message-ID that a mail carries or mentions, and the conversation it belongs to. */
export interface ThreadReferenceTable {
  realm_id: number;
  message_id: string;
  thread_id: string;
}

export interface AttachmentTable {
  id: Generated<number>;
  realm_id: number;
  item_id: number;
  /** Which attachment of the item's message it is, from 0; null when the content is stored for itself. */
  part_index: number | null;
  raw_hash: string | null;
  name: string;
  content_type: string;
  content_id: string;
  size: number;
  user_ref: number;
  created: string;
}

/** What has been fetched: once a row is here the mail is durable and may be deleted on the server. */
export interface UidlTable {
  realm_id: number;
  account_id: number;
  /** The server's unique-id, or `sha256:<hash>` where it gives none that can be relied on. */
  uidl: string;
  raw_hash: string;
  item_id: number;
  stored_at: string;
  /** When a session asked the server to delete it. */
  deleted_at: string | null;
  /** 1 when the server did not list it when it was last asked. */
  is_absent: Generated<number>;
  /** 1 when its item was deleted because its time was over. */
  is_expired: Generated<number>;
}

/** Mails that could not be taken in. They are still on the server. */
export interface QuarantineTable {
  id: Generated<number>;
  realm_id: number;
  account_id: number;
  uidl: string;
  size: number;
  attempts: number;
  /** 0 while it is still tried again by itself. */
  is_final: number;
  reason: string;
  since: string;
}

export interface OutboxTable {
  item_id: number;
  realm_id: number;
  /** SMTP account of the latest try; before the first, the one that was chosen at release. */
  account_id: number;
  /** 1 when the item's stored message was made for `account_id`: every try sends the same bytes. */
  is_composed: Generated<number>;
  /** `sending` from just before the final dot. Found at start: the process died meanwhile, nobody knows the outcome. */
  state: 'queued' | 'sending';
  attempts: number;
  next_try_at: string;
  /** A person wants it to leave then; null: at once. */
  not_before: Generated<string | null>;
  last_error: string;
  created: string;
}

export interface ProtocolTable {
  id: Generated<number>;
  realm_id: number;
  item_id: number;
  date: string;
  user_ref: number;
  user_name: string;
  rule_name: string;
  text: string;
}

export interface MailSchema {
  items: ItemTable;
  item_bodies: ItemBodyTable;
  thread_references: ThreadReferenceTable;
  attachments: AttachmentTable;
  uidls: UidlTable;
  quarantine: QuarantineTable;
  outbox: OutboxTable;
  item_protocol: ProtocolTable;
}

const keyed = (database: Kysely<unknown>, name: string) =>
  database.schema
    .createTable(name)
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('realm_id', 'integer', (column) =>
      column.notNull().references('realms.id').onDelete('cascade'),
    );

const ofItem = (table: ReturnType<typeof keyed>) =>
  table.addColumn('item_id', 'integer', (column) =>
    column.notNull().references('items.id').onDelete('cascade'),
  );

async function createItems(database: Kysely<unknown>): Promise<void> {
  let items = keyed(database, 'items');
  const integers = [
    ...['kind', 'state', 'flags', 'group_ref', 'user_ref', 'topic_ref', 'color_ref', 'priority'],
    ...['pop3_ref', 'ref_id', 'size', 'parse_state'],
  ];
  const texts = [
    ...['from_text', 'recipients_text', 'cc_text', 'subject', 'number', 'remarks', 'preview'],
    ...['created', 'modified', 'message_id', 'thread_id', 'detail'],
  ];
  for (const name of integers)
    items = items.addColumn(name, 'integer', (c) => c.notNull().defaultTo(0));
  for (const name of texts) items = items.addColumn(name, 'text', (c) => c.notNull().defaultTo(''));
  for (const name of ['start_date', 'end_date', 'remind', 'raw_hash'])
    items = items.addColumn(name, 'text');
  await items.addColumn('parse_attempts', 'integer', (c) => c.notNull().defaultTo(0)).execute();
  const indexes = {
    items_by_group: ['realm_id', 'group_ref', 'state', 'start_date'],
    items_by_date: ['realm_id', 'start_date'],
    items_by_thread: ['realm_id', 'thread_id'],
    items_by_raw: ['raw_hash'],
  };
  for (const [name, columns] of Object.entries(indexes))
    await database.schema.createIndex(name).on('items').columns(columns).execute();
  await database.schema
    .createIndex('items_unparsed')
    .on('items')
    .column('id')
    .where(sql<SqlBool>`parse_state = 0`)
    .execute();
}

async function createPartsOfItems(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('item_bodies')
    .addColumn('item_id', 'integer', (c) =>
      c.primaryKey().references('items.id').onDelete('cascade'),
    )
    .addColumn('realm_id', 'integer', (c) => c.notNull())
    .addColumn('text', 'text', (c) => c.notNull())
    .addColumn('html', 'text', (c) => c.notNull())
    .execute();
  await ofItem(keyed(database, 'attachments'))
    .addColumn('part_index', 'integer')
    .addColumn('raw_hash', 'text')
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('content_type', 'text', (c) => c.notNull())
    .addColumn('content_id', 'text', (c) => c.notNull())
    .addColumn('size', 'integer', (c) => c.notNull())
    .addColumn('user_ref', 'integer', (c) => c.notNull())
    .addColumn('created', 'text', (c) => c.notNull())
    .execute();
  await ofItem(keyed(database, 'item_protocol'))
    .addColumn('date', 'text', (c) => c.notNull())
    .addColumn('user_ref', 'integer', (c) => c.notNull())
    .addColumn('user_name', 'text', (c) => c.notNull())
    .addColumn('rule_name', 'text', (c) => c.notNull())
    .addColumn('text', 'text', (c) => c.notNull())
    .execute();
  for (const table of ['attachments', 'item_protocol'])
    await database.schema.createIndex(`${table}_by_item`).on(table).column('item_id').execute();
  await database.schema
    .createIndex('attachments_by_raw')
    .on('attachments')
    .column('raw_hash')
    .execute();
  await database.schema
    .createTable('thread_references')
    .addColumn('realm_id', 'integer', (c) =>
      c.notNull().references('realms.id').onDelete('cascade'),
    )
    .addColumn('message_id', 'text', (c) => c.notNull())
    .addColumn('thread_id', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('thread_references_key', ['realm_id', 'message_id'])
    .execute();
  await database.schema
    .createIndex('thread_references_by_thread')
    .on('thread_references')
    .columns(['realm_id', 'thread_id'])
    .execute();
}

/** The ledger and the outbox keep their rows when an item goes: they tell what the servers have seen. */
async function createTraffic(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('uidls')
    .addColumn('realm_id', 'integer', (c) =>
      c.notNull().references('realms.id').onDelete('cascade'),
    )
    .addColumn('account_id', 'integer', (c) => c.notNull())
    .addColumn('uidl', 'text', (c) => c.notNull())
    .addColumn('raw_hash', 'text', (c) => c.notNull())
    .addColumn('item_id', 'integer', (c) => c.notNull())
    .addColumn('stored_at', 'text', (c) => c.notNull())
    .addColumn('deleted_at', 'text')
    .addPrimaryKeyConstraint('uidls_key', ['account_id', 'uidl'])
    .execute();
  await database.schema
    .createIndex('uidls_by_raw')
    .on('uidls')
    .columns(['account_id', 'raw_hash'])
    .execute();
  await database.schema.createIndex('uidls_by_item').on('uidls').column('item_id').execute();
  await keyed(database, 'quarantine')
    .addColumn('account_id', 'integer', (c) => c.notNull())
    .addColumn('uidl', 'text', (c) => c.notNull())
    .addColumn('size', 'integer', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('is_final', 'integer', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('since', 'text', (c) => c.notNull())
    .addUniqueConstraint('quarantine_key', ['account_id', 'uidl'])
    .execute();
  await database.schema
    .createTable('outbox')
    .addColumn('item_id', 'integer', (c) =>
      c.primaryKey().references('items.id').onDelete('cascade'),
    )
    .addColumn('realm_id', 'integer', (c) => c.notNull())
    .addColumn('account_id', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('next_try_at', 'text', (c) => c.notNull())
    .addColumn('last_error', 'text', (c) => c.notNull())
    .addColumn('created', 'text', (c) => c.notNull())
    .execute();
}

/** Mails that leave later; a migration of its own, because the outbox was made without. */
export const laterMigrations: Migrations = {
  '0012-send-later': {
    async up(database: Kysely<unknown>) {
      await database.schema.alterTable('outbox').addColumn('not_before', 'text').execute();
    },
  },
};

export const mailMigrations: Migrations = {
  '0002-mail': {
    async up(database: Kysely<unknown>) {
      await createItems(database);
      await createPartsOfItems(database);
      await createTraffic(database);
    },
  },
};
