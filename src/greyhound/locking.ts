/** Lock, change, unlock: the way every existing object is changed. */
import { ArchiveFailure } from './errors.js';

interface Lockable<T> {
  readonly Lock: (parameters: { ID: number }) => Promise<unknown>;
  readonly Unlock: (parameters: { ID: number }) => Promise<unknown>;
  readonly Get: (parameters: { ID: number }) => Promise<T>;
}

/**
 * Runs `change` on the freshly read object while its lock is held. The lock is given back in any case; that it is
 * already gone is no error.
 */
export async function withLock<T, R>(
  service: Lockable<T>,
  id: number,
  change: (current: T) => Promise<R>,
): Promise<R> {
  await service.Lock({ ID: id });
  try {
    return await change(await service.Get({ ID: id }));
  } finally {
    await service.Unlock({ ID: id }).catch((error: unknown) => {
      if (!(error instanceof ArchiveFailure)) throw error;
    });
  }
}
