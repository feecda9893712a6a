/**
 * Has the index for search brought up to date beside the work, step by step, newest items first: what the archive noted,
 * and texts of attachments that were not read yet. An index that is missing, damaged or another archive's is made anew.
 */
import { sql } from 'kysely';
import type { Logger } from '../../platform/log.js';
import { storageFaultOf } from '../../platform/storage-fault.js';
import { isTextual, textOfUpload } from '../items/mime/attachment-text.js';
import type { MailParser, ParsedMail } from '../items/mime/parsed-mail.js';
import { archiveFile } from '../store/database.js';
import type { MailStore } from '../store/mail-store.js';
import { openIndexWork } from './index-work.js';
import type { IndexedStep, IndexWork } from './index-writer.js';
import type { SearchIndex } from './search-index.js';

/** Changes that come together are written together. */
const DELAY_MS = 250;
const LOOK_AGAIN_MS = 10_000;

export interface IndexKeeperDependencies {
  /** Of the archive. */
  readonly dataDir: string;
  readonly index: SearchIndex;
  readonly store: MailStore;
  readonly parser: Pick<MailParser, 'parse'>;
  readonly logger: Logger;
  readonly openWork?: typeof openIndexWork;
}

export class IndexKeeper {
  #running: Promise<void> | null = null;
  #isWanted = false;
  #isDamaged = false;
  #isNew = false;
  /** Then it is tried again when the time for it has come, not with every change. */
  #isFailing = false;
  /** Not again before all went well once: a disk that fails would be written to without end. */
  #mayRenew = true;
  #work: IndexWork | null = null;
  #soon: NodeJS.Timeout | undefined;
  #regularly: NodeJS.Timeout | undefined;
  readonly #closed = new AbortController();

  constructor(private readonly dependencies: IndexKeeperDependencies) {
    dependencies.index.onDamaged(() => {
      this.#isDamaged = true;
      this.wake();
    });
  }

  /** Begins now, and looks again from time to time. */
  start(): void {
    this.#begin();
    this.#regularly = setInterval(() => this.#begin(), LOOK_AGAIN_MS).unref();
  }

  /** Something may have been noted. */
  wake(): void {
    this.#isWanted = true;
    if (this.#running !== null || this.#isFailing || this.#closed.signal.aborted) return;
    this.#soon ??= setTimeout(() => this.#begin(), DELAY_MS);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#soon);
    clearInterval(this.#regularly);
    await this.#running;
    await this.#endWork();
  }

  #begin(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    if (this.#running !== null || this.#closed.signal.aborted) return;
    this.#isWanted = false;
    this.#running = this.#run().finally(() => {
      this.#running = null;
      if (this.#isWanted) this.wake();
    });
  }

  async #run(): Promise<void> {
    try {
      if (!this.dependencies.index.isThere || (this.#isDamaged && this.#mayRenew))
        await this.#renew();
      await this.#indexAll();
      this.#mayRenew = true;
      this.#isFailing = false;
    } catch (error) {
      await this.#endWork();
      if (this.#closed.signal.aborted) return;
      this.dependencies.logger.error({ err: error }, 'the index for search could not be kept');
      const isDamage = storageFaultOf(error) === 'damaged';
      this.#isDamaged ||= isDamage;
      this.#isFailing = !isDamage || !this.#mayRenew;
      this.#isWanted = true;
    }
  }

  async #renew(): Promise<void> {
    if (this.#isDamaged)
      this.dependencies.logger.warn('the index for search is damaged and is built anew');
    this.#mayRenew = !this.#isDamaged;
    await this.#endWork();
    await this.dependencies.index.renew();
    this.#isDamaged = false;
    this.#isNew = true;
  }

  async #indexAll(): Promise<void> {
    let items = 0;
    while (!this.#closed.signal.aborted) {
      const { step, isPending } = await this.#noted();
      if (!isPending) {
        if (this.#isNew && items > 0)
          this.dependencies.logger.info({ items }, 'the index for search is built');
        this.#isNew = false;
        return;
      }
      this.#work ??= this.#openWork();
      const indexed = await this.#work.step(step + 1);
      await this.#confirm(indexed);
      items += indexed.ids.length;
      await this.#readTexts(indexed.ids);
    }
  }

  #openWork(): IndexWork {
    const { dataDir, index, openWork = openIndexWork } = this.dependencies;
    return openWork({ archive: archiveFile(dataDir), index: index.file });
  }

  async #noted(): Promise<{ step: number; isPending: boolean }> {
    const { rows } = await sql<{ step: number; pending: number }>`
      select step, exists (select 1 from search_pending) as pending from search_notes`.execute(
      this.dependencies.store.database,
    );
    const [row] = rows;
    return { step: row?.step ?? 0, isPending: row?.pending === 1 };
  }

  /** What changed since the step began stays noted. */
  async #confirm({ step, ids, lastNote }: IndexedStep): Promise<void> {
    await this.dependencies.store.database.transaction().execute(async (transaction) => {
      await sql`delete from search_pending
        where item_id in (select value from json_each(${JSON.stringify(ids)}))
          and note <= ${lastNote}`.execute(transaction);
      await transaction.updateTable('search_notes').set({ step }).execute();
    });
  }

  /** Of mails that were stored before texts of attachments were read. Their items are noted once more. */
  async #readTexts(ids: readonly number[]): Promise<void> {
    const texts = await this.#unreadTexts(ids);
    if (texts.size > 0)
      await this.dependencies.store.items.addAttachmentTexts(
        [...texts.keys()],
        [...texts.values()],
      );
  }

  /** By attachment. */
  async #unreadTexts(ids: readonly number[]): Promise<Map<number, string>> {
    const attachments = await this.dependencies.store.database
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
        const content = this.dependencies.store.raw.read(own);
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
      return await this.dependencies.parser.parse(rawHash);
    } catch {
      this.#closed.signal.throwIfAborted();
      return null;
    }
  }

  async #endWork(): Promise<void> {
    const work = this.#work;
    this.#work = null;
    await work?.close();
  }
}
