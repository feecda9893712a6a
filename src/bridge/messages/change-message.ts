/** Filing a message: read, done, spam, trash, group, user. */
import { withLock, type GreyhoundClient } from '../../greyhound/index.js';
import { stateOrdinal, type MessageState } from './flags.js';
import { lockableItems } from './send-message.js';

export interface MessageChange {
  readonly read?: boolean | undefined;
  readonly state?: Extract<MessageState, 'open' | 'question' | 'done'> | undefined;
  readonly groupId?: number | undefined;
  /** null: nobody's. */
  readonly userId?: number | null | undefined;
  readonly spam?: boolean | undefined;
  readonly deleted?: boolean | undefined;
  /** Why, for the message's protocol. */
  readonly remark: string;
}

/** Changes only what is given, under the message's lock. */
export async function changeMessage(
  client: GreyhoundClient,
  id: number,
  change: MessageChange,
): Promise<void> {
  const { items } = client;
  const { read, state, groupId, userId, spam, deleted, remark } = change;
  await withLock(lockableItems(client), id, async () => {
    if (groupId !== undefined)
      await items.SetGroupList({ IDs: [id], GroupRef: groupId, Remark: remark });
    if (userId !== undefined) await items.SetUser({ ID: id, UserRef: userId ?? 0, Remark: remark });
    if (state !== undefined)
      await items.SetState({ ID: id, State: stateOrdinal(state), Remark: remark });
    if (spam !== undefined) await items.SetSpam({ ID: id, Value: spam });
    if (read !== undefined) await items.SetRead({ ID: id, Value: read });
    // Last: an archive may take a deleted mail away from its server at once.
    if (deleted !== undefined) await items.SetTrash({ ID: id, Value: deleted });
  });
}
