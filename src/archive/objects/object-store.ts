/** Groups, signatures, filters, rules, topics, colours and text blocks at rest: one table, each kind with its wire struct. */
import type { Kysely, Selectable } from 'kysely';
import type { WireType } from '../../greyhound/index.js';
import type { Clock } from '../../platform/clock.js';
import { RpcError } from '../errors.js';
import type { ObjectTable } from '../store/admin-schema.js';
import type { ArchiveSchema } from '../store/database.js';
import { parseStored, withoutMembers } from '../store/stored-struct.js';

export type ObjectKind = ObjectTable['kind'];

export interface ObjectStruct {
  ID: number;
  Created: Date | null;
  Modified: Date | null;
}

const notInStruct = ['ID', 'LockData', 'Created', 'Modified'] as const;

export class ObjectStore<T extends ObjectStruct> {
  /** @param computed members that are worked out on reading and never kept */
  constructor(
    private readonly database: Kysely<ArchiveSchema>,
    private readonly clock: Clock,
    readonly kind: ObjectKind,
    private readonly type: WireType<T>,
    private readonly computed: readonly (keyof T & string)[] = [],
  ) {}

  /** Runs `work` in one transaction; within it only the store handed over may be used. */
  transaction<R>(
    work: (store: ObjectStore<T>, database: Kysely<ArchiveSchema>) => Promise<R>,
  ): Promise<R> {
    return this.database
      .transaction()
      .execute((transaction) =>
        work(
          new ObjectStore(transaction, this.clock, this.kind, this.type, this.computed),
          transaction,
        ),
      );
  }

  /** By id. */
  async list(realmId: number): Promise<T[]> {
    const rows = await this.#select(realmId).execute();
    return rows.map((row) => this.#read(row));
  }

  async find(realmId: number, id: number): Promise<T | null> {
    const row = await this.#select(realmId).where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : this.#read(row);
  }

  /** @throws RpcError notFound */
  async get(realmId: number, id: number): Promise<T> {
    const found = await this.find(realmId, id);
    if (found === null) throw new RpcError('notFound', `There is no ${this.kind} ${id}.`);
    return found;
  }

  /** @returns the new id */
  async create(realmId: number, value: T): Promise<number> {
    const now = this.clock.now().toISOString();
    const { id } = await this.database
      .insertInto('objects')
      .values({
        realm_id: realmId,
        kind: this.kind,
        struct: this.#write(value),
        created: now,
        modified: now,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  /** Replaces the object of that ID as a whole. @throws RpcError notFound */
  async replace(realmId: number, value: T): Promise<void> {
    await this.get(realmId, value.ID);
    await this.#update(realmId, value, { modified: this.clock.now().toISOString() });
  }

  /** Keeps what the archive itself notes: no change that a user made. */
  note(realmId: number, value: T): Promise<void> {
    return this.#update(realmId, value, {});
  }

  async #update(realmId: number, value: T, also: { modified?: string }): Promise<void> {
    await this.database
      .updateTable('objects')
      .set({ struct: this.#write(value), ...also })
      .where('id', '=', value.ID)
      .where('realm_id', '=', realmId)
      .execute();
  }

  /** @throws RpcError notFound */
  async delete(realmId: number, id: number): Promise<void> {
    await this.get(realmId, id);
    await this.database
      .deleteFrom('objects')
      .where('id', '=', id)
      .where('realm_id', '=', realmId)
      .execute();
  }

  #select(realmId: number) {
    return this.database
      .selectFrom('objects')
      .selectAll()
      .where('realm_id', '=', realmId)
      .where('kind', '=', this.kind)
      .orderBy('id');
  }

  #write(value: T): string {
    const without = [...notInStruct, ...this.computed];
    return JSON.stringify(withoutMembers(this.type.encode(value), without));
  }

  #read(row: Selectable<ObjectTable>): T {
    const stored = parseStored(row.struct) ?? { Name: `Damaged ${this.kind} ${row.id}` };
    return {
      ...this.type.decode(stored, this.kind),
      ID: row.id,
      Created: new Date(row.created),
      Modified: new Date(row.modified),
    };
  }
}
