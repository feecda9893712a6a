/**
 * Returned mail in free text, as servers write it that do not speak RFC 3464: Exim before 4.8x, qmail (QSBMF), the
 * servers of GMX and 1&1, T-Online. Each has a sentence that leads to the addresses and a line above what it returns.
 * What is in between is read by line: an address by itself, the reason after it or beneath.
 */

/** One to whom the mail could not be delivered. */
interface Unreached {
  readonly address: string;
  /** Enhanced status code (RFC 3463); '' when there is none. */
  readonly status: string;
  /** As it stands there. */
  readonly diagnostic: string;
}

interface Form {
  /** Stands before the addresses. */
  readonly opening: RegExp;
  /** Stands before the returned mail, or its header. */
  readonly returning: RegExp;
}

const FORMS: readonly Form[] = [
  // Exim, and those of GMX, WEB.DE and 1&1
  {
    opening: /permanent error\.\s+The\s+following\s+address(?:\(es\)|es)?\s+failed:$/m,
    returning:
      /^-+ (?:This is a copy of (?:the|your) message|The header of the original message is following)\b.*$/m,
  },
  // qmail: https://cr.yp.to/proto/qsbmf.txt
  {
    opening: /^Hi\. This is the .*$/m,
    returning:
      /^--- (?:Below this line is a copy of the message|Enclosed are the original headers)\b.*$/m,
  },
  // T-Online
  {
    opening: /^\|-+ Failed addresses follow: -+\|$/m,
    returning: /^\|-+ Message (?:text|header) follows: -+\|$/m,
  },
];

const MAX_RECIPIENTS = 100;

/** A line that begins with an address and goes on, if at all, with a colon or dots. */
const ADDRESS_LINE = /^ {0,4}<?([^\s<>@:]{1,64}@[^\s<>@:]{1,255})>?(?::|(?:\s*\.\.\.\s*(.*)))?$/;

/** From whom such mail comes (RFC 3464 asks for an empty envelope sender; not every server passes it on). */
export const isFromMailServer = (from: string): boolean =>
  /(?:^|<|\s)(?:mailer-daemon|postmaster)(?:@|>|\s|$)/i.test(from);

/** @param body text of the message. @returns null for what has none of the forms */
export function readFreeTextBounce(
  body: string,
): { readonly unreached: readonly Unreached[]; readonly returned: string } | null {
  const text = body.replaceAll('\r\n', '\n');
  for (const { opening, returning } of FORMS) {
    const begin = opening.exec(text);
    if (begin === null) continue;
    const rest = text.slice(begin.index + begin[0].length);
    const end = returning.exec(rest);
    if (end === null) continue;
    const unreached = unreachedIn(rest.slice(0, end.index).split('\n'));
    const returned = rest.slice(end.index + end[0].length).trimStart();
    return unreached.length === 0 ? null : { unreached, returned };
  }
  return null;
}

function unreachedIn(told: readonly string[]): Unreached[] {
  const found: { address: string; reason: string[] }[] = [];
  for (const line of told) {
    const [, address, reason] = ADDRESS_LINE.exec(line.trimEnd()) ?? [];
    if (address === undefined) found.at(-1)?.reason.push(line.trim());
    else
      found.push({ address: address.toLowerCase(), reason: reason === undefined ? [] : [reason] });
  }
  return found.slice(0, MAX_RECIPIENTS).map(({ address, reason }) => {
    const diagnostic = reason.join(' ').trim();
    const status = /(?:^|[\s(#])([45]\.\d{1,3}\.\d{1,3})(?=$|[\s):;])/.exec(diagnostic)?.[1] ?? '';
    return { address, status, diagnostic };
  });
}
