/** Look-ups with one version of the settings: one client, one circuit, one memory for each kind of record. */
import type { ConnectDependencies } from '../../../mail/endpoint.js';
import type { Elapsed } from '../../../platform/clock.js';
import type { Logger } from '../../../platform/log.js';
import type { TradeType } from '../directory.js';
import type { ContactRecord, TradeRecord } from '../record.js';
import { Circuit } from './circuit.js';
import { LookUpClient, type LookUpKeys } from './look-up-client.js';
import { LookUpFailure } from './look-up-failure.js';
import { contacts, offers, orders, type LookUpKind } from './look-up-kinds.js';
import { RememberedLookUps, type ToldByKey } from './remembered-look-ups.js';
import type { SourceSettings } from './source-settings.js';
import { toldRecords } from './told-records.js';

export interface SessionDependencies {
  readonly connect: ConnectDependencies;
  readonly logger: Logger;
  readonly elapsed: Elapsed;
}

export class LookUpSession {
  readonly revision: number;
  readonly orders: RememberedLookUps<TradeRecord>;
  readonly offers: RememberedLookUps<TradeRecord>;
  readonly contacts: RememberedLookUps<ContactRecord>;
  readonly #client: LookUpClient;
  readonly #circuit: Circuit;

  /** @throws LookUpFailure notSetUp */
  constructor(settings: SourceSettings, { connect, logger, elapsed }: SessionDependencies) {
    const { url, token, timeoutMs, cacheSeconds, revision } = settings;
    if (url === null || token === null) throw new LookUpFailure('notSetUp', '');
    this.revision = revision;
    this.#client = new LookUpClient({ url, token, timeoutMs }, connect);
    this.#circuit = new Circuit(elapsed, (last) => {
      logger.warn({ err: last }, 'the ERP does not answer look-ups: it is not asked for a while');
    });
    const remembered = <R extends object>(kind: LookUpKind<R>) =>
      new RememberedLookUps<R>((keys) => this.#ask(kind, keys), { cacheSeconds, elapsed });
    this.orders = remembered(orders);
    this.offers = remembered(offers);
    this.contacts = remembered(contacts);
  }

  ofTrade(type: TradeType): RememberedLookUps<TradeRecord> {
    return type === 'order' ? this.orders : this.offers;
  }

  #ask<R>(kind: LookUpKind<R>, keys: LookUpKeys): Promise<ToldByKey<R>> {
    return this.#circuit.run(() => lookUp(this.#client, kind, keys));
  }
}

/** One call, read. @throws LookUpFailure */
export async function lookUp<R>(
  client: LookUpClient,
  kind: LookUpKind<R>,
  keys: LookUpKeys,
): Promise<ToldByKey<R>> {
  const answer = await client.ask({ type: kind.type, ...keys });
  return toldRecords(kind, keys, answer, client.host);
}
