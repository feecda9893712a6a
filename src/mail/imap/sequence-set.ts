/** Sequence-sets (RFC 3501 §9) in commands. */

/** UIDs in one command; lines of commands should stay short (RFC 7162 §4). */
const SET_SIZE = 500;

/** What goes into one command each, ascending. */
export function* parts(uids: readonly number[]): Generator<readonly number[]> {
  const sorted = [...uids].sort((one, other) => one - other);
  for (let at = 0; at < sorted.length; at += SET_SIZE) yield sorted.slice(at, at + SET_SIZE);
}

/** As a sequence-set (RFC 3501 §9), runs joined: 1:3,7. */
export function sequenceSet(uids: readonly number[]): string {
  const sorted = [...uids].sort((one, other) => one - other);
  const runs: [number, number][] = [];
  for (const uid of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && uid <= last[1] + 1) last[1] = uid;
    else runs.push([uid, uid]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}:${to}`)).join(',');
}
