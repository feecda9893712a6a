import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { findInMail } from '../../../../src/bridge/assignment/reading/find-in-mail.js';
import { mail } from './mails.js';

/** As it comes from a decoder: in one piece. */
const filled = (part: string, length: number) =>
  Buffer.from(part.repeat(Math.ceil(length / part.length))).toString();
const known = 'info@huber.example AB-5003 ';

async function readsWhatIsKnown(body: { text: string } | { html: string }): Promise<void> {
  const found = await findInMail(mail(body));
  expect(found.addresses.map(({ address }) => address)).toContain('info@huber.example');
  expect(found.references.map(({ reference }) => reference)).toContain('ab-5003');
  expect(found.references.length).toBeLessThan(5);
}

// What costs more than in proportion to the length takes minutes here, not a second.
describe('BRG-14 a body is read in linear time', () => {
  const numberAddress = `${'a+'.repeat(30)}1@`;
  const longDomain = `a@${'.-'.repeat(127)}`;

  it.each([
    ...['a@', '@', 'a', 'a.', '-', 'AB-', '1a+', 'AB1/', 'A\u00ad', 'ü\u0308', '𝟓', 'Nr.'],
    ...[numberAddress, longDomain],
  ])('of 3 MB of %j', async (part) => {
    await readsWhatIsKnown({ text: `${known}${filled(part, 3_000_000)} ${known}` });
  });

  it.each([
    ...['<', '&', '&#', '&amp', '<p>', '</p>', '<form><svg><title>', '<script>', '<![CDATA['],
    ...['<!--', '<!-- <!-- -->', '<a ', '<a href="mailto:', '<a href=mailto:a@b.c?to=&'],
  ])('of 3 MB of HTML %s', async (part) => {
    await readsWhatIsKnown({ html: `${known}${filled(part, 3_000_000)}` });
  });

  it('of 10 MB of addresses and numbers, and of elements in each other', async () => {
    await readsWhatIsKnown({ text: `${known}${filled('a@b c-1 ', 10_000_000)}` });
    await readsWhatIsKnown({ html: `${known}${filled('<b>', 10_000_000)}` });
  });
});

describe('BRG-14 a header member is read in linear time', () => {
  it.each(['(', '<', '"', ',', 'a@', 'a:', 'a@b.c, ', '\\'])('with 3 MB of %s', async (part) => {
    const from = [`info@huber.example,${filled(part, 3_000_000)}`];
    const { addresses } = await findInMail(mail({ from }));
    expect(addresses[0]).toEqual({ address: 'info@huber.example', places: ['from'] });
  });
});

/** Turns that others had while the mail was read. */
async function turnsWhile<T>(work: Promise<T>): Promise<{ result: T; turns: number }> {
  const state = { isOver: false, turns: 0 };
  const result = work.finally(() => {
    state.isOver = true;
  });
  while (!state.isOver) {
    await nextTurn();
    state.turns += 1;
  }
  return { result: await result, turns: state.turns };
}

describe('BRG-14 a long mail lets others have their turn: one', () => {
  const numbers = Array.from({ length: 200_000 }, (_, index) => `AB-${100_000 + index}`);
  const body = Buffer.from(
    numbers.join(' und danach fragen wir auch noch einmal nach: '),
  ).toString();

  it.each(['text', 'html'] as const)('of 10 MB with 200,000 numbers in its %s', async (member) => {
    expect(body.length).toBeGreaterThan(10_000_000);
    const { result, turns } = await turnsWhile(findInMail(mail({ [member]: body })));
    expect(result.references.map(({ text }) => text)).toEqual(numbers);
    expect(turns).toBeGreaterThan(50);
  });

  it('and an ordinary one takes one turn', async () => {
    const text = 'Guten Tag,\n\nwann kommt AB-5003? Antwort an info@huber.example.\n'.repeat(60);
    const html = `<p style="margin:0">${text.replaceAll('\n', '<br>')}</p>`.repeat(3);
    const { turns } = await turnsWhile(findInMail(mail({ from: ['a@x.example'], text, html })));
    expect(turns).toBe(1);
  });
});
