/** What it costs to read a mail for addresses and numbers: an ordinary one, a long one, and how that grows. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { findInMail } from '../../src/bridge/assignment/reading/find-in-mail.js';
import type { ReadableMail } from '../../src/bridge/assignment/reading/found-in-mail.js';
import { median, type Figure } from './report.js';

const ORDINARY_RUNS = 1000;
const NUMBERS = 200_000;

const mailOf = (body: Pick<ReadableMail, 'text' | 'html'>): ReadableMail => ({
  from: ['"Berger, Anna" <anna@huber.example>'],
  replyTo: [],
  to: ['service@shop.example'],
  cc: [],
  bcc: [],
  subject: 'AW: Bestellung AB-5003',
  ...body,
});

export async function benchReading(): Promise<Figure[]> {
  const ordinary: number[] = [];
  for (let run = 0; run < ORDINARY_RUNS; run += 1)
    ordinary.push((await timed(ordinaryMail())).totalMs);
  await timed(longMail(NUMBERS));
  const quarter = await timed(longMail(NUMBERS / 4));
  const long = await timed(longMail(NUMBERS));
  return [
    {
      name: 'an ordinary mail is read in',
      value: median(ordinary),
      unit: 'ms',
      limit: 1,
    },
    {
      name: '10 MB with 200,000 numbers are read in',
      value: long.totalMs,
      unit: 'ms',
      limit: 1500,
    },
    { name: 'and hold up others for no longer than', value: long.longestMs, unit: 'ms', limit: 50 },
    {
      name: 'four times the length takes so much longer',
      value: long.totalMs / quarter.totalMs,
      unit: 'x',
      limit: 6,
    },
  ];
}

function ordinaryMail(): ReadableMail {
  const text = 'Guten Tag,\nwir haben etwas bestellt und warten darauf.\n'.repeat(50);
  const signature = 'Bestellung AB-5003 vom 12.03.2024\nAnna Berger, anna@huber.example';
  const html = text.replaceAll('\n', '<br>\n').replaceAll('etwas', '<b>etwas</b>');
  return mailOf({ text: text + signature, html: `<p style="margin:0">${html}${signature}</p>` });
}

/** As it comes from a decoder: in one piece. */
function longMail(count: number): ReadableMail {
  const numbers = Array.from({ length: count }, (_, index) => `AB-${100_000 + index}`);
  const text = Buffer.from(
    numbers.join(' und danach fragen wir auch noch einmal nach: '),
  ).toString();
  return mailOf({ text, html: null });
}

async function timed(mail: ReadableMail): Promise<{ totalMs: number; longestMs: number }> {
  const state = { isOver: false };
  const start = performance.now();
  const reading = findInMail(mail).then(() => {
    state.isOver = true;
    return performance.now() - start;
  });
  let longestMs = 0;
  for (let before = start; !state.isOver;) {
    await nextTurn();
    const now = performance.now();
    longestMs = Math.max(longestMs, now - before);
    before = now;
  }
  return { totalMs: await reading, longestMs };
}
