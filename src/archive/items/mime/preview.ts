/** What a list shows of a mail's text: its first 256 characters in one line (lvText). */
const PREVIEW_CHARACTERS = 256;

export function previewOf(text: string): string {
  const line = text
    .slice(0, 2048)
    // single spaces, most of what there is, may stay
    .replace(/[\p{Cc}\s]{2,}|(?! )[\p{Cc}\s]/gu, ' ')
    .trim();
  if (line.length <= PREVIEW_CHARACTERS) return line;
  return `${line.slice(0, PREVIEW_CHARACTERS - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
