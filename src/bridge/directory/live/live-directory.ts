/**
 * The directory as the ERP answers it at the moment. One question is one call, whatever number of keys it has (5,000 a
 * call); `existing` is one for each type that it is asked of. Nothing is stored: answers are remembered for as long as
 * the settings say. Whatever keeps the ERP from answering fully makes the question fail: half an answer would assign
 * mails to wrong records.
 */
import type { ConnectDependencies } from '../../../mail/endpoint.js';
import { monotonic, type Elapsed } from '../../../platform/clock.js';
import type { Logger } from '../../../platform/log.js';
import type { DirectorySource, SourceTrade } from '../combined-directory.js';
import type {
  ContactAnswer,
  Directory,
  KnownRecord,
  TradeAnswer,
  TradeQuestion,
  TradeType,
} from '../directory.js';
import type { ContactRecord, RecordRef, RecordType, TradeRecord, UserRecord } from '../record.js';
import { tradeAnswer } from '../trade-answer.js';
import { LookUpSession } from './look-up-session.js';
import { CALL_LIMIT, type ToldByKey } from './remembered-look-ups.js';
import type { SourceSettings } from './source-settings.js';
import type { TaggedKey } from './told-records.js';

export interface LiveDirectoryDependencies {
  readonly settings: { read(): Promise<SourceSettings> };
  readonly connect: ConnectDependencies;
  /** Users are pushed, never looked up. */
  readonly users: Pick<Directory, 'userAddresses' | 'user'>;
  readonly logger: Logger;
  readonly elapsed?: Elapsed;
}

const nothing = { addresses: [], references: [], ids: [] } as const;

export class LiveDirectory implements DirectorySource {
  #session: LookUpSession | null = null;

  constructor(private readonly dependencies: LiveDirectoryDependencies) {}

  async trade(type: TradeType, question: TradeQuestion): Promise<TradeAnswer> {
    const { found } = await this.findTrade(type, question);
    return tradeAnswer(question, found);
  }

  async findTrade(type: TradeType, question: TradeQuestion): Promise<SourceTrade> {
    const { addresses } = question;
    const references = this.#askable(question.references);
    const session = await this.#current();
    const told = await session.ofTrade(type).find({ ...nothing, addresses, references });
    const isUnfinished = (key: TaggedKey) => told.get(key)?.isComplete === false;
    return {
      found: {
        records: recordsOf(told),
        unfinishedAddresses: new Set(addresses.filter((key) => isUnfinished(`addresses ${key}`))),
        unfinishedReferences: new Set(
          references.filter((key) => isUnfinished(`references ${key}`)),
        ),
      },
    };
  }

  async contacts(addresses: readonly string[]): Promise<ReadonlyMap<string, ContactAnswer>> {
    const session = await this.#current();
    const told = await session.contacts.find({ ...nothing, addresses });
    return new Map(
      addresses.flatMap((address) => {
        const { records = [], isComplete = true } = told.get(`addresses ${address}`) ?? {};
        return records.length === 0 ? [] : [[address, { contacts: records, isComplete }]];
      }),
    );
  }

  async existing(records: readonly RecordRef[]): Promise<readonly KnownRecord[]> {
    const session = await this.#current();
    const idsOf = (type: RecordType) => [
      ...new Set(records.filter((one) => one.type === type).map(({ id }) => id)),
    ];
    const [orders, offers, contacts] = await Promise.all([
      session.orders.find({ ...nothing, ids: idsOf('order') }),
      session.offers.find({ ...nothing, ids: idsOf('offer') }),
      session.contacts.find({ ...nothing, ids: idsOf('contact') }),
    ]);
    const describe = {
      order: (id: string) => tradeOf('order', orders, id),
      offer: (id: string) => tradeOf('offer', offers, id),
      contact: (id: string) => contactOf(contacts, id),
      article: (id: string): KnownRecord[] => [{ type: 'article', id, label: id, visibleTo: null }],
    };
    return records.flatMap(({ type, id }) => describe[type](id));
  }

  knownTypes(): Promise<ReadonlySet<RecordType>> {
    return Promise.resolve(new Set(['order', 'offer', 'contact']));
  }

  userAddresses(addresses: readonly string[]): Promise<ReadonlySet<string>> {
    return this.dependencies.users.userAddresses(addresses);
  }

  user(id: string): Promise<UserRecord | null> {
    return this.dependencies.users.user(id);
  }

  /** So many numbers stand in lists, not in letters: then none of them is asked, and none identifies a record. */
  #askable(references: readonly string[]): readonly string[] {
    if (references.length <= CALL_LIMIT) return references;
    const { length: count } = references;
    this.dependencies.logger.debug({ count }, 'a mail has too many numbers to look up');
    return [];
  }

  /** Changed settings begin anew: other answers, no pause. */
  async #current(): Promise<LookUpSession> {
    const { settings, connect, logger, elapsed = monotonic } = this.dependencies;
    const stored = await settings.read();
    if (this.#session?.revision !== stored.revision)
      this.#session = new LookUpSession(stored, { connect, logger, elapsed });
    return this.#session;
  }
}

/** Each once, as it was told last. */
const recordsOf = (told: ToldByKey<TradeRecord>): TradeRecord[] => [
  ...new Map(
    [...told.values()].flatMap(({ records }) => records).map((record) => [record.id, record]),
  ).values(),
];

const tradeOf = (type: TradeType, told: ToldByKey<TradeRecord>, id: string): KnownRecord[] =>
  (told.get(`ids ${id}`)?.records ?? []).map(({ number, visibleTo }) => ({
    type,
    id,
    label: number ?? id,
    visibleTo,
  }));

const contactOf = (told: ToldByKey<ContactRecord>, id: string): KnownRecord[] =>
  (told.get(`ids ${id}`)?.records ?? []).map(({ name, visibleTo }) => ({
    type: 'contact',
    id,
    label: name === '' ? id : name,
    visibleTo,
  }));
