/** The entries of a header member that names people (RFC 5322 §3.4), so that they can be parsed one by one. */

export interface HeaderEntry {
  readonly text: string;
  /** Without the names in quotes. */
  readonly unquoted: string;
  /** Behind the comma or semicolon that ends it. */
  readonly end: number;
}

const openers: Readonly<Record<string, string>> = { '"': '"', '(': ')', '<': '>' };

/** Ends at the first comma or semicolon that stands in no quotes, comment or angle brackets. */
export function entryAt(member: string, start: number): HeaderEntry {
  let unquoted = '';
  let from = start;
  let at = start;
  while (at < member.length) {
    const sign = member.charAt(at);
    if (sign === ',' || sign === ';') break;
    const closer = openers[sign];
    const behind = closer === undefined ? at + 1 : behindCloser(member, at, sign, closer);
    if (sign === '"') {
      unquoted += member.slice(from, at);
      from = behind;
    }
    at = behind;
  }
  return {
    text: member.slice(start, at),
    unquoted: unquoted + member.slice(from, at),
    end: Math.min(at + 1, member.length),
  };
}

/** Comments nest; angle brackets may hold quotes; in quotes and comments a backslash protects the next character. */
function behindCloser(member: string, start: number, opener: string, closer: string): number {
  let depth = 1;
  let isQuoted = false;
  for (let at = start + 1; at < member.length; at += 1) {
    const sign = member.charAt(at);
    if (sign === '\\' && (opener !== '<' || isQuoted)) at += 1;
    else if (sign === '"' && opener === '<') isQuoted = !isQuoted;
    else if (sign === closer && !isQuoted) depth -= 1;
    else if (sign === '(' && opener === '(') depth += 1;
    if (depth === 0) return at + 1;
  }
  return member.length;
}
