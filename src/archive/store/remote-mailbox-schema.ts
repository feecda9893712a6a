/** Tables about mailboxes on their servers: what lay in them before, which copies of sent mails they are to get. */
import type { Kysely } from 'kysely';
import type { Migrations } from '../../platform/database.js';

export interface SentCopyTable {
  item_id: number;
  realm_id: number;
  /** SMTP account that it was sent through. */
  smtp_id: number;
  attempts: number;
  next_try_at: string;
  created: string;
}

interface MailboxBeginningTable {
  account_id: number;
  realm_id: number;
  began_at: string;
}

interface EarlierMailTable {
  account_id: number;
  uidl: string;
  /** 0: passed over, never stored. */
  is_wanted: number;
  /** What tells the mail when unique-ids change; '' when nothing does. */
  fingerprint: string;
}

export interface RemoteMailboxSchema {
  sent_copies: SentCopyTable;
  mailbox_beginnings: MailboxBeginningTable;
  earlier_mails: EarlierMailTable;
}

export const remoteMailboxMigrations: Migrations = {
  '0010-sent-copies': {
    async up(database: Kysely<unknown>) {
      await database.schema
        .createTable('sent_copies')
        .addColumn('item_id', 'integer', (c) =>
          c.primaryKey().references('items.id').onDelete('cascade'),
        )
        .addColumn('realm_id', 'integer', (c) => c.notNull())
        .addColumn('smtp_id', 'integer', (c) => c.notNull())
        .addColumn('attempts', 'integer', (c) => c.notNull())
        .addColumn('next_try_at', 'text', (c) => c.notNull())
        .addColumn('created', 'text', (c) => c.notNull())
        .execute();
    },
  },
  '0011-earlier-mails': {
    async up(database: Kysely<unknown>) {
      const { schema } = database;
      await schema
        .createTable('mailbox_beginnings')
        .addColumn('account_id', 'integer', (c) => c.primaryKey())
        .addColumn('realm_id', 'integer', (c) => c.notNull())
        .addColumn('began_at', 'text', (c) => c.notNull())
        .execute();
      await schema
        .createTable('earlier_mails')
        .addColumn('account_id', 'integer', (c) => c.notNull())
        .addColumn('uidl', 'text', (c) => c.notNull())
        .addColumn('is_wanted', 'integer', (c) => c.notNull())
        .addColumn('fingerprint', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('earlier_mails_key', ['account_id', 'uidl'])
        .execute();
      await schema
        .alterTable('items')
        .addColumn('is_earlier', 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
      await schema
        .alterTable('completeness')
        .addColumn('passed_over', 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
      // accounts that were fetched before have begun: what comes is new
      const known = database as Kysely<{
        accounts: { id: number; realm_id: number; kind: string; last_sign_in: string | null };
        mailbox_beginnings: MailboxBeginningTable;
      }>;
      await known
        .insertInto('mailbox_beginnings')
        .columns(['account_id', 'realm_id', 'began_at'])
        .expression(
          known
            .selectFrom('accounts')
            .select(['id', 'realm_id'])
            .select((eb) => eb.ref('last_sign_in').$notNull().as('began_at'))
            .where('kind', '=', 'pop3')
            .where('last_sign_in', 'is not', null),
        )
        .execute();
    },
  },
};
