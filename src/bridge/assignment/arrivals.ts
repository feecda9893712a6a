/**
 * With the policy `onArrival`: messages that came in since the last look are assigned without anybody opening them.
 * Begins with what comes in after the policy was switched on.
 */
import {
  asSet,
  ItemKind,
  ItemPriority,
  ItemState,
  OrderBy,
  OrderDirection,
  RpcItemFilter,
  type GreyhoundClient,
} from '../../greyhound/index.js';
import type { Kysely } from 'kysely';
import type { Logger } from '../../platform/log.js';
import { RepeatedLook } from '../../platform/repeated-look.js';
import type { ArchiveAccess } from '../archive-access.js';
import type { Policies } from './decision/decision.js';
import { isGone } from './archived-mail.js';
import type { Runs } from './runs.js';
import type { AssignmentSchema } from './schema.js';

const LOOK_INTERVAL_MS = 20_000;

export interface ArrivalDependencies {
  readonly database: Kysely<AssignmentSchema>;
  readonly installationId: string;
  readonly archiveId: () => Promise<string>;
  readonly archive: ArchiveAccess;
  readonly policies: { read(): Promise<Policies> };
  readonly runs: Runs;
  readonly logger: Logger;
  /** 20,000 unless told. */
  readonly intervalMs?: number;
}

/** To be started; one look assigns what came in. Looks never reject. */
export function arrivalLooks(dependencies: ArrivalDependencies): RepeatedLook {
  const { intervalMs = LOOK_INTERVAL_MS } = dependencies;
  const arrivals = new Arrivals(dependencies, () => looks.isClosed);
  const looks: RepeatedLook = new RepeatedLook(() => arrivals.observe(), intervalMs);
  return looks;
}

class Arrivals {
  constructor(
    private readonly dependencies: ArrivalDependencies,
    private readonly isClosed: () => boolean,
  ) {}

  async observe(): Promise<void> {
    const { archive, policies, logger } = this.dependencies;
    try {
      const { onArrival } = await policies.read();
      if (onArrival) await this.#assignNew(await archive.client());
      else await this.#forget();
    } catch (error) {
      logger.warn({ err: error }, 'messages that came in could not be assigned');
    }
  }

  async #assignNew(client: GreyhoundClient): Promise<void> {
    const last = await this.#last();
    if (last === null) {
      const [newest] = await idsFrom(client, 0);
      await this.#remember(newest ?? 0);
      return;
    }
    const ids = (await idsAbove(client, last)).reverse();
    const earlier = await this.#earlierAmong(client, ids);
    for (const messageId of ids) {
      if (this.isClosed()) return;
      if (earlier.has(messageId)) continue;
      await this.#assign(messageId);
      await this.#remember(messageId);
    }
    const newest = ids.at(-1);
    if (newest !== undefined && earlier.has(newest)) await this.#remember(newest);
  }

  /** Old mail, which an account that was just connected has brought along, is assigned when somebody opens it. */
  async #earlierAmong(
    client: GreyhoundClient,
    ids: readonly number[],
  ): Promise<ReadonlySet<number>> {
    if (ids.length === 0 || !(await this.dependencies.archive.hasMailBridge())) return new Set();
    return new Set(await client.mailBridge.GetEarlierItems({ IDs: [...ids] }));
  }

  /** A message that went away meanwhile is none that holds up the others. */
  async #assign(messageId: number): Promise<void> {
    try {
      await this.dependencies.runs.run({ messageId, trigger: 'arrival', by: null });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  async #last(): Promise<number | null> {
    const { database, installationId, archiveId } = this.dependencies;
    const row = await database
      .selectFrom('assignment_arrival')
      .select('last_message_id')
      .where('installation_id', '=', installationId)
      .where('archive', '=', await archiveId())
      .executeTakeFirst();
    return row?.last_message_id ?? null;
  }

  async #remember(messageId: number): Promise<void> {
    const { database, installationId, archiveId } = this.dependencies;
    const row = { last_message_id: messageId };
    await database
      .insertInto('assignment_arrival')
      .values({ installation_id: installationId, archive: await archiveId(), ...row })
      .onConflict((conflict) => conflict.columns(['installation_id', 'archive']).doUpdateSet(row))
      .execute();
  }

  async #forget(): Promise<void> {
    const { database, installationId, archiveId } = this.dependencies;
    await database
      .deleteFrom('assignment_arrival')
      .where('installation_id', '=', installationId)
      .where('archive', '=', await archiveId())
      .execute();
  }
}

/** Newest first. */
async function idsAbove(client: GreyhoundClient, last: number): Promise<number[]> {
  const ids: number[] = [];
  for (;;) {
    const page = await idsFrom(client, ids.length);
    ids.push(...page);
    if (page.length === 0 || (page.at(-1) ?? 0) <= last)
      return [...new Set(ids)].filter((id) => id > last);
  }
}

async function idsFrom(client: GreyhoundClient, Offset: number): Promise<number[]> {
  const { isDraft } = ItemState;
  const states = Object.values(ItemState).filter((state) => state !== isDraft);
  const rows = await client.items.GetList({
    Filter: RpcItemFilter.make({
      Kinds: asSet(ItemKind.ikEmail),
      States: asSet(...states),
      Priorities: asSet(...Object.values(ItemPriority)),
    }),
    OrderBy: OrderBy.iobID,
    OrderDirection: OrderDirection.iodDescending,
    Offset,
    ListValues: 0,
    UserFields: [],
    OrderUserFieldRef: 0,
    ListValuesEx: 0,
  });
  return rows.map(({ ID }) => ID);
}
