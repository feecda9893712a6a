/** The four stores over one database. They refer to each other, so their changes run one after another. */
import {
  RpcFilter,
  RpcGroup,
  RpcRule,
  RpcSignature,
  type Filter,
  type Group,
  type Rule,
  type Signature,
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
  /** Checks against other objects and the write that follows run here as one step. */
  readonly changes: Limiter;
}

export const createObjectStores = (database: ArchiveDatabase, clock: Clock): ObjectStores => ({
  groups: new ObjectStore(database, clock, 'group', RpcGroup, ['Path', 'Signatures']),
  signatures: new ObjectStore(database, clock, 'signature', RpcSignature),
  filters: new ObjectStore(database, clock, 'filter', RpcFilter, ['Path']),
  rules: new ObjectStore(database, clock, 'rule', RpcRule),
  changes: new Limiter(1),
});
