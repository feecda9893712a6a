/** The tree of filters out of the archive's flat list. */
import type { Filter } from '../../greyhound/index.js';

export interface FilterNode {
  readonly id: number;
  readonly name: string;
  readonly children: readonly FilterNode[];
}

/** A filter whose parent is not in the list, or that is its own ancestor, stands at the top. */
export function filterTree(filters: readonly Filter[]): FilterNode[] {
  const byId = new Map(filters.map((filter) => [filter.ID, filter]));
  const parentOf = (filter: Filter): number => {
    const seen = new Set([filter.ID]);
    let ancestor = byId.get(filter.ParentRef);
    while (ancestor !== undefined && !seen.has(ancestor.ID)) {
      seen.add(ancestor.ID);
      ancestor = byId.get(ancestor.ParentRef);
    }
    return ancestor === undefined && byId.has(filter.ParentRef) ? filter.ParentRef : 0;
  };
  const inOrder = [...filters].sort((one, other) => one.Order - other.Order || one.ID - other.ID);
  const parents = new Map(inOrder.map((filter) => [filter.ID, parentOf(filter)]));
  const below = (parent: number): FilterNode[] =>
    inOrder
      .filter(({ ID }) => parents.get(ID) === parent)
      .map(({ ID, Name }) => ({ id: ID, name: Name, children: below(ID) }));
  return below(0);
}
