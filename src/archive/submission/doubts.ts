/** What a person decides about a mail that is in doubt, or that failed for good. */
import { InDoubtResolution } from '../../greyhound/index.js';
import type { AccountStore } from '../accounts/account-store.js';
import { RpcError } from '../errors.js';
import type { DoubtResolver } from '../rpc/ports.js';
import type { Realms } from '../rpc/realms.js';
import { detailOf, type ItemRow } from '../store/mail-items.js';
import type { MailOutbox } from '../store/mail-outbox.js';
import type { MailStore } from '../store/mail-store.js';
import { delivery, hasFailed, isInDoubt, withDelivery } from './delivery-flags.js';
import type { MailsUnderWay } from './mails-under-way.js';
import { envelopeOf, isReleased, requireAccountFor } from './release.js';

export interface DoubtDependencies {
  readonly store: MailStore;
  readonly outbox: MailOutbox;
  readonly underWay: MailsUnderWay;
  readonly accounts: AccountStore;
  readonly realms: Realms;
  /** Somebody waits: also while the account waits for its next try after a failure. */
  readonly sendNow: (realmId: number) => Promise<void>;
}

const { drSent, drFailed, drSendAgain } = InDoubtResolution;

const decisions: Readonly<Record<number, { stands: readonly number[]; text: string }>> = {
  [drSent]: { stands: delivery.sent, text: 'Marked as sent: somebody found out that it was.' },
  [drFailed]: {
    stands: delivery.refused,
    text: 'Marked as failed: somebody found out that it was not sent.',
  },
  [drSendAgain]: {
    stands: delivery.queued,
    text: 'Put into the outbox again, with the same Message-ID.',
  },
};

export class Doubts implements DoubtResolver {
  constructor(private readonly dependencies: DoubtDependencies) {}

  /**
   * Only a mail in doubt can be found to be sent or failed; one that failed for good can also be sent again.
   * @throws RpcError notFound, inUse, invalidValue, noAccountForSender
   */
  async resolve(
    realmId: number,
    itemId: number,
    resolution: number,
    byUserId: number,
  ): Promise<void> {
    const { store, outbox, underWay, realms, sendNow } = this.dependencies;
    const decision = decisions[resolution];
    if (decision === undefined) throw new RpcError('invalidValue', 'Resolution: unknown');
    const user = (await realms.users(realmId)).find(({ userId }) => userId === byUserId);
    await underWay.whileNotSending([itemId], async () => {
      const item = await this.#requireOpen(realmId, itemId, resolution);
      const flags = withDelivery(item.flags, decision.stands);
      const accountId =
        resolution === drSendAgain ? await this.#accountFor({ ...item, flags }) : null;
      const by = { userId: byUserId, userName: user?.username ?? '' };
      await store.items.transaction(async (items, database) => {
        await items.update(realmId, [itemId], { flags });
        await items.addProtocol(realmId, [{ itemId, text: decision.text, ...by }]);
        if (accountId !== null) await outbox.within(database).add(realmId, itemId, accountId);
      });
    });
    if (resolution === drSendAgain) await sendNow(realmId);
  }

  async #requireOpen(realmId: number, itemId: number, resolution: number): Promise<ItemRow> {
    const item = await this.dependencies.store.items.find(realmId, itemId);
    if (item === undefined) throw new RpcError('notFound', `There is no item ${itemId}.`);
    const isOpen = isInDoubt(item.flags) || (resolution === drSendAgain && hasFailed(item.flags));
    if (!isOpen || item.pop3_ref !== 0)
      throw new RpcError('invalidValue', `The item ${itemId} is not in doubt.`);
    return item;
  }

  async #accountFor(item: ItemRow): Promise<number> {
    if (!isReleased(item))
      throw new RpcError('invalidValue', `The item ${item.id} is deleted, or no mail to be sent.`);
    const { from } = envelopeOf(item.from_text, detailOf(item));
    const active = await this.dependencies.accounts.activeSmtp(item.realm_id);
    const { account } = requireAccountFor(active, from);
    return account.ID;
  }
}
