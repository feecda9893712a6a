/** The stores over one database. They refer to each other, so their changes run one after another. */
import {
  RpcColor,
  RpcFilter,
  RpcGroup,
  RpcRule,
  RpcSignature,
  RpcTextBlock,
  RpcTopic,
  type Color,
  type Filter,
  type Group,
  type Rule,
  type Signature,
  type TextBlock,
  type Topic,
} from '../../greyhound/index.js';
import { Limiter } from '../../greyhound/limiter.js';
import type { Clock } from '../../platform/clock.js';
import type { ArchiveDatabase } from '../store/database.js';
import { ObjectStore } from './object-store.js';

export interface ObjectStores {
  readonly groups: ObjectStore<Group>;
  readonly signatures: ObjectStore<Signature>;
  readonly filters: ObjectStore<Filter>;
  readonly rules: ObjectStore<Rule>;
  readonly topics: ObjectStore<Topic>;
  readonly colors: ObjectStore<Color>;
  readonly textBlocks: ObjectStore<TextBlock>;
  /** Checks against other objects and the write that follows run here as one step. */
  readonly changes: Limiter;
}

export const createObjectStores = (database: ArchiveDatabase, clock: Clock): ObjectStores => ({
  groups: new ObjectStore(database, clock, 'group', RpcGroup, ['Path', 'Signatures']),
  signatures: new ObjectStore(database, clock, 'signature', RpcSignature),
  filters: new ObjectStore(database, clock, 'filter', RpcFilter, ['Path']),
  rules: new ObjectStore(database, clock, 'rule', RpcRule),
  topics: new ObjectStore(database, clock, 'topic', RpcTopic, ['Path']),
  colors: new ObjectStore(database, clock, 'color', RpcColor),
  textBlocks: new ObjectStore(database, clock, 'textblock', RpcTextBlock, [
    'TextVariables',
    'HtmlVariables',
  ]),
  changes: new Limiter(1),
});
