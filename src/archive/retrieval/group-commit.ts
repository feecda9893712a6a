/** Gathers what arrives into groups, so that one commit serves many mails. */
export interface GroupLimits {
  readonly count: number;
  readonly bytes: number;
  /** How long the first of a group may wait for others. */
  readonly waitMs: number;
}

type Next<T> = Promise<IteratorResult<T, unknown>>;

/**
 * Groups in the order of arrival; none is empty. When the source fails, what had arrived comes out first.
 * @param bytesOf what an element holds in memory
 */
export async function* inGroups<T>(
  source: AsyncIterable<T>,
  limits: GroupLimits,
  bytesOf: (element: T) => number,
): AsyncGenerator<readonly T[], void, void> {
  const iterator = source[Symbol.asyncIterator]();
  let isOpen = true;
  try {
    let next: Next<T> = iterator.next();
    while (isOpen) {
      const group: T[] = [];
      let bytes = 0;
      let failure: { readonly error: unknown } | null = null;
      const deadline = deferredDeadline(limits.waitMs);
      try {
        while (group.length < limits.count && bytes < limits.bytes) {
          const result = await (group.length === 0 ? next : Promise.race([next, deadline.start()]));
          if (result === 'late') break;
          if (result.done === true) {
            isOpen = false;
            break;
          }
          group.push(result.value);
          bytes += bytesOf(result.value);
          next = iterator.next();
          // it may fail while the group is being stored; it is looked at afterwards
          next.catch(() => undefined);
        }
      } catch (error) {
        isOpen = false;
        failure = { error };
      } finally {
        deadline.clear();
      }
      if (group.length > 0) yield group;
      if (failure !== null) throw failure.error;
    }
  } finally {
    if (isOpen) await iterator.return?.();
  }
}

/** A timer that begins when it is first waited for. */
function deferredDeadline(waitMs: number) {
  let timer: NodeJS.Timeout | undefined;
  let promise: Promise<'late'> | undefined;
  return {
    start: () =>
      (promise ??= new Promise((resolve) => {
        timer = setTimeout(() => resolve('late'), waitMs);
      })),
    clear: () => clearTimeout(timer),
  };
}
