/**
 * The second look at stored mails: body, attachments, preview, what they prove about mails sent from here. Which ones
 * are left stands in the items themselves (`parse_state`), so that nothing is forgotten when the process dies. Results
 * are written in groups; while one is written the parser, a thread of its own, reads the next.
 */
import type { Transaction } from 'kysely';
import { asSet, ItemFlag } from '../../greyhound/index.js';
import type { Logger } from '../../platform/log.js';
import type { ArchiveSchema } from '../store/database.js';
import type { ItemRow, ItemStore } from '../store/mail-items.js';
import { ParseState } from '../store/mail-schema.js';
import type { MailStore } from '../store/mail-store.js';
import { applyEvidence } from '../submission/delivery-evidence.js';
import { headerText } from './mime/header.js';
import type { MailParser, ParsedMail } from './mime/parsed-mail.js';
import { previewOf } from './mime/preview.js';

const COLUMNS = [
  ...(['id', 'realm_id', 'raw_hash', 'size', 'parse_attempts', 'flags'] as const),
  ...(['message_id', 'detail'] as const),
] as const;
/** Whichever comes first ends a group; two are in memory at a time. */
const GROUP_COUNT = 128;
const GROUP_BYTES = 2 * 1024 * 1024;
const MAX_ATTEMPTS = 3;
const QUIET_MS = 30;
const MAX_DELAY_MS = 2000;

type Unparsed = Pick<ItemRow, (typeof COLUMNS)[number]>;

interface Outcome {
  readonly row: Unparsed;
  /** null when it could not be read. */
  readonly mail: ParsedMail | null;
}

export class ParseQueue {
  #running: Promise<void> | null = null;
  #isWanted = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #wantedSinceMs: number | null = null;

  constructor(
    private readonly store: MailStore,
    private readonly parser: MailParser,
    private readonly logger: Logger,
  ) {}

  /** There may be something to do. It begins when nothing new has come for a moment: storing mails goes first. */
  wake(): void {
    this.#isWanted = true;
    if (this.#running !== null || this.#isClosed) return;
    const now = performance.now();
    this.#wantedSinceMs ??= now;
    const waitMs = Math.min(QUIET_MS, this.#wantedSinceMs + MAX_DELAY_MS - now);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(), Math.max(waitMs, 0));
  }

  #begin(): void {
    this.#wantedSinceMs = null;
    this.#running = this.#run().finally(() => {
      this.#running = null;
      if (this.#isWanted) this.wake();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.parser.close();
    await this.#running;
  }

  /** The item with everything that can be read of it; reads it now if it is still to come. */
  async complete(row: ItemRow): Promise<ItemRow> {
    if (row.parse_state !== ParseState.open) return row;
    await this.#write([await this.#parse(row)]);
    return (await this.store.items.find(row.realm_id, row.id)) ?? row;
  }

  async #run(): Promise<void> {
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false;
      try {
        // one that failed is still there
        while (await this.#readAll());
      } catch (error) {
        this.logger.error({ err: error }, 'parsed mails could not be stored');
        this.#isWanted = false;
      }
    }
  }

  /** All that are left, once. @returns whether there were any */
  async #readAll(): Promise<boolean> {
    let isAny = false;
    let ahead = this.#parseAfter(0);
    for (;;) {
      const outcomes = await ahead;
      if (outcomes.length === 0 || this.#isClosed) return isAny && !this.#isClosed;
      isAny = true;
      ahead = this.#parseAfter(Math.max(...outcomes.map(({ row }) => row.id)));
      // told when it is awaited, unless writing fails before
      ahead.catch(() => undefined);
      await this.#write(outcomes);
    }
  }

  async #parseAfter(id: number): Promise<Outcome[]> {
    return this.#isClosed ? [] : this.#parseAll(await this.#next(id));
  }

  async #next(afterId: number): Promise<Unparsed[]> {
    const rows = await this.store.database
      .selectFrom('items')
      .select(COLUMNS)
      .where('parse_state', '=', ParseState.open)
      .where('id', '>', afterId)
      .orderBy('id')
      .limit(GROUP_COUNT)
      .execute();
    let bytes = 0;
    return rows.filter(({ size }) => {
      const isWithin = bytes < GROUP_BYTES;
      bytes += size;
      return isWithin;
    });
  }

  /** One that failed before is read alone: what brings the parser down must not count against its neighbours. */
  async #parseAll(rows: readonly Unparsed[]): Promise<Outcome[]> {
    const isFirst = ({ parse_attempts }: Unparsed) => parse_attempts === 0;
    const outcomes = await Promise.all(rows.filter(isFirst).map((row) => this.#parse(row)));
    for (const row of rows) if (!isFirst(row)) outcomes.push(await this.#parse(row));
    return outcomes;
  }

  async #parse(row: Unparsed): Promise<Outcome> {
    try {
      return { row, mail: await this.parser.parse(row.raw_hash ?? '') };
    } catch {
      this.logger.warn({ itemId: row.id }, 'mail could not be parsed');
      return { row, mail: null };
    }
  }

  async #write(outcomes: readonly Outcome[]): Promise<void> {
    const lost = outcomes.filter(
      ({ row, mail }) => mail === null && row.parse_attempts + 1 >= MAX_ATTEMPTS,
    );
    const asText = new Map<number, ParsedMail>();
    for (const { row } of lost) asText.set(row.id, await this.#bytesAsText(row));
    const read = outcomes.flatMap(({ row, mail }) => {
      const shown = mail ?? asText.get(row.id);
      const state = mail === null ? ParseState.failed : ParseState.complete;
      return shown === undefined ? [] : [{ row, mail: shown, state }];
    });
    const again = outcomes.filter(({ row }) => !read.some((one) => one.row.id === row.id));
    await this.store.items.transaction(async (items, transaction) => {
      await writeParsed(items, transaction, read);
      for (const { row } of again)
        await items.update(row.realm_id, [row.id], { parse_attempts: row.parse_attempts + 1 });
    });
  }

  /** What a mail that no parser can read shows: the bytes after its header, as text. */
  async #bytesAsText(row: Unparsed): Promise<ParsedMail> {
    for await (const first of this.store.raw.read(row.raw_hash ?? '')) {
      const bytes = first.subarray(0, 256 * 1024);
      const text = bytes.toString('utf8').slice(headerText(bytes).length).trim();
      return { ...emptyMail, text, preview: previewOf(text) };
    }
    return emptyMail;
  }
}

const emptyMail: ParsedMail = {
  text: '',
  html: '',
  attachments: [],
  preview: '',
  report: null,
};

interface Read {
  readonly row: Unparsed;
  readonly mail: ParsedMail;
  readonly state: number;
}

async function writeParsed(
  items: ItemStore,
  transaction: Transaction<ArchiveSchema>,
  read: readonly Read[],
): Promise<void> {
  if (read.length === 0) return;
  const ids = read.map(({ row }) => row.id);
  const open = await transaction
    .selectFrom('items')
    .select(['id', 'flags', 'created'])
    .where('id', 'in', ids)
    .where('parse_state', '=', ParseState.open)
    .execute();
  const current = new Map(open.map((row) => [row.id, row]));
  // the others were meanwhile deleted, or read by somebody who could not wait
  const written = read.filter(({ row }) => current.has(row.id));
  await items.addBodies(
    written.map(({ row, mail: { text, html } }) => ({
      item_id: row.id,
      realm_id: row.realm_id,
      text,
      html,
    })),
  );
  const attachments = written.flatMap(({ row, mail }) =>
    mail.attachments.map((one) => ({ row, one })),
  );
  const attachmentIds = await items.addAttachments(
    attachments.map(({ row, one }) => ({
      realm_id: row.realm_id,
      item_id: row.id,
      part_index: one.partIndex,
      raw_hash: null,
      name: one.name,
      content_type: one.contentType,
      content_id: one.contentId,
      size: one.sizeBytes,
      user_ref: 0,
      created: current.get(row.id)?.created ?? '',
    })),
  );
  await items.addAttachmentTexts(
    attachmentIds,
    attachments.map(({ one }) => one.text),
  );
  for (const { row, mail, state } of written) {
    const flags = (current.get(row.id)?.flags ?? row.flags) | flagsOf(mail);
    await items.markParsed(row, { parse_state: state, preview: mail.preview, flags });
  }
  const arrived = written.map(({ row, mail: { report } }) => ({ row, report }));
  await applyEvidence(items, transaction, arrived);
}

const flagsOf = ({ html, attachments }: ParsedMail): number =>
  asSet(
    ...(html === '' ? [] : [ItemFlag.ifUseHtml]),
    ...(attachments.some(({ isInline }) => !isInline) ? [ItemFlag.ifAttachment] : []),
  );
