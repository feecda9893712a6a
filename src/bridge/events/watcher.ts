/**
 * Looks at the archive every 30 seconds and writes down what changed. One look at a time; a look that fails is logged
 * and the next one comes all the same.
 */
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import { RepeatedLook } from '../../platform/repeated-look.js';
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
  readonly #looks: RepeatedLook;

  constructor(private readonly dependencies: WatcherDependencies) {
    const { intervalMs = LOOK_INTERVAL_MS } = dependencies;
    this.#looks = new RepeatedLook(() => this.#observe(), intervalMs);
  }

  /** The first look comes after one interval, when accounts have had their turn. */
  start(): void {
    this.#looks.start();
  }

  /** One look; joins the one under way. Never rejects. */
  look(): Promise<void> {
    return this.#looks.look();
  }

  close(): Promise<void> {
    return this.#looks.close();
  }

  async #observe(): Promise<void> {
    const { archive, events, clock, logger, links } = this.dependencies;
    try {
      const report = await readFlow(archive, clock, links);
      if (this.#looks.isClosed || isUnwanted(report)) return;
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
