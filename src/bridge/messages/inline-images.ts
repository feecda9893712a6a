/**
 * Images that stand in the HTML itself (`data:` URLs, as editors and signatures have them) become attachments that the
 * HTML shows by name: many mail programs show no `data:` URLs (RFC 2392, RFC 2557).
 */
import { createHash } from 'node:crypto';
import type { UploadedAttachment } from './outgoing-attachment.js';

const DATA_IMAGE =
  /(\bsrc\s*=\s*)(["'])data:image\/(png|jpe?g|gif|webp);base64,([A-Za-z0-9+/\s]+={0,2})\s*\2/gi;

/** Pure. The same image is attached once. */
export function withoutDataImages(html: string): {
  readonly html: string;
  readonly images: readonly UploadedAttachment[];
} {
  const images = new Map<string, UploadedAttachment>();
  const replaced = html.replace(
    DATA_IMAGE,
    (_whole, before: string, _quote: string, subtype: string, base64: string) => {
      const content = Buffer.from(base64, 'base64');
      const type = subtype.toLowerCase().replace('jpg', 'jpeg');
      // of the bytes: a request that is repeated finds the image that it has uploaded before
      const digest = createHash('sha256').update(content).digest('hex').slice(0, 16);
      const name = `image-${digest}.${type === 'jpeg' ? 'jpg' : type}`;
      images.set(name, { name, contentType: `image/${type}`, content });
      return `${before}"cid:${name}"`;
    },
  );
  return { html: replaced, images: [...images.values()] };
}
