/**
 * An item made from another one, to be edited and then stored by `New`: an answer, a forward, or a copy. Nothing is
 * stored here. What the mail has to mention of the conversation (RFC 5322 §3.6.4) follows from `RefID` when it is.
 */
import {
  asSet,
  includes,
  ItemFlag,
  ItemKind,
  ItemNewState,
  ItemState,
  RpcAddressItem,
  RpcDetailedItem,
  RpcEmailProperties,
  type DetailedItem,
} from '../../greyhound/index.js';
import { baseSubject } from '../../mail/base-subject.js';
import { htmlOfText } from '../objects/text-variables.js';
import { bareAddress } from './mime/addresses.js';

const OUTGOING = asSet(ItemState.isNew, ItemState.isAnswer, ItemState.isForward);

/** @param groupAddress of the group that the item belongs to; '' when it has none */
export function derivedItem(
  original: DetailedItem,
  newState: number,
  groupAddress: string,
): DetailedItem {
  const State = newState === ItemNewState.insNone ? original.State : newState - 1;
  const isAnswer = State === ItemState.isAnswer && newState !== ItemNewState.insNone;
  const isForward = State === ItemState.isForward && newState !== ItemNewState.insNone;
  const { CC, BCC, ReplyTo, ViewData } = original.Properties.Email;
  const common = {
    GroupRef: original.GroupRef,
    UserRef: original.UserRef,
    TopicRef: original.TopicRef,
    ColorRef: original.ColorRef,
    Kind: ItemKind.ikEmail,
    State,
    Priority: original.Priority,
    Number: original.Number,
    Flags:
      (original.Flags & asSet(ItemFlag.ifUseHtml)) |
      (includes(OUTGOING, State) ? asSet(ItemFlag.ifUnsent) : 0),
  };
  if (!isAnswer && !isForward) {
    const Email = RpcEmailProperties.make({ CC, BCC, ReplyTo, ViewData });
    const { From, Recipients, Subject } = original;
    return RpcDetailedItem.make({ ...common, From, Recipients, Subject, Properties: { Email } });
  }
  const ownAddress = groupAddress === '' ? addressee(original) : groupAddress;
  return RpcDetailedItem.make({
    ...common,
    RefID: original.ID,
    From: RpcAddressItem.make({ Text: ownAddress }),
    Recipients: isAnswer ? answerTo(original, ownAddress) : [],
    Subject: `${isAnswer ? 'Re' : 'Fwd'}: ${baseSubject(original.Subject)}`,
    // they are still those of the original: CopyAttachment takes them along
    Attachments: isForward ? original.Attachments : [],
    Properties: { Email: RpcEmailProperties.make({ ViewData: quoted(original, isForward) }) },
  });
}

/** For whom the server had it: the address under which it is answered when its group has none. */
const addressee = ({ Properties, Recipients }: DetailedItem): string =>
  Properties.Email.EnvelopeTo.Text || (Recipients[0]?.Text ?? '');

/** To whoever wrote it; of a mail of one's own, to those to whom it went. */
function answerTo(original: DetailedItem, ownAddress: string): DetailedItem['Recipients'] {
  const isOwn =
    bareAddress(original.From.Text).toLowerCase() === bareAddress(ownAddress).toLowerCase();
  if (isOwn) return original.Recipients;
  const { ReplyTo } = original.Properties.Email;
  return ReplyTo.length > 0 ? ReplyTo : [original.From];
}

/** The original below: an answer quotes it, a forward tells its header. */
function quoted(original: DetailedItem, isForward: boolean): Buffer {
  const view = original.Properties.Email.ViewData.toString('utf8');
  const usesHtml = includes(original.Flags, ItemFlag.ifUseHtml);
  const date = original.StartDate?.toISOString().slice(0, 16).replace('T', ' ') ?? '';
  const header = isForward
    ? [
        `From: ${original.From.Text}`,
        `Date: ${date}`,
        `Subject: ${original.Subject}`,
        `To: ${original.Recipients.map(({ Text }) => Text).join(', ')}`,
      ]
    : [`${original.From.Text}, ${date}:`];
  if (usesHtml)
    return Buffer.from(
      `<br><br>${htmlOfText(header.join('\n'))}<br><blockquote>${view}</blockquote>`,
    );
  const lines = view.replace(/\r\n/g, '\n').replace(/\n+$/, '').split('\n');
  const below = isForward ? ['', ...lines] : lines.map((line) => `> ${line}`);
  return Buffer.from(['', '', ...header, ...below, ''].join('\n'));
}
