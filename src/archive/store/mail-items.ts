/** Items at rest: rows, their JSON detail, body, attachments and protocol. Realm by realm; nothing crosses. */
import { sql, type Insertable, type Kysely, type Selectable, type Transaction } from 'kysely';
import { asSet, ItemFlag } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import { RpcError } from '../errors.js';
import type { ArchiveSchema } from './database.js';
import { parseStored } from './stored-struct.js';
import type { AttachmentTable, ItemBodyTable, ItemTable, ProtocolTable } from './mail-schema.js';

export type ItemRow = Selectable<ItemTable>;
export type NewItemRow = Insertable<ItemTable>;
export type AttachmentRow = Selectable<AttachmentTable>;
export type ProtocolRow = Selectable<ProtocolTable>;
export type BodyRow = Selectable<ItemBodyTable>;

/** What an item has beyond its columns. Addresses as `Name <address>`. */
export interface ItemDetail {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly replyTo: readonly string[];
  /** Bare addresses for which the server had it. */
  readonly envelopeTo: readonly string[];
  /** Message-IDs without angle brackets. */
  readonly references: readonly string[];
  /** Users who have read it. */
  readonly readUsers: readonly number[];
  /** Opaque data of a client's editor, base64. */
  readonly editorData: string;
}

export const emptyDetail: ItemDetail = {
  to: [],
  cc: [],
  bcc: [],
  replyTo: [],
  envelopeTo: [],
  references: [],
  readUsers: [],
  editorData: '',
};

/** Of a damaged row it is empty: the mail itself is in its bytes, and what stands in columns is still shown. */
export const detailOf = (row: Pick<ItemRow, 'detail'>): ItemDetail => ({
  ...emptyDetail,
  ...(parseStored(row.detail) as Partial<ItemDetail> | null),
});

export interface ProtocolLine {
  readonly itemId: number;
  readonly text: string;
  readonly ruleName?: string;
  readonly userId?: number;
  readonly userName?: string;
}

/** Told before the transaction ends in which items were added, changed or deleted: whoever looks waits for its end. */
export type ItemsChanged = (realmId: number) => void;

export class ItemStore {
  constructor(
    private readonly database: Kysely<ArchiveSchema>,
    private readonly clock: Clock,
    private readonly changed: ItemsChanged,
  ) {}

  /** The same within a transaction that others take part in. */
  within(transaction: Kysely<ArchiveSchema>): ItemStore {
    return new ItemStore(transaction, this.clock, this.changed);
  }

  /** Runs `work` in one transaction; within it only the store and database handed over may be used. */
  transaction<R>(
    work: (store: ItemStore, transaction: Transaction<ArchiveSchema>) => Promise<R>,
  ): Promise<R> {
    return this.database
      .transaction()
      .execute((transaction) => work(this.within(transaction), transaction));
  }

  async insert(rows: readonly NewItemRow[]): Promise<number[]> {
    const inserted = await this.database.insertInto('items').values(rows).returning('id').execute();
    for (const realmId of new Set(rows.map(({ realm_id }) => realm_id))) this.changed(realmId);
    return inserted.map((row) => row.id);
  }

  find(realmId: number, id: number): Promise<ItemRow | undefined> {
    return this.database
      .selectFrom('items')
      .selectAll()
      .where('realm_id', '=', realmId)
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** Those of the ids that exist in the realm. */
  findAll(realmId: number, ids: readonly number[]): Promise<ItemRow[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.database
      .selectFrom('items')
      .selectAll()
      .where('realm_id', '=', realmId)
      .where('id', 'in', ids)
      .orderBy('id')
      .execute();
  }

  async update(
    realmId: number,
    ids: readonly number[],
    columns: Partial<NewItemRow>,
  ): Promise<void> {
    if (ids.length === 0) return;
    await this.database
      .updateTable('items')
      .set({ ...columns, modified: this.#now() })
      .where('realm_id', '=', realmId)
      .where('id', 'in', ids)
      .execute();
    this.changed(realmId);
  }

  /** Reading a mail changes nothing in it: `modified` stays. */
  async markParsed(
    { id, realm_id }: Pick<ItemRow, 'id' | 'realm_id'>,
    columns: Pick<ItemRow, 'parse_state' | 'preview' | 'flags'>,
  ): Promise<void> {
    await this.database.updateTable('items').set(columns).where('id', '=', id).execute();
    this.changed(realm_id);
  }

  /** @param flags ordinals of ItemFlag */
  async setFlags(
    realmId: number,
    ids: readonly number[],
    flags: readonly number[],
    value: boolean,
  ): Promise<void> {
    if (ids.length === 0) return;
    const mask = asSet(...flags);
    await this.database
      .updateTable('items')
      .set({
        flags: value ? sql<number>`flags | ${mask}` : sql<number>`flags & ~${mask}`,
        modified: this.#now(),
      })
      .where('realm_id', '=', realmId)
      .where('id', 'in', ids)
      .execute();
    this.changed(realmId);
  }

  /** Hashes of the bytes that these items and their attachments refer to. */
  async rawHashes(realmId: number, ids: readonly number[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const items = this.database
      .selectFrom('items')
      .select('raw_hash')
      .where('realm_id', '=', realmId)
      .where('id', 'in', ids);
    const attachments = this.database
      .selectFrom('attachments')
      .select('raw_hash')
      .where('realm_id', '=', realmId)
      .where('item_id', 'in', ids);
    const rows = await items.union(attachments).execute();
    return rows.flatMap((row) => row.raw_hash ?? []);
  }

  /** Deletes for good. @returns hashes of the bytes that nothing refers to any more */
  async delete(realmId: number, ids: readonly number[]): Promise<string[]> {
    if (ids.length === 0) return [];
    await this.requireNotHeld(realmId, ids);
    const hashes = await this.rawHashes(realmId, ids);
    await this.database
      .deleteFrom('items')
      .where('realm_id', '=', realmId)
      .where('id', 'in', ids)
      .execute();
    this.changed(realmId);
    return this.unreferenced(hashes);
  }

  /** @throws RpcError onHold */
  async requireNotHeld(realmId: number, ids: readonly number[]): Promise<void> {
    const held = (await this.findAll(realmId, ids)).find(({ is_held }) => is_held === 1);
    if (held !== undefined) throw new RpcError('onHold', `The item ${held.id} is held.`);
  }

  /** Which of the hashes no item and no attachment of any realm refers to. */
  async unreferenced(hashes: readonly string[]): Promise<string[]> {
    if (hashes.length === 0) return [];
    const used = new Set<string | null>();
    for (const table of ['items', 'attachments'] as const) {
      const rows = await this.database
        .selectFrom(table)
        .select('raw_hash')
        .where('raw_hash', 'in', hashes)
        .execute();
      for (const row of rows) used.add(row.raw_hash);
    }
    return [...new Set(hashes)].filter((hash) => !used.has(hash));
  }

  body(itemId: number): Promise<BodyRow | undefined> {
    return this.database
      .selectFrom('item_bodies')
      .selectAll()
      .where('item_id', '=', itemId)
      .executeTakeFirst();
  }

  /** For items that have none yet. */
  async addBodies(bodies: readonly BodyRow[]): Promise<void> {
    if (bodies.length > 0) await this.database.insertInto('item_bodies').values(bodies).execute();
  }

  async putBody(body: BodyRow): Promise<void> {
    await this.database
      .insertInto('item_bodies')
      .values(body)
      .onConflict((conflict) =>
        conflict.column('item_id').doUpdateSet({ text: body.text, html: body.html }),
      )
      .execute();
  }

  attachments(itemIds: readonly number[]): Promise<AttachmentRow[]> {
    if (itemIds.length === 0) return Promise.resolve([]);
    return this.database
      .selectFrom('attachments')
      .selectAll()
      .where('item_id', 'in', itemIds)
      .orderBy('id')
      .execute();
  }

  attachment(realmId: number, id: number): Promise<AttachmentRow | undefined> {
    return this.database
      .selectFrom('attachments')
      .selectAll()
      .where('realm_id', '=', realmId)
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** @returns their ids */
  async addAttachments(rows: readonly Insertable<AttachmentTable>[]): Promise<number[]> {
    if (rows.length === 0) return [];
    const query = this.database.insertInto('attachments').values(rows).returning('id');
    return (await query.execute()).map(({ id }) => id);
  }

  async renameAttachment(realmId: number, id: number, name: string): Promise<void> {
    await this.database
      .updateTable('attachments')
      .set({ name })
      .where('realm_id', '=', realmId)
      .where('id', '=', id)
      .execute();
  }

  /** For search: the text of attachments that were just added; null for one that has none. */
  async addAttachmentTexts(ids: readonly number[], texts: readonly (string | null)[]) {
    const rows = ids.flatMap((attachment_id, at) => {
      const text = texts[at] ?? null;
      return text === null ? [] : [{ attachment_id, text }];
    });
    if (rows.length === 0) return;
    await this.database
      .insertInto('attachment_texts')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async deleteAttachment(realmId: number, id: number): Promise<void> {
    await this.database
      .deleteFrom('attachments')
      .where('realm_id', '=', realmId)
      .where('id', '=', id)
      .execute();
  }

  protocol(itemIds: readonly number[]): Promise<ProtocolRow[]> {
    if (itemIds.length === 0) return Promise.resolve([]);
    return this.database
      .selectFrom('item_protocol')
      .selectAll()
      .where('item_id', 'in', itemIds)
      .orderBy('id')
      .execute();
  }

  async addProtocol(realmId: number, lines: readonly ProtocolLine[]): Promise<void> {
    await this.insertProtocol(realmId, lines);
    const ids = lines.map(({ itemId }) => itemId);
    await this.setFlags(realmId, ids, [ItemFlag.ifProtocol], true);
  }

  /** For items that carry the flag ifProtocol already. */
  async insertProtocol(realmId: number, lines: readonly ProtocolLine[]): Promise<void> {
    if (lines.length === 0) return;
    const date = this.#now();
    const rows = lines.map(({ itemId, text, ruleName = '', userId = 0, userName = '' }) => ({
      realm_id: realmId,
      item_id: itemId,
      date,
      user_ref: userId,
      user_name: userName,
      rule_name: ruleName,
      text,
    }));
    await this.database.insertInto('item_protocol').values(rows).execute();
  }

  #now(): string {
    return this.clock.now().toISOString();
  }
}
