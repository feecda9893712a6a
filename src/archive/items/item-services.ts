/** What the handlers of RpcItems work with. */
import type { Group } from '../../greyhound/index.js';
import type { ObjectStore } from '../objects/object-store.js';
import type { LockTable } from '../rpc/locks.js';
import type { TriggeredRules } from '../rpc/ports.js';
import type { MailStore } from '../store/mail-store.js';
import type { AttachmentWriter } from './attachment-writer.js';
import type { ItemReader } from './item-reader.js';
import type { ItemReferences } from './item-references.js';
import type { ItemWriter } from './item-writer.js';
import type { ReadingStates } from './reading-states.js';

export interface ItemServices {
  readonly store: MailStore;
  readonly reader: ItemReader;
  readonly writer: ItemWriter;
  readonly attachments: AttachmentWriter;
  readonly references: ItemReferences;
  readonly reading: ReadingStates;
  readonly rules: TriggeredRules;
  readonly locks: LockTable;
  readonly groups: ObjectStore<Group>;
}
