/** Groups, filters, topics and text blocks are trees: a flat list with ParentRef and Order. */
import { invalid } from './validation.js';

interface InTree {
  readonly ID: number;
  readonly ParentRef: number;
}

export interface TreeNode extends InTree {
  Order: number;
  Name: string;
  Path: string;
}

/** Every node with its path, e.g. `Sales/Germany`; ordered by Order, then ID. */
export function withPaths<T extends TreeNode>(nodes: readonly T[]): T[] {
  const byId = new Map(nodes.map((node) => [node.ID, node]));
  const path = (node: T): string => {
    const parent = byId.get(node.ParentRef);
    return parent === undefined ? node.Name : `${path(parent)}/${node.Name}`;
  };
  return nodes
    .map((node) => ({ ...node, Path: path(node) }))
    .sort((a, b) => a.Order - b.Order || a.ID - b.ID);
}

/** @throws RpcError invalidValue when the parent does not exist or lies below the node itself */
export function requireParent(nodes: readonly InTree[], node: InTree): void {
  const parents = new Map(nodes.map(({ ID, ParentRef }) => [ID, ParentRef]));
  let ancestor = node.ParentRef;
  if (ancestor !== 0 && !parents.has(ancestor))
    throw invalid('ParentRef', `there is no ${ancestor}`);
  while (ancestor !== 0) {
    if (ancestor === node.ID) throw invalid('ParentRef', 'must not lie below the object itself');
    ancestor = parents.get(ancestor) ?? 0;
  }
}
