/** The text of an HTML body: for readers, previews, search, and as the alternative that a mail carries beside its HTML. */
import sanitizeHtml from 'sanitize-html';

const blockEnd = /<(?:br|\/p|\/div|\/tr|\/li|\/h[1-6]|\/blockquote)\b[^<>]*>/gi;

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
};

/** White space of the source is collapsed as a browser does; blocks and `<br>` end a line. */
export function textOfHtml(html: string): string {
  const withBreaks = html.replace(/\s+/g, ' ').replace(blockEnd, '$&\n');
  const text = sanitizeHtml(withBreaks, { allowedTags: [], allowedAttributes: {} });
  return text
    .replace(/&(?:amp|lt|gt|quot);/g, (entity) => entities[entity] ?? entity)
    .replaceAll('\u00a0', ' ')
    .replace(/[ \t]*\n[ \t]*/g, '\n')
    .trim();
}
