/**
 * Message bytes, exactly as they came: `raw.db`, a file of its own, in rows of 1 MiB, found by SHA-256. Identical
 * bytes are stored once.
 *
 * A message is written through `writer()`. Up to 1 MiB it stays in memory and becomes durable with `commit`, together
 * with the others of its group. A longer one goes to disk piece by piece under an unfinished row, which `commit` only
 * has to give its hash; what was never committed is swept away when the store is opened.
 *
 * The rows that refer to bytes lie in another file (`archive.db`), so a crash can leave bytes that nothing refers to.
 * Hashes of which this may be so are journalled here, as undecided, with the commit that makes it possible;
 * `MailStore` decides.
 */
import { createHash, type Hash } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import { openSqlite, openToRead } from '../../platform/database.js';
import type { StorageWatch } from '../../platform/storage-fault.js';
import { readBack } from './raw-read-back.js';
import { CHUNK_BYTES, rawMigrations, type RawSchema } from './raw-schema.js';

/** Written, not yet durable. */
export interface StagedRaw {
  /** SHA-256 in hex. */
  readonly hash: string;
  readonly sizeBytes: number;
  /** The first bytes, at most 1 MiB: enough for any header. */
  readonly head: Buffer;
  /** Row on disk that holds a long message; null when `head` is the whole. */
  readonly unfinishedId: number | null;
}

/** Bytes that were stored are gone, or are other ones now. */
export class BytesDamaged extends Error {
  override readonly name = 'BytesDamaged';
  override readonly message =
    'what was stored is gone or damaged. Restore the archive from a backup.';
}

export class RawWriter {
  readonly #hash: Hash = createHash('sha256');
  /** What is not on disk yet, as long as the message is short. */
  #pieces: Buffer[] = [];
  /** Filled again and again once it is long: nothing is left to the garbage collector. */
  #chunk: Buffer | null = null;
  #chunkBytes = 0;
  #sizeBytes = 0;
  #head: Buffer | null = null;
  #unfinishedId: number | null = null;
  #chunks = 0;

  constructor(private readonly database: Kysely<RawSchema>) {}

  /** Takes one piece; a returned promise must settle before the next one is given. */
  write(piece: Buffer): void | Promise<void> {
    this.#hash.update(piece);
    this.#sizeBytes += piece.length;
    if (this.#sizeBytes > CHUNK_BYTES) return this.#writeLong(piece);
    this.#pieces.push(piece);
    return undefined;
  }

  async finish(): Promise<StagedRaw> {
    if (this.#chunk !== null) await this.#store();
    return {
      hash: this.#hash.digest('hex'),
      sizeBytes: this.#sizeBytes,
      head: this.#head ?? Buffer.concat(this.#pieces),
      unfinishedId: this.#unfinishedId,
    };
  }

  /** Gives back what a message that will not be finished has taken. */
  async discard(): Promise<void> {
    this.#pieces = [];
    if (this.#unfinishedId !== null)
      await this.database.deleteFrom('raw_mails').where('id', '=', this.#unfinishedId).execute();
  }

  async #writeLong(piece: Buffer): Promise<void> {
    this.#chunk ??= Buffer.allocUnsafeSlow(CHUNK_BYTES);
    for (const part of [...this.#pieces.splice(0), piece]) {
      let at = 0;
      while (at < part.length) {
        if (this.#chunkBytes === CHUNK_BYTES) await this.#store();
        const copied = part.copy(this.#chunk, this.#chunkBytes, at);
        this.#chunkBytes += copied;
        at += copied;
      }
    }
  }

  async #store(): Promise<void> {
    const bytes = (this.#chunk ?? Buffer.alloc(0)).subarray(0, this.#chunkBytes);
    this.#head ??= Buffer.from(bytes);
    const mailId = (this.#unfinishedId ??= await this.#begin());
    await this.database
      .insertInto('raw_chunks')
      .values({ mail_id: mailId, number: this.#chunks, bytes })
      .execute();
    this.#chunks += 1;
    this.#chunkBytes = 0;
  }

  async #begin(): Promise<number> {
    const row = await this.database
      .insertInto('raw_mails')
      .values({ hash: null, size: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
    return row.id;
  }
}

export class RawMailStore {
  /** Whether what the journal names is settled: the next write may clear it. */
  #isSettled = false;

  private constructor(
    private readonly database: Kysely<RawSchema>,
    private readonly file: string,
  ) {}

  /** @param file path; the worker that parses opens the same file */
  static async open(file: string, watch?: StorageWatch): Promise<RawMailStore> {
    const database = await openSqlite<RawSchema>(file, rawMigrations, { watch });
    // 16 MiB between checkpoints: a fetch writes much and reads little
    await sql`pragma wal_autocheckpoint = 4096`.execute(database);
    await database.deleteFrom('raw_mails').where('hash', 'is', null).execute();
    return new RawMailStore(database, file);
  }

  /** For another thread, while this program's own store is open: nothing is migrated or swept. */
  static openForReading(file: string): RawMailStore {
    return new RawMailStore(openToRead(file), file);
  }

  close(): Promise<void> {
    return this.database.destroy();
  }

  writer(): RawWriter {
    return new RawWriter(this.database);
  }

  /** Makes the messages durable, all with one commit. They are undecided until `settle`. */
  async commit(staged: readonly StagedRaw[]): Promise<void> {
    await this.database.transaction().execute((transaction) => this.#write(transaction, staged));
  }

  /** As `commit`, for messages whose stored bytes do not agree with their hash any more. */
  async replace(staged: readonly StagedRaw[]): Promise<void> {
    const hashes = staged.map(({ hash }) => hash);
    await this.database.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('raw_mails').where('hash', 'in', hashes).execute();
      await this.#write(transaction, staged);
    });
  }

  /** Gives back what a message that will not be committed has taken. */
  async discard({ unfinishedId }: StagedRaw): Promise<void> {
    if (unfinishedId !== null)
      await this.database.deleteFrom('raw_mails').where('id', '=', unfinishedId).execute();
  }

  /** Journals that the rows which refer to these may be about to go. */
  async doubt(hashes: readonly string[]): Promise<void> {
    await this.database.transaction().execute((transaction) => this.#journal(transaction, hashes));
  }

  /** What is journalled and not settled; also what another process left when it died. */
  async undecided(): Promise<string[]> {
    if (this.#isSettled) return [];
    const rows = await this.database.selectFrom('raw_undecided').select('hash').execute();
    return rows.map(({ hash }) => hash);
  }

  /** Rows refer to all that is journalled, or it is removed. Written down with the next commit. */
  settle(): void {
    this.#isSettled = true;
  }

  /** Which of these are stored. */
  stored(hashes: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#known(this.database, hashes);
  }

  /**
   * Which of these are stored and, read back from the file through a connection that has cached nothing of it, agree
   * with their hash. Large messages are read in pieces; others are served in between.
   */
  async agreeing(hashes: readonly string[]): Promise<ReadonlySet<string>> {
    const fresh = openToRead<RawSchema>(this.file);
    try {
      return await readBack(fresh, [...new Set(hashes)]);
    } finally {
      await fresh.destroy();
    }
  }

  /** @returns null when nothing of that hash is stored */
  async sizeOf(hash: string): Promise<number | null> {
    const row = await this.database
      .selectFrom('raw_mails')
      .select('size')
      .where('hash', '=', hash)
      .executeTakeFirst();
    return row?.size ?? null;
  }

  /** The bytes in pieces of at most 1 MiB, read as they are asked for; none when the hash is not stored. */
  async *read(hash: string): AsyncGenerator<Buffer, void, void> {
    // for most messages the only query
    const row = await this.database
      .selectFrom('raw_mails')
      .leftJoin('raw_chunks', (join) =>
        join.onRef('mail_id', '=', 'raw_mails.id').on('number', '=', 0),
      )
      .select(['raw_mails.id', 'size', 'bytes'])
      .where('hash', '=', hash)
      .executeTakeFirst();
    if (row === undefined || row.bytes === null) return;
    yield row.bytes;
    for (let number = 1; number * CHUNK_BYTES < row.size; number += 1) {
      const chunk = await this.database
        .selectFrom('raw_chunks')
        .select('bytes')
        .where('mail_id', '=', row.id)
        .where('number', '=', number)
        .executeTakeFirst();
      if (chunk === undefined) return;
      yield chunk.bytes;
    }
  }

  /**
   * The bytes as `read` gives them, for what leaves the archive.
   * @throws BytesDamaged at their end, when they are not those that were stored
   */
  async *readIntact(hash: string): AsyncGenerator<Buffer, void, void> {
    const computed = createHash('sha256');
    for await (const piece of this.read(hash)) {
      computed.update(piece);
      yield piece;
    }
    if (computed.digest('hex') !== hash) throw new BytesDamaged();
  }

  async remove(hashes: readonly string[]): Promise<void> {
    if (hashes.length > 0)
      await this.database.deleteFrom('raw_mails').where('hash', 'in', hashes).execute();
  }

  async #write(transaction: Transaction<RawSchema>, staged: readonly StagedRaw[]): Promise<void> {
    const distinct = [...new Map(staged.map((one) => [one.hash, one])).values()];
    const twice = staged.filter((one) => !distinct.includes(one));
    const hashes = distinct.map(({ hash }) => hash);
    await this.#journal(transaction, hashes);
    const known = await this.#known(transaction, hashes);
    await this.#insertShort(
      transaction,
      distinct.filter((one) => one.unfinishedId === null && !known.has(one.hash)),
    );
    for (const { hash, sizeBytes, unfinishedId } of distinct) {
      if (unfinishedId === null || known.has(hash)) continue;
      await transaction
        .updateTable('raw_mails')
        .set({ hash, size: sizeBytes })
        .where('id', '=', unfinishedId)
        .execute();
    }
    const needless = [...twice, ...distinct.filter((one) => known.has(one.hash))];
    const ids = needless.flatMap((one) => one.unfinishedId ?? []);
    if (ids.length > 0) await transaction.deleteFrom('raw_mails').where('id', 'in', ids).execute();
  }

  async #journal(transaction: Transaction<RawSchema>, hashes: readonly string[]): Promise<void> {
    if (this.#isSettled) await transaction.deleteFrom('raw_undecided').execute();
    const rows = hashes.map((hash) => ({ hash }));
    if (rows.length > 0) await transaction.insertInto('raw_undecided').values(rows).execute();
    // should the commit fail, what is left in the journal is only looked at once more
    this.#isSettled = false;
  }

  async #known(
    database: Kysely<RawSchema>,
    hashes: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const known = new Set<string>();
    for (let at = 0; at < hashes.length; at += 1000) {
      const rows = await database
        .selectFrom('raw_mails')
        .select('hash')
        .where('hash', 'in', hashes.slice(at, at + 1000))
        .execute();
      for (const { hash } of rows) if (hash !== null) known.add(hash);
    }
    return known;
  }

  async #insertShort(
    transaction: Transaction<RawSchema>,
    staged: readonly StagedRaw[],
  ): Promise<void> {
    if (staged.length === 0) return;
    const rows = await transaction
      .insertInto('raw_mails')
      .values(staged.map(({ hash, sizeBytes }) => ({ hash, size: sizeBytes })))
      .returning(['id', 'hash'])
      .execute();
    const ids = new Map(rows.map((row) => [row.hash, row.id]));
    const chunks = staged.flatMap(({ hash, head }) => {
      const mailId = ids.get(hash);
      return mailId === undefined || head.length === 0
        ? []
        : [{ mail_id: mailId, number: 0, bytes: head }];
    });
    if (chunks.length > 0) await transaction.insertInto('raw_chunks').values(chunks).execute();
  }
}
