/**
 * Made-up ERP records, as many as one likes: customers with three orders on average, some with very many; of an order's
 * five references three count up, one names the customer and one is a marketplace's, in no order.
 */
import { defaultPolicies } from '../../src/bridge/assignment/decision/decision.js';
import { evaluate } from '../../src/bridge/assignment/evaluation.js';
import type { ReadableMail } from '../../src/bridge/assignment/reading/found-in-mail.js';
import type { PushedDirectory } from '../../src/bridge/directory/store/pushed-directory.js';

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

const ordinaryText =
  'Guten Tag,\nwir haben bestellt und warten seit dem 12.11.2026 darauf.\n'.repeat(40);

/** A whole decision, from the text of a mail, with all that is looked up. */
const decided = (directory: PushedDirectory, mail: ReadableMail) =>
  evaluate(
    { directory, blocklist: { values: () => Promise.resolve(['newsletter.example']) } },
    {
      mail,
      date: null,
      history: [],
      pre: { assigned: [], removed: [], everOrder: false, everOffer: false },
      groupAddresses: new Set(['shop@unsere.example']),
      marked: [],
      policies: defaultPolicies,
    },
  );

const addressed = (from: string) => ({
  from: [from],
  replyTo: [],
  to: ['shop@unsere.example'],
  cc: [],
  bcc: [],
  html: null,
});

/** About a mail of a customer who writes about an order. */
export async function decideAboutOrder(directory: PushedDirectory, order: number): Promise<void> {
  const customer = customerOf(order);
  const { step } = await decided(directory, {
    ...addressed(`"Kunde ${String(customer)}" <${address(customer)}>`),
    cc: [`einkauf@firma${String(order)}.test`],
    subject: `AW: Bestellung AB-${String(100_000 + order)}`,
    text: `${ordinaryText}Kundennummer KD-${String(customer)}, ${marketplaceNumber(order)}\nTel. 0800-123456`,
  });
  if (step !== '2a') throw new Error(`order ${String(order)} was not found`);
}

/** A mail of 10 MB with so many different numbers, every other one that of an order. */
export function hostileMail(count: number): ReadableMail {
  const words = ' und danach fragen wir auch noch einmal nach: ';
  const text = Buffer.from(manyReferences(count).join(words)).toString();
  return { ...addressed('fremd@unbekannt.example'), subject: '', text };
}

/** @returns how many numbers were looked for */
export async function decideAbout(directory: PushedDirectory, mail: ReadableMail): Promise<number> {
  return (await decided(directory, mail)).trace.referenceCount;
}

/** Numbers that stand in a mail made to hurt: of orders that exist, and others. */
const manyReferences = (count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    index % 2 === 0 ? `ab-${String(100_000 + index)}` : `xy-${String(index)}`,
  );
