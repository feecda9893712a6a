/**
 * Filters that stand once and were taken back with the save that made them. Another writer may have found them just
 * before they were removed, and be content. Its account stood before it looked, so whoever looks for such accounts
 * after the removal sees it.
 */
import { sameName } from '../accounts/fields.js';
import { createElement, removeElement, type RunContext } from './element-steps.js';
import { olderTwin } from './shared-elements.js';
import type { FilterStep } from './steps.js';
import { readListOf } from './traces.js';

/** @param removed in the order in which they were made */
export async function giveBackFilters(
  removed: readonly FilterStep[],
  context: RunContext,
): Promise<void> {
  const { client, ids } = context;
  const readFilters = async () => (await readListOf(client, 'filter')).filters;
  const standing = await readFilters();
  const made: number[] = [];
  for (const step of removed) {
    const parentId = step.parentStep === null ? 0 : ids.get(step.parentStep);
    if (parentId === undefined) continue;
    const other = standing.find(
      ({ Name, ParentRef }) => ParentRef === parentId && sameName(Name, step.name),
    );
    const id = other?.ID ?? (await createElement(step, context));
    ids.set(step.id, id);
    if (other === undefined) made.push(id);
  }
  // somebody else may have made one at the same time: the younger gives way
  const filters = await readFilters();
  for (const id of made.reverse()) {
    const isParent = filters.some(({ ParentRef }) => ParentRef === id);
    if (!isParent && olderTwin(id, filters) !== null) await removeElement(context, 'filter', id);
  }
}
