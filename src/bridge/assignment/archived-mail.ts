/** A message of the archive as the rules read it, with its conversation. */
import {
  ArchiveFailure,
  asSet,
  includes,
  ItemFlag,
  ListValue,
  type DetailedItem,
  type GreyhoundClient,
  type ListItem,
} from '../../greyhound/index.js';
import { archiveFaultMeaning } from '../archive-faults.js';
import { addressKey } from '../directory/search-key.js';
import { bareAddress } from '../messages/mail-address.js';
import type { AssignmentStore } from './assignment-store.js';
import type { HistoryMail } from './decision/decision.js';
import type { ReadableMail } from './reading/found-in-mail.js';

export interface ArchivedMail {
  readonly mail: ReadableMail;
  readonly date: Date | null;
  readonly history: readonly HistoryMail[];
  /** Search keys of the addresses of groups, as they are now (SAL-124). */
  readonly groupAddresses: ReadonlySet<string>;
  /** Header section as it came. */
  readonly header: string;
}

/** Whether the archive no longer has the message. */
export const isGone = (error: unknown): boolean =>
  error instanceof ArchiveFailure && archiveFaultMeaning(error)?.code === 'notFound';

/** Three calls at the same time, and two queries. @throws ArchiveFailure */
export async function readArchivedMail(
  client: GreyhoundClient,
  store: AssignmentStore,
  messageId: number,
): Promise<ArchivedMail> {
  const [item, thread, groups] = await Promise.all([
    client.items.Get({ ID: messageId, MarkAsReading: false }),
    client.items.GetThreadList({
      ID: messageId,
      ListValues: asSet(ListValue.lvStartDate, ListValue.lvCreated),
      UserFields: [],
      IncludeReferredItem: false,
      ListValuesEx: 0,
    }),
    client.groups.GetCompleteList({ AdvancedFields: true }),
  ]);
  return {
    mail: readable(item),
    date: dateOf(item),
    history: await historyOf(store, item, thread),
    groupAddresses: groupKeys(groups),
    header: item.Properties.Email.Header,
  };
}

export const groupKeys = (groups: readonly { readonly Email: string }[]): ReadonlySet<string> =>
  new Set(groups.flatMap(({ Email }) => addressKey(bareAddress(Email)) ?? []));

function readable(item: DetailedItem): ReadableMail {
  const { CC, BCC, ReplyTo, ViewData } = item.Properties.Email;
  const texts = (list: readonly { readonly Text: string }[]) => list.map(({ Text }) => Text);
  const body = ViewData.toString('utf8');
  const isHtml = includes(item.Flags, ItemFlag.ifUseHtml);
  return {
    from: [item.From.Text],
    replyTo: texts(ReplyTo),
    to: texts(item.Recipients),
    cc: texts(CC),
    bcc: texts(BCC),
    subject: item.Subject,
    text: isHtml ? null : body,
    html: isHtml ? body : null,
  };
}

/** When it was written; without a date, when the archive took it in. */
const dateOf = ({ StartDate, Created }: Pick<ListItem, 'StartDate' | 'Created'>): Date | null =>
  StartDate ?? Created;

/** Of two mails of the same moment the one that came first is the older one. */
async function historyOf(
  store: AssignmentStore,
  item: DetailedItem,
  thread: readonly ListItem[],
): Promise<HistoryMail[]> {
  const own = dateOf(item)?.getTime() ?? Infinity;
  const older = thread.filter((mail) => {
    const time = dateOf(mail)?.getTime() ?? 0;
    return mail.ID !== item.ID && (time < own || (time === own && mail.ID < item.ID));
  });
  const known = await store.ofAll(older.map(({ ID }) => ID));
  return older.map((mail) => ({
    messageId: mail.ID,
    date: dateOf(mail),
    isSameThread: true,
    assigned: known.get(mail.ID)?.assigned ?? [],
    removed: known.get(mail.ID)?.removed ?? [],
  }));
}
