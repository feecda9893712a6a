/**
 * Mails that are being sent and mails that a client is changing: never both, so that what leaves is what was released
 * and what is shown is what left. Kept in memory only: after a restart nothing is under way.
 */
import { RpcError } from '../errors.js';

export class MailsUnderWay {
  readonly #sending = new Set<number>();
  /** How many calls change an item now. */
  readonly #changing = new Map<number, number>();

  /** @returns false while a client changes the item */
  beginSending(itemId: number): boolean {
    if (this.#changing.has(itemId) || this.#sending.has(itemId)) return false;
    this.#sending.add(itemId);
    return true;
  }

  endSending(itemId: number): void {
    this.#sending.delete(itemId);
  }

  /** @throws RpcError inUse */
  requireNotSending(itemIds: readonly number[]): void {
    const itemId = itemIds.find((id) => this.#sending.has(id));
    if (itemId !== undefined) throw new RpcError('inUse', `The item ${itemId} is being sent.`);
  }

  /** Runs `work`; none of the items is sent meanwhile. @throws RpcError inUse; and what `work` throws */
  async whileNotSending<T>(itemIds: readonly number[], work: () => Promise<T>): Promise<T> {
    this.requireNotSending(itemIds);
    for (const id of itemIds) this.#count(id, 1);
    try {
      return await work();
    } finally {
      for (const id of itemIds) this.#count(id, -1);
    }
  }

  #count(itemId: number, by: number): void {
    const count = (this.#changing.get(itemId) ?? 0) + by;
    if (count === 0) this.#changing.delete(itemId);
    else this.#changing.set(itemId, count);
  }
}
