/** The Date field (RFC 5322 §3.3, §4.3), as far as V8 does not read it by itself. */

/** Hours east of Greenwich of the names that V8 does not know. */
const ZONES: Readonly<Record<string, string>> = {
  ...{ wet: '+0000', west: '+0100', bst: '+0100' },
  ...{ cet: '+0100', mez: '+0100', met: '+0100', cest: '+0200', mesz: '+0200', mest: '+0200' },
  ...{ eet: '+0200', eest: '+0300', oez: '+0200', msk: '+0300', jst: '+0900' },
};
const MAX_CHARACTERS = 100;
const KNOWN_TO_V8 = /^(?:ut|utc|gmt|z|[ecmp][sd]t|am|pm)$/;

/** @returns null for what is no date, or none that a mail can have */
export function readDate(field: string): Date | null {
  // V8 stumbles over comments (RFC 5322 §3.2.2) that are not at the end
  const text = field.replace(/\([^()]*\)/g, ' ').trim();
  if (text === '' || text.length > MAX_CHARACTERS) return null;
  const date = new Date(withZone(text));
  const year = date.getUTCFullYear();
  return year > 1970 && year < 10_000 ? date : null;
}

/** A zone that is not named, or by a name that nobody knows, is Greenwich (RFC 5322 §4.3), never that of this machine. */
function withZone(text: string): string {
  const [, time, zone] = /^(.*\d:\d\d(?::\d\d)?)\s*(\S*)$/.exec(text) ?? [];
  if (time === undefined || zone === undefined || /^\d{4}-/.test(text)) return text;
  if (zone !== '' && !/^[a-z]+$/i.test(zone)) return text;
  const name = zone.toLowerCase();
  return KNOWN_TO_V8.test(name) ? text : `${time} ${ZONES[name] ?? '+0000'}`;
}
