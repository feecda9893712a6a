/** An item as a client shows it before it opens it: as text, or as HTML without anything that acts or loads. */
import sanitizeHtml from 'sanitize-html';
import { includes, ItemFlag, type DetailedItem } from '../../greyhound/index.js';
import { textOfHtml } from '../../mail/html-text.js';
import { htmlOfText } from '../objects/text-variables.js';

type Shown = Pick<DetailedItem, 'Flags' | 'Properties'>;

const viewOf = ({ Flags, Properties }: Shown) => ({
  view: Properties.Email.ViewData.toString('utf8'),
  isHtml: includes(Flags, ItemFlag.ifUseHtml),
});

export function previewText(item: Shown): string {
  const { view, isHtml } = viewOf(item);
  return isHtml ? textOfHtml(view) : view;
}

/** A fragment: text structure and links only. */
export function previewHtml(item: Shown): string {
  const { view, isHtml } = viewOf(item);
  return isHtml ? sanitizeHtml(view) : htmlOfText(view);
}
