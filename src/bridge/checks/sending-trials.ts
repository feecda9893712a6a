/** What is tried with accounts beyond signing in: whether senders are accepted, and whether a mail arrives. */
import { type GreyhoundClient, type RoundTrip, type SenderCheck } from '../../greyhound/index.js';
import { MailFailure, type MailFailureCode } from '../../mail/errors.js';
import { isEmailAddress, sameName } from '../accounts/fields.js';
import { sendersFromWire } from '../accounts/smtp-wire.js';
import type { ArchiveAccess } from '../archive-access.js';
import { failedCheck } from '../archive-faults.js';
import { BridgeFailure, refuse } from '../failure.js';
import { clientWithMailBridge } from '../client-with-mail-bridge.js';
import { mailboxAddress } from '../provisioning/mailbox-address.js';
import { readAccountLists } from '../provisioning/snapshot.js';
import { mailFailures } from '../texts/mail-failures.js';

/** As many as the archive asks about at once. */
export const MAX_SENDERS = 100;

/**
 * Asks the submission server about each sender, up to RCPT TO; nothing is sent.
 * @param given undefined: the senders of the account, and the addresses of all groups
 * @throws BridgeFailure notFound, notSupportedByArchive; MailFailure when the server cannot be asked
 */
export async function checkSenders(
  access: ArchiveAccess,
  smtpId: number,
  given: readonly string[] | undefined,
): Promise<SenderCheck[]> {
  const client = await clientWithMailBridge(access);
  const Senders = [...(given ?? (await customarySenders(client, smtpId)))].slice(0, MAX_SENDERS);
  return asMailFailure(() => client.mailBridge.CheckSenders({ ID: smtpId, Senders }));
}

async function customarySenders(
  client: GreyhoundClient,
  smtpId: number,
): Promise<readonly string[]> {
  const [{ smtp }, groups] = await Promise.all([
    readAccountLists(client),
    client.groups.GetCompleteList({ AdvancedFields: true }),
  ]);
  const account = smtp.find(({ ID }) => ID === smtpId);
  if (account === undefined) throw refuse('notFound');
  const all = [...sendersFromWire(account.Filter), ...groups.map(({ Email }) => Email.trim())];
  const known = new Map(
    all.filter(isEmailAddress).map((address) => [address.toLowerCase(), address]),
  );
  return [...known.values()];
}

/**
 * Sends a marked mail to the mailbox, finds it there and removes it.
 * @param given undefined: the SMTP account of the same name
 * @throws BridgeFailure notFound, notSupportedByArchive, notArmed, senderNotServed
 */
export async function roundTrip(
  access: ArchiveAccess,
  incomingId: number,
  given: number | undefined,
): Promise<RoundTrip> {
  const client = await clientWithMailBridge(access);
  const { incoming, smtp } = await readAccountLists(client);
  const account = incoming.find(({ ID }) => ID === incomingId);
  if (account === undefined) throw refuse('notFound');
  const submission = smtp.find(({ ID, Name }) =>
    given === undefined ? sameName(Name, account.Name) : ID === given,
  );
  if (submission === undefined) throw refuse('notFound', { field: 'smtpAccountId' });
  const Address = await mailboxAddress(client, account);
  if (Address === null) {
    throw refuse('senderNotServed', { params: { sender: account.Username } });
  }
  return asMailFailure(() =>
    client.mailBridge.CheckRoundTrip({ Pop3Ref: account.ID, SmtpRef: submission.ID, Address }),
  );
}

/** A server that the archive could not ask is the mail server's failure, not the archive's. */
async function asMailFailure<R>(call: () => Promise<R>): Promise<R> {
  try {
    return await call();
  } catch (error) {
    const told = failedCheck(error);
    if (told === null) throw error;
    const { code, words } = told;
    if (code === 'notArmed')
      throw new BridgeFailure(code, { disposition: 'actionRequired', origin: 'archive' });
    if (!Object.hasOwn(mailFailures, code)) throw error;
    const params = { serverText: words };
    throw new MailFailure(code as MailFailureCode, { params, cause: error });
  }
}
