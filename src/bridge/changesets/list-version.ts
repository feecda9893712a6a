/**
 * The version of a list: what each entry looked like when the list was read. A save that started from an older list
 * is told which entries changed since (BRG-08), not merely that something did.
 */

/** An entry as the version sees it. */
export interface TaggedEntry {
  readonly id: number;
  readonly name: string;
  readonly tag: string;
}

/** Enough of a tag to tell versions of one entry apart. */
const TAG_LENGTH = 10;

const entryOf = ({ id, tag }: TaggedEntry): string => `${String(id)}-${tag.slice(0, TAG_LENGTH)}`;

/** Opaque to callers. */
export const listVersion = (entries: readonly TaggedEntry[]): string =>
  `v1.${entries.map(entryOf).join('.')}`;

/** Names of the entries that were changed, added or deleted since; a deleted one is named by its number. */
export function changedSince(version: string, entries: readonly TaggedEntry[]): string[] {
  const then = new Set(version.split('.').slice(1));
  const changed = entries.filter((entry) => !then.has(entryOf(entry))).map(({ name }) => name);
  const present = new Set(entries.map(({ id }) => String(id)));
  const gone = [...then].map((entry) => entry.split('-')[0] ?? '').filter((id) => id !== '');
  return [...changed, ...gone.filter((id) => !present.has(id)).map((id) => `#${id}`)];
}
