/** The text of an HTML body: for previews, for search, and as the alternative that a mail carries beside its HTML. */
import sanitizeHtml from 'sanitize-html';

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&nbsp;': ' ',
};

export function textOfHtml(html: string): string {
  const broken = html.replace(
    /<(?:br|\/p|\/div|\/tr|\/li|\/h[1-6])\b[^<>]*>/gi,
    (tag) => `${tag}\n`,
  );
  const text = sanitizeHtml(broken, { allowedTags: [], allowedAttributes: {} });
  return text
    .replace(/&(?:amp|lt|gt|quot|nbsp);/g, (entity) => entities[entity] ?? entity)
    .replaceAll('\u00a0', ' ')
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
