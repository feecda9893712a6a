/** Wire structs as they are kept in the database. */

/** @returns null when the text is no JSON object: a damaged row must not stop its neighbours */
export function parseStored(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** A struct in the codec's form without the members that are kept elsewhere or computed. */
export function withoutMembers(
  encoded: unknown,
  names: readonly string[],
): Record<string, unknown> {
  const members = Object.entries(encoded as Record<string, unknown>);
  return Object.fromEntries(members.filter(([name]) => !names.includes(name)));
}
