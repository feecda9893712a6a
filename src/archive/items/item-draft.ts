/** What a client's RpcDetailedItem says, checked, in the columns of an item. */
import {
  asSet,
  includes,
  ItemFlag,
  ItemKind,
  ItemState,
  type DetailedItem,
} from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import { requireOrdinal, requirePrintable } from '../objects/validation.js';
import type { BodyRow, ItemDetail, ItemRow } from '../store/mail-items.js';
import { MAINTAINED_FLAGS } from './item-views.js';
import { textOfHtml } from '../../mail/html-text.js';
import { previewOf } from './mime/preview.js';

/** Columns that a client writes. */
export type WrittenColumns = Pick<
  ItemRow,
  | 'kind'
  | 'state'
  | 'flags'
  | 'group_ref'
  | 'user_ref'
  | 'topic_ref'
  | 'color_ref'
  | 'priority'
  | 'from_text'
  | 'recipients_text'
  | 'cc_text'
  | 'subject'
  | 'number'
  | 'remarks'
  | 'preview'
  | 'end_date'
  | 'remind'
>;

export type WrittenDetail = Pick<
  ItemDetail,
  'to' | 'cc' | 'bcc' | 'replyTo' | 'readUsers' | 'editorData'
>;

export interface WrittenItem {
  readonly columns: WrittenColumns;
  readonly detail: WrittenDetail;
  readonly body: Pick<BodyRow, 'text' | 'html'>;
}

/** Line breaks in a header field would begin another one. @throws RpcError invalidValue naming the member */
export function readWrittenItem(item: DetailedItem): WrittenItem {
  const { CC, BCC, ReplyTo, EditorData, ViewData } = item.Properties.Email;
  requireOrdinal('Kind', item.Kind, ItemKind.ikFile);
  requireOrdinal('State', item.State, ItemState.isRejected);
  const texts = (member: string, list: readonly { readonly Text: string }[]): string[] => {
    for (const { Text } of list) requirePrintable(member, Text);
    return list.map(({ Text }) => Text.trim()).filter((text) => text !== '');
  };
  const [from = ''] = texts('From', [item.From]);
  const detail = {
    to: texts('Recipients', item.Recipients),
    cc: texts('CC', CC),
    bcc: texts('BCC', BCC),
    replyTo: texts('ReplyTo', ReplyTo),
    readUsers: [...new Set(item.ReadUsers)],
    editorData: EditorData.toString('base64'),
  };
  requirePrintable('Subject', item.Subject);
  requirePrintable('Number', item.Number);
  const usesHtml = includes(item.Flags, ItemFlag.ifUseHtml);
  const view = ViewData.toString('utf8');
  const text = usesHtml ? textOfHtml(view) : view;
  const maintained = asSet(
    ...(detail.readUsers.length > 0 ? [ItemFlag.ifRead] : []),
    ...(item.Remarks === '' ? [] : [ItemFlag.ifRemarks]),
  );
  return {
    columns: {
      kind: item.Kind,
      state: item.State,
      flags: (item.Flags & ~MAINTAINED_FLAGS) | maintained,
      group_ref: item.GroupRef,
      user_ref: item.UserRef,
      topic_ref: item.TopicRef,
      color_ref: item.ColorRef,
      priority: item.Priority,
      from_text: from,
      recipients_text: detail.to.join(', '),
      cc_text: detail.cc.join(', '),
      subject: item.Subject,
      number: item.Number,
      remarks: item.Remarks,
      preview: previewOf(text),
      end_date: item.EndDate?.toISOString() ?? null,
      remind: item.Remind?.toISOString() ?? null,
    },
    detail,
    body: { text, html: usesHtml ? view : '' },
  };
}

/** @throws RpcError invalidValue */
export function requireEmail(item: DetailedItem): void {
  if (item.Kind !== ItemKind.ikEmail)
    throw new RpcError('invalidValue', 'Kind: this archive writes e-mail only');
}
