/**
 * Made-up ERP records, as many as one likes: customers with three orders on average, some with very many; of an order's
 * five references three count up, one names the customer and one is a marketplace's, in no order.
 */
import type { PushedDirectory } from '../../src/bridge/directory/store/pushed-directory.js';
import type { TradeQuestion } from '../../src/bridge/directory/directory.js';

/** Spreads numbers over 32 bits without repeating one (a bijection: odd multiplier, xor of its own high bits). */
function scattered(value: number): number {
  const mixed = Math.imul(value + 1, 0x9e3779b1) >>> 0;
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** One order in 50 is of one of 200 large customers. */
const customerOf = (order: number): number =>
  order % 50 === 0 ? scattered(order) % 200 : 200 + Math.floor(order / 3);

const address = (customer: number): string =>
  `kunde${scattered(customer).toString(36)}@firma${String(customer % 5000)}.example`;

const marketplaceNumber = (order: number): string => {
  const digits = String(scattered(order)).padStart(10, '0');
  return `30${digits.slice(0, 1)}-${digits.slice(1, 8)}-${String(order % 1e7).padStart(7, '0')}`;
};

export function orderLine(order: number): string {
  const customer = customerOf(order);
  return `${JSON.stringify({
    id: `o${String(order)}`,
    number: `AB-${String(100_000 + order)}`,
    contactId: `c${String(customer)}`,
    emails: [address(customer)],
    references: [
      `RE-${String(2_000_000 + order)}`,
      `LS-${String(3_000_000 + order)}`,
      `KD-${String(customer)}`,
      marketplaceNumber(order),
      `TX${scattered(order * 2 + 1).toString(36)}${String(order)}`,
    ],
    articleIds: [`a${String(order % 1000)}`, `a${String(order % 777)}`],
    offerIds: [],
  })}\n`;
}

export const contactLine = (customer: number): string =>
  `${JSON.stringify({
    id: `c${String(customer)}`,
    name: `Firma ${String(customer)}`,
    active: customer % 10 !== 0,
    emails: [address(customer), `info@kunde${String(customer)}.example`],
  })}\n`;

/** In chunks of about 64 KiB. */
export function* body(line: (index: number) => string, from: number, count: number) {
  for (let index = from; index < from + count; index += 200) {
    const last = Math.min(index + 200, from + count);
    yield Buffer.from(Array.from({ length: last - index }, (_, at) => line(index + at)).join(''));
  }
}

/** What is asked for one mail of a customer who writes about an order, besides words that look like numbers. */
export async function askAboutOrder(directory: PushedDirectory, order: number): Promise<void> {
  const customer = customerOf(order);
  const addresses = [
    address(customer),
    `einkauf@firma${String(order)}.test`,
    'shop@unsere.example',
  ];
  const references = [
    `ab-${String(100_000 + order)}`,
    `kd-${String(customer)}`,
    marketplaceNumber(order),
    '2026',
    '0800-123456',
    'din-4102',
  ];
  const question: TradeQuestion = { addresses, references, bodyReferences: references.slice(1) };
  await directory.userAddresses(addresses);
  const { byAddress } = await directory.trade('order', question);
  if (!byAddress.has(addresses[0] ?? '')) throw new Error(`order ${String(order)} was not found`);
  await directory.trade('offer', question);
  await directory.contacts(addresses);
}

/** Numbers that stand in a mail made to hurt: of orders that exist, and others. */
export const manyReferences = (count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    index % 2 === 0 ? `ab-${String(100_000 + index)}` : `xy-${String(index)}`,
  );
