/**
 * The header of a message, read as far as filing and listing need it. Never fails: what cannot be read is empty.
 * Runs for every mail before it is stored, so it touches only the fields that it wants.
 */
import { Libmime } from 'libmime';
import { formatAddress, parseAddresses, type MailAddress } from './addresses.js';
import { readDate } from './header-date.js';

export interface MailHeader {
  /** `Name <address>`, each. */
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly replyTo: readonly string[];
  /** Bare addresses from Envelope-To, Delivered-To, X-Original-To: whom the server had it for. */
  readonly envelopeTo: readonly string[];
  readonly subject: string;
  readonly date: Date | null;
  /** Without angle brackets; '' when there is none. */
  readonly messageId: string;
  /** References, then In-Reply-To; without angle brackets and without repetition. */
  readonly references: readonly string[];
}

const WANTED = new Set([
  ...['from', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'date', 'message-id', 'in-reply-to'],
  ...['references', 'envelope-to', 'delivered-to', 'x-original-to'],
]);

const MAX_HEADER_BYTES = 256 * 1024;
/** What an item keeps of a field: no sender can make a list page megabytes long. */
const MAX_FIELD_CHARACTERS = 4096;
const MAX_ADDRESSES = 2000;
const MAX_REFERENCES = 100;

const libmime = new Libmime();

/** @param bytes the message, or its beginning */
export function readHeader(bytes: Buffer): MailHeader {
  const fields = wantedFields(headerText(bytes));
  const first = (name: string) => fields.get(name)?.[0] ?? '';
  const addresses = (name: string) =>
    (fields.get(name) ?? []).flatMap((field) => readAddresses(field)).slice(0, MAX_ADDRESSES);
  const formatted = (name: string) => addresses(name).map(formatAddress);
  const envelope = ['envelope-to', 'delivered-to', 'x-original-to'].flatMap(addresses);
  const references = [...messageIds(first('references')), ...messageIds(first('in-reply-to'))];
  return {
    from: formatted('from')[0] ?? '',
    to: formatted('to'),
    cc: formatted('cc'),
    bcc: formatted('bcc'),
    replyTo: formatted('reply-to'),
    envelopeTo: [...new Set(envelope.map(({ address }) => address).filter((one) => one !== ''))],
    subject: decodeWords(first('subject')).slice(0, MAX_FIELD_CHARACTERS),
    date: readDate(first('date')),
    messageId: ownMessageId(first('message-id')),
    references: [...new Set(references)].slice(-MAX_REFERENCES),
  };
}

/** The header block as text, without the empty line that ends it. */
export function headerText(bytes: Buffer): string {
  const head = bytes.subarray(0, MAX_HEADER_BYTES);
  return decodeRaw(head.subarray(0, endOfHeader(head)));
}

/** Where the empty line begins, whatever ends the lines. */
function endOfHeader(head: Buffer): number {
  let end = head.length;
  for (const mark of ['\r\n\r\n', '\n\r\n', '\n\n', '\r\r']) {
    const at = head.subarray(0, end + mark.length).indexOf(mark);
    if (at >= 0) end = Math.min(end, at);
  }
  return end;
}

/** Bytes above 127 do not belong into a header, but they come: UTF-8 (RFC 6532), or what Windows programs wrote. */
function decodeRaw(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\uFFFD')
    ? libmime.decodeWord('windows-1252', 'B', bytes.toString('base64'))
    : text;
}

function wantedFields(header: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const line of header.split(/\r\n(?![ \t])|\n(?![ \t])|\r(?![ \t\n])/)) {
    const colon = line.indexOf(':');
    if (colon < 1 || colon > 20) continue;
    const name = line.slice(0, colon).trimEnd().toLowerCase();
    if (!WANTED.has(name)) continue;
    const value = line
      .slice(colon + 1)
      .replace(/[\r\n]+[ \t]?/g, ' ')
      .trim();
    fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  return fields;
}

/** Taken apart first and decoded then: a comma in an encoded name separates nothing (RFC 2047 §5). */
const readAddresses = (field: string): MailAddress[] =>
  parseAddresses(field).map(({ name, address }) => ({
    name: decodeWords(name).slice(0, 256),
    address: address.slice(0, 320),
  }));

function decodeWords(value: string): string {
  const text = value.includes('=?') ? libmime.decodeWords(withoutRawMarks(value)) : value;
  return text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
}

/** A question mark inside of an encoded word has to be encoded (RFC 2047 §4.2), and often is not. */
const withoutRawMarks = (value: string): string =>
  value.replace(
    /=\?([\w*-]{1,40}\?q)\?([^\s?]*\?\S{0,120}?)\?=(?=$|\s|=\?|[",)])/gi,
    (word, start: string, text: string) =>
      text.includes('?=') ? word : `=?${start}?${text.replaceAll('?', '=3F')}?=`,
  );

/** White space in an id stands for nothing: some programs fold lines there. */
const messageIds = (field: string): string[] => {
  const ids = [...field.matchAll(/<([^<>]{1,998})>/g)].map(([, id = '']) => id.replace(/\s/g, ''));
  const isBare =
    ids.length === 0 && /^[^\s<>@,]+@[^\s<>@,]+(?:[\s,]+[^\s<>@,]+@[^\s<>@,]+)*$/.test(field);
  return isBare ? field.split(/[\s,]+/) : ids.filter((id) => id !== '');
};

/** Of what is no id at all the first word: it is the only name that the mail has. */
const ownMessageId = (field: string): string =>
  messageIds(field)[0] ?? /[^\s<>]{1,998}/.exec(field)?.[0] ?? '';
