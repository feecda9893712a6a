/**
 * Lists and searches through the API, as an ERP asks for them: 20 of 2,000 and of 20,000 mails, and everything that an
 * archive of 200,000 mails costs.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { indexFile } from '../../src/archive/search/index-file.js';
import { ARCHIVE_FOLDER } from '../../src/data-folder.js';
import {
  asSet,
  ListValue,
  OrderBy,
  OrderDirection,
  RpcItemFilter,
} from '../../src/greyhound/index.js';
import { businessMail } from './business-mails.js';
import { fillArchive, SMALL_GROUP, type FilledArchive } from './filled-archive.js';
import { startProduct, type Product } from './product.js';
import { median, type Figure } from './report.js';

const MANY = 200_000;
const ROUNDS = 15;
const WARM_UP = 40;

export async function benchList(): Promise<Figure[]> {
  const few = await listMs(2000);
  const more = await listMs(20_000);
  return [
    { name: 'list 20 of 2,000 mails', value: few, unit: 'ms', limit: null },
    { name: 'list 20 of 20,000 mails', value: more, unit: 'ms', limit: 10 },
    { name: '… of that of 2,000', value: more / few, unit: 'x', limit: 1.3 },
  ];
}

async function listMs(count: number): Promise<number> {
  const filled = await fillArchive(count);
  const product = await startProduct(undefined, filled.directory);
  try {
    await medianMs(() => list(product, 'limit=20'), WARM_UP);
    return await medianMs(() => list(product, 'limit=20'), 200);
  } finally {
    await product.stop();
    await filled.remove();
  }
}

export async function benchSearch(): Promise<Figure[]> {
  const empty = await startProduct();
  const emptyMib = await empty.residentMib();
  await empty.stop();
  const filled = await fillArchive(MANY);
  try {
    return [
      ...costFigures(filled),
      ...(await startFigures(filled, emptyMib)),
      ...(await withProduct(filled, searchFigures)),
      {
        name: 'start to ready when all have yet to be indexed',
        value: await startUnindexedMs(filled),
        unit: 'ms',
        limit: 2000,
      },
    ];
  } finally {
    await filled.remove();
  }
}

const costFigures = (filled: FilledArchive): Figure[] => [
  {
    name: 'index, of the text of the mails',
    value: filled.indexBytes / filled.textBytes,
    unit: 'x',
    limit: null,
  },
  {
    name: '… an entry, in the running product',
    value: filled.indexedMs / MANY,
    unit: 'ms',
    limit: null,
  },
];

async function startFigures(filled: FilledArchive, emptyMib: number): Promise<Figure[]> {
  const readyMs = await withProduct(filled, ({ readyMs: ms }) => Promise.resolve(ms));
  const residentMib = await withProduct(filled, async (product) => {
    for (let round = 0; round < WARM_UP; round += 1) await list(product, 'limit=20');
    return product.residentMib();
  });
  return [
    { name: 'start to ready with 200,000 mails', value: readyMs, unit: 'ms', limit: 2000 },
    {
      name: '… resident memory beyond an empty archive',
      value: residentMib - emptyMib,
      unit: 'MiB',
      limit: 100,
    },
  ];
}

/** As after a backup was put in its place: the index is no part of it. */
async function startUnindexedMs({ directory }: FilledArchive): Promise<number> {
  await rm(indexFile(join(directory, 'data', ARCHIVE_FOLDER)));
  const product = await startProduct(undefined, directory);
  await product.stop();
  return product.readyMs;
}

async function withProduct<T>(
  { directory }: FilledArchive,
  work: (product: Product) => Promise<T>,
): Promise<T> {
  const product = await startProduct(undefined, directory);
  try {
    return await work(product);
  } finally {
    await product.stop();
  }
}

const words = businessMail(MANY / 2).text.match(/\p{L}+/gu) ?? [];
const longest = words.reduce((one, other) => (other.length > one.length ? other : one), '');

const searches: Readonly<Record<string, string>> = {
  'in every mail': 'rechnung',
  'in half of them': 'muster',
  'in every sixth': 'kunst',
  'a rare compound': longest,
  'nothing, of frequent letters': 'ungsstein',
  'nothing at all': 'xylophon',
  'an order number': businessMail(12_345).orderNumber,
  'three words': 'rechnung lieferung muster',
  'a frequent word and one that is nowhere': 'rechnung ungsstein',
  'a phrase': '"sehr geehrte Damen"',
  'an address': 'info77@',
};

async function searchFigures(product: Product): Promise<Figure[]> {
  for (let round = 0; round < WARM_UP; round += 1) await list(product, 'limit=20');
  const figures: Figure[] = [];
  const measure = async (name: string, task: () => Promise<unknown>): Promise<void> => {
    const value = await medianMs(task, ROUNDS);
    figures.push({ name: `search: ${name}`, value, unit: 'ms', limit: 50 });
  };
  for (const [name, text] of Object.entries(searches)) {
    const search = `search=${encodeURIComponent(text)}`;
    await measure(name, () => list(product, `limit=20&${search}`));
    await measure(`${name}, by date`, () => byDate(product, text));
  }
  await measure('in every mail, in a small group', () =>
    list(product, `limit=20&groupId=${String(SMALL_GROUP)}&search=rechnung`),
  );
  await measure('in half of them, unread and done', () =>
    list(product, 'limit=20&state=done&unread=true&search=muster'),
  );
  return figures;
}

async function list({ baseUrl, token }: Product, query: string): Promise<unknown> {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`${baseUrl}/api/v1/messages?${query}`, { headers });
  if (response.status !== 200) throw new Error(await response.text());
  return response.json();
}

const byDate = ({ archive }: Product, text: string) =>
  archive.items.GetList({
    Filter: RpcItemFilter.make({ SearchFor: text }),
    OrderBy: OrderBy.iobStartDate,
    OrderDirection: OrderDirection.iodDescending,
    Offset: 0,
    ListValues: asSet(ListValue.lvSubject, ListValue.lvFrom, ListValue.lvStartDate),
    UserFields: [],
    OrderUserFieldRef: 0,
    ListValuesEx: 0,
  });

async function medianMs(task: () => Promise<unknown>, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    await task();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
