/** What items refer to has to exist; 0 is none. */
import type { ObjectStores } from '../objects/stores.js';
import { requireExisting } from '../objects/validation.js';
import type { Realms } from '../rpc/realms.js';

export interface References {
  readonly GroupRef?: number;
  readonly UserRef?: number;
  readonly TopicRef?: number;
  readonly ColorRef?: number;
}

export class ItemReferences {
  constructor(
    private readonly objects: ObjectStores,
    private readonly realms: Realms,
  ) {}

  /** @throws RpcError invalidValue naming the member */
  async require(realmId: number, references: References): Promise<void> {
    const { GroupRef = 0, UserRef = 0, TopicRef = 0, ColorRef = 0 } = references;
    const { groups, topics, colors } = this.objects;
    const idsOf = async (store: typeof groups | typeof topics | typeof colors) =>
      (await store.list(realmId)).map(({ ID }) => ID);
    const check = async (member: string, id: number, ids: () => Promise<readonly number[]>) => {
      if (id !== 0) requireExisting(member, [id], new Set(await ids()));
    };
    await check('GroupRef', GroupRef, () => idsOf(groups));
    await check('UserRef', UserRef, async () =>
      (await this.realms.users(realmId)).map(({ userId }) => userId),
    );
    await check('TopicRef', TopicRef, () => idsOf(topics));
    await check('ColorRef', ColorRef, () => idsOf(colors));
  }
}
