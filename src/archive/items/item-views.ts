/** Stored items as they are answered: as a line of a list, and whole. */
import {
  asSet,
  includes,
  ItemFlag,
  ListValue,
  ListValueEx,
  RpcAddressItem,
  RpcAttachmentItem,
  RpcDetailedItem,
  RpcEmailProperties,
  RpcListItem,
  type AttachmentItem,
  type DetailedItem,
  type ListItem,
  type LockData,
  type ReadingUser,
} from '../../greyhound/index.js';
import { withPaths } from '../objects/tree.js';
import type { ObjectStores } from '../objects/stores.js';
import type { Realms } from '../rpc/realms.js';
import {
  detailOf,
  type AttachmentRow,
  type BodyRow,
  type ItemRow,
  type ProtocolRow,
} from '../store/mail-items.js';

/** Flags that the archive maintains itself: a client's word on them is ignored. */
export const MAINTAINED_FLAGS = asSet(
  ItemFlag.ifRead,
  ItemFlag.ifFailure,
  ItemFlag.ifAttachment,
  ItemFlag.ifProtocol,
  ItemFlag.ifRemarks,
  ItemFlag.ifEml,
  ItemFlag.ifArchiveFailure,
);

/** Names of what items refer to. */
export interface Names {
  readonly groups: ReadonlyMap<number, { readonly Name: string; readonly Path: string }>;
  readonly users: ReadonlyMap<number, string>;
  readonly topics: ReadonlyMap<number, { readonly Name: string; readonly Path: string }>;
  readonly colors: ReadonlyMap<number, { readonly Name: string; readonly Code: string }>;
}

const byId = <T extends { readonly ID: number }>(list: readonly T[]): Map<number, T> =>
  new Map(list.map((one) => [one.ID, one]));

export class NameDirectory {
  constructor(
    private readonly objects: ObjectStores,
    private readonly realms: Realms,
  ) {}

  async names(realmId: number): Promise<Names> {
    const { groups, topics, colors } = this.objects;
    const users = await this.realms.users(realmId);
    return {
      groups: byId(withPaths(await groups.list(realmId))),
      topics: byId(withPaths(await topics.list(realmId))),
      colors: byId(await colors.list(realmId)),
      users: new Map(users.map(({ userId, username }) => [userId, username])),
    };
  }
}

const date = (value: string | null): Date | null => (value === null ? null : new Date(value));

export function attachmentItem(row: AttachmentRow, names: Names): AttachmentItem {
  return RpcAttachmentItem.make({
    ID: row.id,
    Name: row.name,
    ContentType: row.content_type,
    ContentID: row.content_id,
    Size: row.size,
    UserRef: row.user_ref,
    UserName: names.users.get(row.user_ref) ?? '',
    Created: date(row.created),
  });
}

export interface ListedItem {
  readonly row: ItemRow;
  readonly attachments: readonly AttachmentRow[];
  readonly protocol: readonly ProtocolRow[];
  readonly lockData: LockData;
}

/** Filled are the members asked for, the id and the lock. */
export function listItem(
  { row, attachments, protocol, lockData }: ListedItem,
  names: Names,
  wanted: { readonly values: number; readonly valuesEx: number },
): ListItem {
  const group = names.groups.get(row.group_ref);
  const topic = names.topics.get(row.topic_ref);
  const color = names.colors.get(row.color_ref);
  const members: readonly (readonly [number, Partial<ListItem>])[] = [
    [ListValue.lvGroupRef, { GroupRef: row.group_ref }],
    [ListValue.lvGroupName, { GroupName: group?.Name ?? '' }],
    [ListValue.lvGroupPath, { GroupPath: group?.Path ?? '' }],
    [ListValue.lvUserRef, { UserRef: row.user_ref }],
    [ListValue.lvUserName, { UserName: names.users.get(row.user_ref) ?? '' }],
    [ListValue.lvTopicRef, { TopicRef: row.topic_ref }],
    [ListValue.lvTopicName, { TopicName: topic?.Name ?? '' }],
    [ListValue.lvTopicPath, { TopicPath: topic?.Path ?? '' }],
    [ListValue.lvColorRef, { ColorRef: row.color_ref }],
    [ListValue.lvColorCode, { ColorCode: color?.Code ?? '' }],
    [ListValue.lvColorName, { ColorName: color?.Name ?? '' }],
    [ListValue.lvState, { State: row.state }],
    [ListValue.lvKind, { Kind: row.kind }],
    [ListValue.lvPriority, { Priority: row.priority }],
    [ListValue.lvFlags, { Flags: row.flags }],
    [ListValue.lvFrom, { From: row.from_text }],
    [ListValue.lvRecipients, { Recipients: row.recipients_text }],
    [ListValue.lvSubject, { Subject: row.subject }],
    [ListValue.lvNumber, { Number: row.number }],
    [ListValue.lvSize, { Size: row.size }],
    [ListValue.lvStartDate, { StartDate: date(row.start_date) }],
    [ListValue.lvEndDate, { EndDate: date(row.end_date) }],
    [ListValue.lvRemind, { Remind: date(row.remind) }],
    [ListValue.lvCreated, { Created: date(row.created) }],
    [ListValue.lvModified, { Modified: date(row.modified) }],
    [ListValue.lvText, { ViewData: row.preview }],
    [
      ListValue.lvAttachments,
      { Attachments: attachments.map((one) => attachmentItem(one, names)) },
    ],
  ];
  const membersEx: typeof members = [
    [ListValueEx.lvProtocol, { Protocols: protocol.map(protocolItem) }],
    [ListValueEx.lvRemarks, { Remarks: row.remarks }],
    [ListValueEx.lvPop3Ref, { Pop3Ref: row.pop3_ref }],
  ];
  const chosen = [
    ...members.filter(([ordinal]) => includes(wanted.values, ordinal)),
    ...membersEx.filter(([ordinal]) => includes(wanted.valuesEx, ordinal)),
  ].map(([, member]) => member);
  return Object.assign(RpcListItem.make({ ID: row.id, LockData: lockData }), ...chosen) as ListItem;
}

export interface WholeItem extends ListedItem {
  readonly body: BodyRow | undefined;
  readonly readingUsers: readonly ReadingUser[];
  /** Header of the original message as text. */
  readonly header: string;
}

const protocolItem = (line: ProtocolRow) => ({
  Date: date(line.date),
  UserRef: line.user_ref,
  UserName: line.user_name,
  RuleName: line.rule_name,
  Text: line.text,
});

const address = (text: string) => RpcAddressItem.make({ Text: text });

export function detailedItem(item: WholeItem, names: Names): DetailedItem {
  const { row, attachments, lockData, protocol } = item;
  const group = names.groups.get(row.group_ref);
  const topic = names.topics.get(row.topic_ref);
  const color = names.colors.get(row.color_ref);
  return RpcDetailedItem.make({
    ID: row.id,
    RefID: row.ref_id,
    GroupRef: row.group_ref,
    GroupName: group?.Name ?? '',
    GroupPath: group?.Path ?? '',
    UserRef: row.user_ref,
    UserName: names.users.get(row.user_ref) ?? '',
    TopicRef: row.topic_ref,
    TopicName: topic?.Name ?? '',
    TopicPath: topic?.Path ?? '',
    ColorRef: row.color_ref,
    ColorName: color?.Name ?? '',
    ColorCode: color?.Code ?? '',
    Kind: row.kind,
    State: row.state,
    Priority: row.priority,
    Flags: row.flags,
    From: address(row.from_text),
    Recipients: detailOf(row).to.map(address),
    Subject: row.subject,
    Number: row.number,
    Remarks: row.remarks,
    Size: row.size,
    Attachments: attachments.map((one) => attachmentItem(one, names)),
    Properties: { Email: emailProperties(item) },
    Protocol: protocol.map(protocolItem),
    ReadUsers: [...detailOf(row).readUsers],
    ReadingUsers: [...item.readingUsers],
    StartDate: date(row.start_date),
    EndDate: date(row.end_date),
    Remind: date(row.remind),
    LockData: lockData,
    Created: date(row.created),
    Modified: date(row.modified),
  });
}

function emailProperties({ row, body, header }: WholeItem): DetailedItem['Properties']['Email'] {
  const { cc, bcc, replyTo, envelopeTo, editorData } = detailOf(row);
  const usesHtml = includes(row.flags, ItemFlag.ifUseHtml);
  const view = (usesHtml ? body?.html : body?.text) ?? '';
  return RpcEmailProperties.make({
    CC: cc.map(address),
    BCC: bcc.map(address),
    ReplyTo: replyTo.map(address),
    EnvelopeTo: address(envelopeTo[0] ?? ''),
    Header: header,
    MessageID: row.message_id === '' ? '' : `<${row.message_id}>`,
    EditorData: Buffer.from(editorData, 'base64'),
    ViewData: Buffer.from(view, 'utf8'),
  });
}
