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
    const isIn = async (store: typeof groups | typeof topics | typeof colors, id: number) =>
      (await store.find(realmId, id)) !== null;
    const check = async (member: string, id: number, isThere: () => Promise<boolean>) => {
      if (id !== 0) requireExisting(member, [id], new Set((await isThere()) ? [id] : []));
    };
    await check('GroupRef', GroupRef, () => isIn(groups, GroupRef));
    await check('UserRef', UserRef, async () =>
      (await this.realms.users(realmId)).some(({ userId }) => userId === UserRef),
    );
    await check('TopicRef', TopicRef, () => isIn(topics, TopicRef));
    await check('ColorRef', ColorRef, () => isIn(colors, ColorRef));
  }
}
