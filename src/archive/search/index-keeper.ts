/**
 * Brings the index for search up to date beside the work: items that were stored before there was an index, texts of
 * attachments that were not read yet, and what could not be indexed with its own transaction. Newest first, in small
 * steps. An index that is damaged is thrown away and built anew: it holds nothing that is not stored elsewhere.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Logger } from '../../platform/log.js';
import { storageFaultOf } from '../../platform/storage-fault.js';
import { isTextual, textOfUpload } from '../items/mime/attachment-text.js';
import type { MailParser, ParsedMail } from '../items/mime/parsed-mail.js';
import { ParseState } from '../store/mail-schema.js';
import type { MailStore } from '../store/mail-store.js';
import { indexItems } from './item-index.js';
import { createIndex, noteAllItems } from './schema.js';

const STEP_COUNT = 16;
const PAUSE_MS = 5;
const LOOK_AGAIN_MS = 10_000;

export class IndexKeeper {
  #running: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  /** Not again before all went well once: a disk that fails would be written to without end. */
  #mayRebuild = true;
  readonly #closed = new AbortController();

  constructor(
    private readonly store: MailStore,
    private readonly parser: Pick<MailParser, 'parse'>,
    private readonly logger: Logger,
  ) {}

  /** Begins now, and looks again from time to time. */
  start(): void {
    this.#running = this.#run().finally(() => {
      if (this.#closed.signal.aborted) return;
      this.#timer = setTimeout(() => this.start(), LOOK_AGAIN_MS);
      this.#timer.unref();
    });
  }

  async close(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.#work();
      this.#mayRebuild = true;
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      this.logger.error({ err: error }, 'the index for search could not be kept');
      if (storageFaultOf(error) === 'damaged' && this.#mayRebuild) await this.#rebuild();
    }
  }

  async #work(): Promise<void> {
    let indexed = 0;
    let failure: unknown = null;
    for (let below = 2 ** 52; ;) {
      const rows = await this.#next(below);
      const last = rows.at(-1);
      if (last === undefined) break;
      below = last.id;
      const ids = rows.filter((row) => row.parse_state !== ParseState.open).map(({ id }) => id);
      failure = (await this.#index(ids)) ?? failure;
      indexed += ids.length;
      await sleep(PAUSE_MS, undefined, { signal: this.#closed.signal });
    }
    if (indexed > STEP_COUNT) this.logger.info({ items: indexed }, 'the index for search is built');
    if (failure !== null) throw failure as Error;
  }

  /** What is still to be parsed is indexed then. */
  #next(below: number) {
    return this.store.database
      .selectFrom('search_pending')
      .innerJoin('items', 'items.id', 'item_id')
      .select(['items.id', 'parse_state'])
      .where('item_id', '<', below)
      .orderBy('item_id', 'desc')
      .limit(STEP_COUNT)
      .execute();
  }

  /** @returns what went wrong; the items then stay noted */
  async #index(ids: readonly number[]): Promise<unknown> {
    if (ids.length === 0) return null;
    try {
      const texts = await this.#unreadTexts(ids);
      await this.store.items.transaction(async (items, transaction) => {
        await items.addAttachmentTexts([...texts.keys()], [...texts.values()]);
        await indexItems(transaction, ids);
      });
      return null;
    } catch (error) {
      if (storageFaultOf(error) !== null || this.#closed.signal.aborted) throw error;
      if (ids.length === 1) return error;
      let failure: unknown = null;
      for (const id of ids) failure = (await this.#index([id])) ?? failure;
      return failure;
    }
  }

  /** By attachment. */
  async #unreadTexts(ids: readonly number[]): Promise<Map<number, string>> {
    const attachments = await this.store.database
      .selectFrom('attachments')
      .innerJoin('items', 'items.id', 'attachments.item_id')
      .leftJoin('attachment_texts', 'attachment_id', 'attachments.id')
      .select(['attachments.id', 'part_index', 'name', 'content_type', 'attachments.raw_hash'])
      .select('items.raw_hash as message_hash')
      .where('item_id', 'in', ids)
      .where('attachment_id', 'is', null)
      .execute();
    const texts = new Map<number, string>();
    const parsed = new Map<string, ParsedMail | null>();
    for (const { id, name, content_type: contentType, ...one } of attachments) {
      if (!isTextual({ contentType, name })) continue;
      const { part_index: part, raw_hash: own, message_hash: message } = one;
      if (own !== null) {
        const content = this.store.raw.read(own);
        texts.set(id, (await textOfUpload(content, { contentType, name })) ?? '');
      } else if (message !== null) {
        if (!parsed.has(message)) parsed.set(message, await this.#parsed(message));
        const found = parsed.get(message)?.attachments.find(({ partIndex }) => partIndex === part);
        texts.set(id, found?.text ?? '');
      }
    }
    return texts;
  }

  /** @returns null for what cannot be read any more: it is found without its attachments */
  async #parsed(rawHash: string): Promise<ParsedMail | null> {
    this.#closed.signal.throwIfAborted();
    try {
      return await this.parser.parse(rawHash);
    } catch {
      this.#closed.signal.throwIfAborted();
      return null;
    }
  }

  async #rebuild(): Promise<void> {
    this.#mayRebuild = false;
    try {
      await this.store.items.transaction(async (_items, transaction) => {
        await sql`drop table item_search`.execute(transaction);
        await createIndex.execute(transaction);
        await noteAllItems.execute(transaction);
      });
      this.logger.warn('the index for search was damaged and is built anew');
    } catch (error) {
      this.logger.error({ err: error }, 'the index for search cannot be built anew');
    }
  }
}
