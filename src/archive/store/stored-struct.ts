/** Wire structs as they are kept in the database. */

/** A struct in the codec's form without the members that are kept elsewhere or computed. */
export function withoutMembers(
  encoded: unknown,
  names: readonly string[],
): Record<string, unknown> {
  const members = Object.entries(encoded as Record<string, unknown>);
  return Object.fromEntries(members.filter(([name]) => !names.includes(name)));
}
