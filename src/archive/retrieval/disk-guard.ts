/**
 * Fetching ends before the disk is full: what is left is for sending, for changes, and for the databases' own needs. It
 * goes on by itself when there is room again; until then mails stay on their servers.
 */
import type { Clock } from '../../platform/clock.js';
import type { AskDiskSpace, DiskSpace } from '../../platform/disk-space.js';
import type { Logger } from '../../platform/log.js';

const MIB = 1024 * 1024;
/** Unless told: this, or this part of a smaller disk. */
const RESERVE_BYTES = 1024 * MIB;
const RESERVE_PART = 0.05;
/** Fetching begins again with so much more than the reserve, so that it does not stop at once. */
const AGAIN_FACTOR = 1.2;

/** Nobody's fault but the disk's: it counts against no account and no mail. */
export class DiskLow extends Error {
  override readonly name = 'DiskLow';
}

export class DiskGuard {
  #lowSince: Date | null = null;

  constructor(
    private readonly ask: AskDiskSpace,
    /** Bytes; null: the default, 0: none. */
    private readonly reserveBytes: number | null,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** As of now. @returns since when there has been too little room; null when there is enough */
  async lowSince(): Promise<Date | null> {
    const space = await this.ask().catch(() => null);
    // a disk that tells nothing is found full when it is
    if (space === null) return this.#lowSince;
    const reserve = this.reserveBytes ?? Math.min(RESERVE_BYTES, space.sizeBytes * RESERVE_PART);
    const needed = this.#lowSince === null ? reserve : reserve * AGAIN_FACTOR;
    this.#note(space.freeBytes < needed, space);
    return this.#lowSince;
  }

  #note(isLow: boolean, { freeBytes }: DiskSpace): void {
    if (isLow === (this.#lowSince !== null)) return;
    this.#lowSince = isLow ? this.clock.now() : null;
    const freeMib = Math.floor(freeBytes / MIB);
    if (isLow) this.logger.error({ freeMib }, 'the disk is nearly full: no mail is fetched');
    else this.logger.info({ freeMib }, 'there is room on the disk again: mail is fetched');
  }
}
