/**
 * Whether this program may do what cannot be taken back: delete on mail servers and send. A data folder that was
 * restored from a backup, or copied, must not, until an administrator has confirmed that no other copy of it works.
 */
export type DisarmedReason = 'restored' | 'copied';

export interface Arming {
  /** null while it is armed. */
  readonly disarmed: DisarmedReason | null;
  /** From now on and at every later start it may. Nothing happens when it already may. */
  arm(): Promise<void>;
  /** Called once it is armed. @returns ends the subscription */
  onArmed(listener: () => void): () => void;
}

/** For a store that cannot have been copied, such as one in memory. */
export const alwaysArmed: Arming = {
  disarmed: null,
  arm: () => Promise.resolve(),
  onArmed: () => () => undefined,
};
