/**
 * Looks at the archive every 30 seconds and writes down what changed. One look at a time; a look that fails is logged
 * and the next one comes all the same.
 */
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import type { ArchiveAccess } from '../archive-access.js';
import { readFlow, type FlowReport } from '../health/index.js';
import type { LinkPort } from '../oauth/link-port.js';
import { changesBetween } from './conditions.js';
import type { EventLog } from './event-log.js';

const LOOK_INTERVAL_MS = 30_000;

export interface WatcherDependencies {
  readonly archive: ArchiveAccess;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** None unless told. */
  readonly links?: Pick<LinkPort, 'known'> | undefined;
  /** 30,000 unless told. */
  readonly intervalMs?: number;
}

export class FlowWatcher {
  #timer: NodeJS.Timeout | null = null;
  #look: Promise<void> | null = null;
  #isClosed = false;

  constructor(private readonly dependencies: WatcherDependencies) {}

  /** The first look comes after one interval, when accounts have had their turn. */
  start(): void {
    this.#arm();
  }

  /** One look; joins the one under way. Never rejects. */
  look(): Promise<void> {
    this.#look ??= this.#observe().finally(() => (this.#look = null));
    return this.#look;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#look;
  }

  #arm(): void {
    if (this.#isClosed) return;
    const { intervalMs = LOOK_INTERVAL_MS } = this.dependencies;
    this.#timer = setTimeout(() => void this.look().then(() => this.#arm()), intervalMs).unref();
  }

  async #observe(): Promise<void> {
    const { archive, events, clock, logger, links } = this.dependencies;
    try {
      const report = await readFlow(archive, clock, links);
      if (this.#isClosed || isUnwanted(report)) return;
      const { changes, conditions } = changesBetween(await events.conditions(), report);
      await events.append(changes, conditions);
    } catch (error) {
      logger.error({ err: error }, 'the flow of mail could not be looked at');
    }
  }
}

/** Nobody has connected an archive yet, or an administrator has switched the connection off. */
const isUnwanted = ({ failure }: FlowReport): boolean =>
  failure?.code === 'notConfigured' || failure?.code === 'interfaceDisabled';
