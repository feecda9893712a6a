/**
 * Looks at links that are not over every few seconds, so that a window that was closed loses none and what nobody uses
 * is given back in time.
 */
import type { Arming } from '../../platform/arming.js';
import type { Logger } from '../../platform/log.js';
import type { AccountLinks } from './account-links.js';
import type { Links } from './links.js';

/** Providers want to be asked about device codes no more often (RFC 8628 §3.5). */
const LOOK_INTERVAL_MS = 5_000;

export interface LinkWatchDependencies {
  readonly links: Links;
  readonly accountLinks: AccountLinks;
  /** A copy of the data leaves alone what the original has begun. */
  readonly arming: Pick<Arming, 'disarmed'>;
  readonly logger: Logger;
  /** 5,000 unless told. */
  readonly intervalMs?: number;
}

export class LinkWatch {
  #timer: NodeJS.Timeout | null = null;
  #look: Promise<void> | null = null;
  #isClosed = false;
  #isResumed = false;

  constructor(private readonly dependencies: LinkWatchDependencies) {}

  start(): void {
    this.#look = this.#observe();
    this.#arm();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#look;
  }

  #arm(): void {
    if (this.#isClosed) return;
    const { intervalMs = LOOK_INTERVAL_MS } = this.dependencies;
    this.#timer = setTimeout(() => {
      this.#look = this.#observe();
      void this.#look.then(() => this.#arm());
    }, intervalMs).unref();
  }

  /** Never rejects. */
  async #observe(): Promise<void> {
    const { links, accountLinks, arming, logger } = this.dependencies;
    if (arming.disarmed !== null) return;
    try {
      if (!this.#isResumed) await links.resume();
      this.#isResumed = true;
      await accountLinks.lookAtAll();
    } catch (error) {
      logger.error({ err: error }, 'links could not be looked at');
    }
  }
}
