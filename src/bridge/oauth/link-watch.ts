/**
 * Looks at links that are not over every few seconds, so that a window that was closed loses none and what nobody uses
 * is given back in time.
 */
import type { Arming } from '../../platform/arming.js';
import type { Logger } from '../../platform/log.js';
import { RepeatedLook } from '../../platform/repeated-look.js';
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
  readonly #looks: RepeatedLook;
  #isResumed = false;

  constructor(private readonly dependencies: LinkWatchDependencies) {
    const { intervalMs = LOOK_INTERVAL_MS } = dependencies;
    this.#looks = new RepeatedLook(() => this.#observe(), intervalMs);
  }

  /** The first look comes at once: what was open when the process ended is open again. */
  start(): void {
    void this.#looks.look().then(() => this.#looks.start());
  }

  close(): Promise<void> {
    return this.#looks.close();
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
