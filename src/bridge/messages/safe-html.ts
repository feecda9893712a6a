/**
 * HTML of a mail made safe to show: nothing that runs, nothing that loads by itself. Images on other servers tell
 * their sender that a mail was read, so they are taken out until the reader asks for them.
 */
import sanitizeHtml from 'sanitize-html';

const cssLength = /^-?\d+(?:\.\d+)?(?:px|em|rem|pt|%)?$/;
const cssWord = /^[a-z-]+$/i;
const cssColor = /^(?:#[0-9a-f]{3,8}|rgba?\([\d\s,.%]+\)|[a-z]+)$/i;
/** One to four lengths or words, e.g. `1px solid red`; no functions, so no url(). */
const cssList = /^[\w#.%\s-]+$/;
const cssFont = /^[\w\s,'"-]+$/;

const allowedStyles: Record<string, RegExp[]> = {
  color: [cssColor],
  'background-color': [cssColor],
  'font-family': [cssFont],
  'font-size': [cssLength, cssWord],
  'font-style': [cssWord],
  'font-weight': [cssWord, /^\d{3}$/],
  'line-height': [cssLength],
  'text-align': [cssWord],
  'text-decoration': [cssList],
  'vertical-align': [cssWord],
  'white-space': [cssWord],
  width: [cssLength],
  'max-width': [cssLength],
  height: [cssLength],
  margin: [cssList],
  padding: [cssList],
  border: [cssList],
  'border-collapse': [cssWord],
};

const presentation = ['style', 'align', 'valign', 'width', 'height', 'dir', 'lang', 'title'];

const allowedTags = [
  ...sanitizeHtml.defaults.allowedTags,
  'img',
  'font',
  'center',
  'del',
  'ins',
  'strike',
  'big',
];

const isRemote = (source: string): boolean => !/^\s*(?:cid:|data:image\/)/i.test(source);

export function safeHtml(
  html: string,
  { remoteImages }: { readonly remoteImages: boolean },
): { html: string; remoteImagesBlocked: boolean } {
  let remoteImagesBlocked = false;
  const safe = sanitizeHtml(html, {
    allowedTags,
    allowedAttributes: {
      '*': presentation,
      a: ['href', 'name', 'target', 'rel'],
      img: ['src', 'alt'],
      font: ['color', 'face', 'size'],
      table: ['border', 'cellpadding', 'cellspacing', 'bgcolor'],
      td: ['colspan', 'rowspan', 'bgcolor'],
      th: ['colspan', 'rowspan', 'bgcolor'],
      tr: ['bgcolor'],
    },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['cid', 'data', ...(remoteImages ? ['https', 'http'] : [])] },
    allowProtocolRelative: false,
    allowedStyles: { '*': allowedStyles },
    transformTags: {
      a: (tagName, attribs) => ({
        tagName,
        attribs: { ...attribs, target: '_blank', rel: 'noopener noreferrer nofollow' },
      }),
      img: (tagName, attribs) => {
        const { src = '', ...others } = attribs;
        if (src === '' || remoteImages || !isRemote(src)) return { tagName, attribs };
        remoteImagesBlocked = true;
        return { tagName, attribs: others };
      },
    },
  });
  return { html: safe, remoteImagesBlocked };
}
