/** Runs that the ERP's silence left open are tried again, one after another, until it answers. */
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import { RepeatedLook } from '../../platform/repeated-look.js';
import { isGone } from './archived-mail.js';
import type { Run } from './run-store.js';
import type { Runs } from './runs.js';

const LOOK_INTERVAL_MS = 15_000;
const RUNS_PER_LOOK = 50;

export interface OpenRunDependencies {
  readonly runs: Runs;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 15,000 unless told. */
  readonly intervalMs?: number;
}

/** To be started; one look tries what is due. Looks never reject. */
export function openRunLooks(dependencies: OpenRunDependencies): RepeatedLook {
  const { intervalMs = LOOK_INTERVAL_MS } = dependencies;
  const looks: RepeatedLook = new RepeatedLook(
    () => retry(dependencies, () => looks.isClosed),
    intervalMs,
  );
  return looks;
}

async function retry(
  { runs, clock, logger }: OpenRunDependencies,
  isClosed: () => boolean,
): Promise<void> {
  try {
    const stores = await runs.stores();
    for (const run of await stores.runs.due(clock.now(), RUNS_PER_LOOK)) {
      if (isClosed()) return;
      // as long as the ERP is silent, the others need not be asked for
      if (!(await retryOne(runs, run))) return;
    }
  } catch (error) {
    logger.warn({ err: error }, 'open runs of the assignment could not be tried again');
  }
}

/** @returns whether it is over */
async function retryOne(runs: Runs, { messageId, trigger, by, tries }: Run): Promise<boolean> {
  try {
    const result = await runs.run({ messageId, trigger, by }, tries);
    if (result.state === 'open') return false;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  await (await runs.stores()).runs.dropOpen(messageId);
  return true;
}
