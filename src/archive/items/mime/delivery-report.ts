/**
 * Delivery status notifications (RFC 3464, RFC 6533): multipart/report with what became of a mail for each recipient,
 * and that mail's header; and returned mail in free text. Read from the beginning of a message only; never fails.
 */
import { isFromMailServer, readFreeTextBounce } from './free-text-bounce.js';
import { headerText } from './header.js';

export interface RecipientStatus {
  /** Bare addresses: the one that was tried, and the one that the sender wrote, if it is told. */
  readonly addresses: readonly string[];
  /** `failed`, `delayed`, `delivered`, `relayed` or `expanded` (RFC 3464 §2.3.3), lower case. */
  readonly action: string;
  /** Enhanced status code (RFC 3463); '' when there is none. */
  readonly status: string;
  /** What the other server said, in one line without control characters; '' when it is not told. */
  readonly diagnostic: string;
}

export interface DeliveryReport {
  /** Of the mail reported on, without angle brackets. */
  readonly messageId: string;
  readonly recipients: readonly RecipientStatus[];
}

/** As much of a report as is looked at: the status comes before the returned mail. */
export const MAX_REPORT_BYTES = 256 * 1024;
const MAX_PARTS = 10;
const MAX_RECIPIENTS = 100;
const MAX_DIAGNOSTIC_CHARACTERS = 500;

type Fields = ReadonlyMap<string, string>;

/** Whether a header announces a report on delivery (RFC 6522 §3), or may be that of one in free text. */
export const announcesReport = (header: string): boolean => {
  const fields = fieldsOf(header);
  return isReport(fields) || isFromMailServer(fields.get('from') ?? '');
};

const isReport = (fields: Fields): boolean => {
  const type = fields.get('content-type') ?? '';
  return (
    /^multipart\/report\s*(?:;|$)/i.test(type) &&
    parameter(type, 'report-type') === 'delivery-status'
  );
};

/** @param bytes the message, or its beginning. @returns null for what is no such report, or does not name its mail */
export function readDeliveryReport(bytes: Buffer): DeliveryReport | null {
  const head = bytes.subarray(0, MAX_REPORT_BYTES);
  const header = headerText(head);
  const fields = fieldsOf(header);
  if (!isReport(fields)) return readInFreeText(head, header, fields);
  const boundary = parameter(fields.get('content-type') ?? '', 'boundary', true);
  if (boundary === '') return null;
  let recipients: readonly RecipientStatus[] = [];
  let messageId = '';
  for (const part of partsOf(head.toString('latin1'), boundary)) {
    const { type, body } = part;
    if (/^message\/(?:global-)?delivery-status$/.test(type)) recipients = recipientsOf(body);
    else if (/^(?:message\/(?:rfc822|global|global-headers)|text\/rfc822-headers)$/.test(type))
      messageId = messageIdOf(body);
  }
  return reportOf(messageId, recipients);
}

const reportOf = (
  messageId: string,
  recipients: readonly RecipientStatus[],
): DeliveryReport | null =>
  messageId === '' || recipients.length === 0 ? null : { messageId, recipients };

function readInFreeText(head: Buffer, header: string, fields: Fields): DeliveryReport | null {
  const type = fields.get('content-type') ?? 'text/plain';
  if (!isFromMailServer(fields.get('from') ?? '') || !/^text\/plain\b/i.test(type)) return null;
  const body = decoded(
    head.toString('latin1').slice(header.length),
    fields.get('content-transfer-encoding') ?? '',
  );
  const bounce = readFreeTextBounce(body);
  if (bounce === null) return null;
  const recipients = bounce.unreached.map(({ address, status, diagnostic }) => ({
    addresses: [address],
    action: 'failed',
    status,
    diagnostic: oneLine(diagnostic),
  }));
  return reportOf(messageIdOf(bounce.returned), recipients);
}

interface Part {
  readonly type: string;
  /** Decoded, as latin1. */
  readonly body: string;
}

function partsOf(text: string, boundary: string): Part[] {
  const pieces = `\n${text}`.split(`\n--${boundary}`).slice(1, MAX_PARTS + 1);
  return pieces.map((piece) => {
    const content = piece.replace(/^[^\n]*\n/, '');
    const [, header = '', body = ''] = /^([^]*?)\r?\n\r?\n([^]*)$/.exec(`\n${content}`) ?? [];
    const fields = fieldsOf(header);
    const type = (/^[^;\s]+/.exec(fields.get('content-type') ?? '')?.[0] ?? '').toLowerCase();
    return { type, body: decoded(body, fields.get('content-transfer-encoding') ?? '') };
  });
}

/** RFC 3464 asks for 7bit; some systems encode all the same. */
function decoded(body: string, encoding: string): string {
  const name = encoding.trim().toLowerCase();
  if (name === 'base64') return Buffer.from(body, 'base64').toString('latin1');
  if (name !== 'quoted-printable') return body;
  return body
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** The first group of fields is about the report itself (RFC 3464 §2.1), each further one about a recipient. */
function recipientsOf(body: string): RecipientStatus[] {
  const groups = body.split(/\r?\n[ \t]*\r?\n/).map(fieldsOf);
  return groups.slice(0, MAX_RECIPIENTS + 1).flatMap((fields) => {
    const action = /^[a-z]+/.exec((fields.get('action') ?? '').toLowerCase())?.[0];
    const addresses = ['original-recipient', 'final-recipient'].flatMap((name) =>
      addressOf(fields.get(name) ?? ''),
    );
    if (action === undefined || addresses.length === 0) return [];
    const status = /^[245]\.\d{1,3}\.\d{1,3}/.exec(fields.get('status') ?? '')?.[0] ?? '';
    const diagnostic = oneLine((fields.get('diagnostic-code') ?? '').replace(/^[\w-]+\s*;\s*/, ''));
    return [{ addresses: [...new Set(addresses)], action, status, diagnostic }];
  });
}

/** `rfc822; name@example.org` */
function addressOf(field: string): string[] {
  const [, address = ''] = /^[\w-]+\s*;\s*<?([^<>\s]+)>?/.exec(field) ?? [];
  return address === '' || address.length > 320 ? [] : [address.toLowerCase()];
}

const messageIdOf = (body: string): string =>
  /<([^<>\s]{1,998})>/.exec(
    fieldsOf(headerText(Buffer.from(body, 'latin1'))).get('message-id') ?? '',
  )?.[1] ?? '';

/** Names in lower case, values unfolded; of repeated fields the first. */
function fieldsOf(block: string): Fields {
  const fields = new Map<string, string>();
  for (const line of block.split(/\r?\n(?![ \t])/)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line
      .slice(colon + 1)
      .replace(/\r?\n[ \t]*/g, ' ')
      .trim();
    if (!fields.has(name)) fields.set(name, value);
  }
  return fields;
}

/** A parameter of a Content-Type field, quoted or not (RFC 2045 §5.1); in lower case unless told. */
function parameter(field: string, name: string, isExact = false): string {
  const pattern = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]{1,200})"|([^\\s;"]{1,200}))`, 'i');
  const found = pattern.exec(field);
  const value = found?.[1] ?? found?.[2] ?? '';
  return isExact ? value : value.toLowerCase();
}

const oneLine = (text: string): string =>
  Buffer.from(text, 'latin1')
    .toString('utf8')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_DIAGNOSTIC_CHARACTERS);
