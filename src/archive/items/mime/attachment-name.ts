/** Names of attachments as they are shown and offered for saving: never a path, never other than it looks. */
import libmime from 'libmime';

const MAX_CHARACTERS = 255;

/** Marks that turn the direction of writing, or are not seen at all (Unicode bidi controls, zero width). */
const INVISIBLE = /[\u061C\u200B-\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/g;
const SEPARATING = /[\p{Cc}\p{Zl}\p{Zp}/\\]+/gu;

/** @param given as the sender wrote it; '' when there is none. @param index counted from 0 over the message */
export function attachmentName(given: string, contentType: string, index: number): string {
  const name = shortened(fromWindows(given).replace(INVISIBLE, '').replace(SEPARATING, '_').trim());
  return /^[._\s]*$/.test(name) ? defaultName(contentType, index) : name;
}

/** Raw bytes of windows-1252, which were read as Latin-1. */
const fromWindows = (name: string): string =>
  /[\x80-\x9f]/.test(name) && /^[\x20-\xff]*$/.test(name)
    ? libmime.decodeWord('windows-1252', 'B', Buffer.from(name, 'latin1').toString('base64'))
    : name;

/** The extension stays: it tells what the file is. */
function shortened(name: string): string {
  if (name.length <= MAX_CHARACTERS) return name;
  const extension = /\.[^.\s]{1,16}$/.exec(name)?.[0] ?? '';
  const stem = name.slice(0, MAX_CHARACTERS - extension.length).replace(/[\uD800-\uDBFF]$/, '');
  return `${stem}${extension}`;
}

function defaultName(contentType: string, index: number): string {
  if (contentType === 'message/rfc822') return `message-${index + 1}.eml`;
  const extension = libmime.detectExtension(contentType);
  // what libmime answers for a type that it does not know
  return `attachment-${index + 1}${extension === 'bin' ? '' : `.${extension}`}`;
}
