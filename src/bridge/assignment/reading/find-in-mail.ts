/**
 * Reads a mail for what can lead to a record: every e-mail address and every possible reference number, each with its
 * places. Whether one is known to the ERP is not asked here.
 *
 * A mail is written by a stranger. Nothing in here takes longer than in proportion to its length, and long mails are
 * read in slices (pace.ts), so that one of 10 MB holds up nobody. Quoted and forwarded text counts like the rest.
 */
import { Findings } from './findings.js';
import type { FoundInMail, ReadableMail } from './found-in-mail.js';
import { HeaderAddresses } from './header-addresses.js';
import { HtmlText } from './html-text.js';
import { Pace } from './pace.js';
import { TextAddresses } from './text-addresses.js';
import { TextNumbers } from './text-numbers.js';

/** Header members that name people, in the order of `places`. */
const members = ['from', 'replyTo', 'to', 'cc', 'bcc'] as const;

/** Text and HTML of a mail are both read, although they mostly say the same. */
export async function findInMail(mail: ReadableMail, pace = new Pace()): Promise<FoundInMail> {
  const findings = new Findings();
  for (const member of members)
    for (const entries of mail[member])
      await pace.finish(new HeaderAddresses(entries, (key) => findings.addAddress(key, member)));
  await readText(mail.subject, 'subject', findings, pace);
  if (mail.text !== null) await readText(mail.text, 'body', findings, pace);
  if (mail.html !== null) await readHtml(mail.html, findings, pace);
  const { addresses, references } = findings;
  return { addresses, references };
}

async function readText(
  text: string,
  place: 'subject' | 'body',
  findings: Findings,
  pace: Pace,
): Promise<void> {
  await readAddresses(text, place, findings, pace);
  await pace.finish(new TextNumbers(text, (number) => findings.addWrittenReference(number, place)));
}

async function readAddresses(
  text: string,
  place: 'subject' | 'body',
  findings: Findings,
  pace: Pace,
): Promise<void> {
  await pace.finish(
    new TextAddresses(text, (address) => findings.addWrittenAddress(address, place)),
  );
}

async function readHtml(html: string, findings: Findings, pace: Pace): Promise<void> {
  const content = new HtmlText(html);
  await pace.finish(content);
  for (const stretch of content.text) await readText(stretch, 'body', findings, pace);
  for (const stretch of content.targets) await readAddresses(stretch, 'body', findings, pace);
}
