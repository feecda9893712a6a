/** Checks that objects share. The messages name the member. */
import { RpcError } from '../errors.js';

export const invalid = (member: string, problem: string): RpcError =>
  new RpcError('invalidValue', `${member}: ${problem}`);

/** @throws RpcError invalidValue for line breaks and other control characters (RFC 5322 §2.2 forbids them in headers) */
export function requirePrintable(member: string, value: string): void {
  if (/\p{Cc}/u.test(value)) throw invalid(member, 'must not contain control characters');
}

/** @throws RpcError invalidValue */
export function requireName(value: string): void {
  if (value.trim() === '') throw invalid('Name', 'must not be empty');
  requirePrintable('Name', value);
}

/** @throws RpcError invalidValue naming the first id that does not exist */
export function requireExisting(
  member: string,
  ids: readonly number[],
  existing: ReadonlySet<number>,
): void {
  const missing = ids.find((id) => !existing.has(id));
  if (missing !== undefined) throw invalid(member, `there is no ${missing}`);
}

/** @throws RpcError invalidValue for an ordinal outside 0…last */
export function requireOrdinal(member: string, value: number, last: number): void {
  if (value < 0 || value > last) throw invalid(member, `must be between 0 and ${last}`);
}

export const withAdded = (ids: readonly number[], id: number): number[] =>
  ids.includes(id) ? [...ids] : [...ids, id];
