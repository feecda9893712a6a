/** A subject without the marks of answers and forwards that stand before it (RFC 5322 §3.6.5, RFC 5256 §2.1). */

/** English, German, Scandinavian; some programs count: `Re[2]:`, `Re^2:`, `AW(3):`. */
const MARKS = /^(?:(?:re|aw|antw|antwort|sv|fwd?|wg)\s*(?:\[\d+\]|\(\d+\)|\^\d+)?\s*:\s*)+/i;

/** '' when nothing else stands there. */
export const baseSubject = (subject: string): string => subject.trim().replace(MARKS, '');
