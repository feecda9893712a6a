/**
 * Which message of the archive a mark (tracking-mark.ts) stands for. The key is made with the first mark and kept
 * sealed; it stays the same for as long as the installation has its database.
 *
 * A mark is remembered after its message was created, as its id is known only then. A process that dies in between
 * leaves a mail whose mark is genuine and leads nowhere: answers to it are treated as those to any other mail. A
 * request that is repeated gets the same mark and makes up for it. Nothing depends on the archive's taking over the
 * mark: one that it ignores comes back in no answer.
 */
import type { Kysely } from 'kysely';
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import type { SecretPlace, Vault } from '../../platform/vault.js';
import { isGenuine, KEY_BYTES, marksIn, newMark, type TrackingMark } from './tracking-mark.js';
import type { TrackingSchema } from './tracking-schema.js';

/** Marks as sending needs them. */
export interface OutgoingMarks {
  /**
   * @param marker of a request that may be repeated
   * @returns null: messages carry no mark
   */
  next(marker: string | undefined): Promise<TrackingMark | null>;
  /** @param messageId the archive's */
  remember(mark: TrackingMark, messageId: number): Promise<void>;
}

export const noMarks: OutgoingMarks = {
  next: () => Promise.resolve(null),
  remember: () => Promise.resolve(),
};

export interface TrackingMarksOptions {
  readonly database: Kysely<TrackingSchema>;
  readonly vault: Vault;
  readonly installationId: string;
  /** Which archive is connected now: message ids of one mean nothing in another. */
  readonly archiveId: () => Promise<string>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The policy, asked for each message. */
  readonly isOn: () => Promise<boolean>;
}

export class TrackingMarks implements OutgoingMarks {
  readonly #place: SecretPlace;

  constructor(private readonly options: TrackingMarksOptions) {
    this.#place = { owner: options.installationId, record: 'tracking_key', field: 'key' };
  }

  async next(marker: string | undefined): Promise<TrackingMark | null> {
    if (!(await this.options.isOn())) return null;
    return newMark((await this.#storedKey()) ?? (await this.#makeKey()), marker);
  }

  /** The message is on its way by now: that its mark could not be kept is logged, and is no failure of the sending. */
  async remember({ random }: TrackingMark, messageId: number): Promise<void> {
    const { database, installationId, archiveId, clock, logger } = this.options;
    try {
      const archive = await archiveId();
      const created_at = clock.now().toISOString();
      const row = { installation_id: installationId, archive, random, created_at };
      await database
        .insertInto('tracked_message')
        .values({ ...row, message_id: messageId })
        // a repeated request whose first message is gone has created another one
        .onConflict((conflict) =>
          conflict
            .columns(['installation_id', 'archive', 'random'])
            .doUpdateSet({ message_id: messageId }),
        )
        .execute();
    } catch (error) {
      logger.warn({ err: error, messageId }, 'answers to this message will not be recognised');
    }
  }

  /**
   * Messages of this installation that a received mail answers, by their marks, whether or not the policy is on now.
   * @param headerSection of the received mail
   * @returns ids of the archive, latest first; such a message may have been deleted since
   */
  async markedMessages(headerSection: string): Promise<number[]> {
    const marks = marksIn(headerSection);
    const key = marks.length === 0 ? null : await this.#storedKey();
    const randoms = marks.flatMap((mark) =>
      key !== null && isGenuine(mark, key) ? mark.random : [],
    );
    if (randoms.length === 0) return [];
    const rows = await this.options.database
      .selectFrom('tracked_message')
      .select(['random', 'message_id'])
      .where('installation_id', '=', this.options.installationId)
      .where('archive', '=', await this.options.archiveId())
      .where('random', 'in', randoms)
      .execute();
    const messageIds = new Map(rows.map((row) => [row.random, row.message_id]));
    return [...new Set(randoms.flatMap((random) => messageIds.get(random) ?? []))];
  }

  async #storedKey(): Promise<Buffer | null> {
    const row = await this.options.database
      .selectFrom('tracking_key')
      .select('sealed')
      .where('installation_id', '=', this.options.installationId)
      .executeTakeFirst();
    if (row === undefined) return null;
    return Buffer.from(this.options.vault.open(row.sealed, this.#place), 'base64');
  }

  /** Of several at once the first that is stored counts. */
  async #makeKey(): Promise<Buffer> {
    const { database, vault, installationId } = this.options;
    const key = randomBytes(KEY_BYTES);
    await database
      .insertInto('tracking_key')
      .values({
        installation_id: installationId,
        sealed: vault.seal(key.toString('base64'), this.#place),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return (await this.#storedKey()) ?? key;
  }
}
