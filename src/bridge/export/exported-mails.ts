/**
 * The mails of an export, one after the other, the newest first. They are read page by page and byte by byte as the
 * caller takes them: no list of all mails, no whole mail and no long reading transaction is held. What arrives
 * meanwhile is not in it.
 */
import { Readable } from 'node:stream';
import {
  ArchiveFailure,
  asSet,
  ItemKind,
  ItemState,
  RpcItemFilter,
  type GreyhoundClient,
  type ListItem,
} from '../../greyhound/index.js';
import { readPage, type Page } from '../filters/message-page.js';
import { queryOf, type MessageQuery } from '../filters/stored-filter.js';

export interface ExportedMail {
  readonly id: number;
  /** `Name <address>`. */
  readonly from: string;
  readonly subject: string;
  readonly date: Date;
  /** RFC 5322 message: the bytes as they are stored; of a draft, as it would be sent now. */
  readonly content: Readable;
}

/** As far as the export has come. */
export interface ExportCount {
  exported: number;
  /** Listed, but the archive has no bytes: deleted meanwhile, or damaged. */
  missing: number;
}

export interface MailExport {
  readonly count: ExportCount;
  readonly mails: AsyncGenerator<ExportedMail, void, void>;
}

const MAILS_PER_PAGE = 100;

/**
 * The first page is read before this returns, so that what fails at once is an answer and not a broken transfer.
 */
export async function openExport(client: GreyhoundClient, which: Which): Promise<MailExport> {
  const query = await wanted(client, which);
  const count: ExportCount = { exported: 0, missing: 0 };
  const first = await nextPage(client, query, null);
  return { count, mails: readMails(client, query, first, count) };
}

/** One of both; neither: every mail. */
export interface Which {
  readonly filterId?: number | undefined;
  /** Of an e-mail address, as RpcMailBridge finds them. */
  readonly address?: string | undefined;
}

async function wanted(
  client: GreyhoundClient,
  { filterId, address }: Which,
): Promise<MessageQuery> {
  if (filterId !== undefined) return queryOf(client, await client.filters.Get({ ID: filterId }));
  if (address === undefined) return { filter: everyMail, accept: () => true };
  const { IDs } = await client.mailBridge.GetPersonItems({ Address: address });
  const own = new Set(IDs);
  return { filter: everyMail, accept: ({ ID }) => own.has(ID) };
}

const everyMail = RpcItemFilter.make({ Kinds: asSet(ItemKind.ikEmail) });

const nextPage = (client: GreyhoundClient, query: MessageQuery, after: Page['next']) =>
  readPage(client, query.filter, { after, limit: MAILS_PER_PAGE, accept: query.accept });

async function* readMails(
  client: GreyhoundClient,
  query: MessageQuery,
  first: Page,
  count: ExportCount,
): AsyncGenerator<ExportedMail, void, void> {
  for (let page = first; ; page = await nextPage(client, query, page.next)) {
    for (const item of page.items) {
      const content = await contentOf(client, item);
      if (content === null) {
        count.missing += 1;
        continue;
      }
      const date = item.StartDate ?? item.Created ?? new Date(0);
      yield { id: item.ID, from: item.From, subject: item.Subject, date, content };
      count.exported += 1;
    }
    if (page.next === null) return;
  }
}

/** @returns null when the archive has no bytes of it */
async function contentOf(client: GreyhoundClient, { ID, State }: ListItem) {
  return (
    (await download(client, 'ItemsOrginalEml', ID)) ??
    (State === ItemState.isDraft ? await download(client, 'ItemsCurrentEml', ID) : null)
  );
}

async function download(
  client: GreyhoundClient,
  transfer: 'ItemsOrginalEml' | 'ItemsCurrentEml',
  id: number,
): Promise<Readable | null> {
  try {
    const { stream } = await client.download(transfer, id);
    return stream instanceof Readable ? stream : Readable.from(stream);
  } catch (error) {
    if (error instanceof ArchiveFailure && error.code === 'archiveNotFound') return null;
    throw error;
  }
}
