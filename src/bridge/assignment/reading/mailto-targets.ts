/**
 * Addresses that a link to write a mail names (RFC 6068): before the question mark, and in `to`, `cc` and `bcc` behind
 * it. Subject and body of such a link are not read, as nothing is that stands in attributes.
 */

const recipients = new Set(['to', 'cc', 'bcc']);

/** @returns the targets as running text, each still as it is written; null for another kind of link */
export function mailtoTargets(link: string): string | null {
  const scheme = /^[\s\p{Cc}]*mailto:/iu.exec(link)?.[0];
  if (scheme === undefined) return null;
  const question = link.indexOf('?', scheme.length);
  const path = link.slice(scheme.length, question < 0 ? undefined : question);
  const fields = question < 0 ? [] : link.slice(question + 1).split('&');
  const named = fields.flatMap((field) => {
    const equals = field.indexOf('=');
    return equals > 0 && recipients.has(decoded(field.slice(0, equals)).toLowerCase())
      ? [field.slice(equals + 1)]
      : [];
  });
  return [path, ...named].map(decoded).join(' ');
}

/** What is not encoded properly counts as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
