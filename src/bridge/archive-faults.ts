/**
 * What a fault of the archive means to the bridge's caller. GREYHOUND's own numbers are not published, so only the
 * numbers of archives that serve RpcMailBridge are known; they begin at 9000 and are fixed for ever.
 */
import { ArchiveFailure } from '../greyhound/index.js';
import { MailFailure, type MailFailureCode } from '../mail/errors.js';
import { BridgeFailure, type BridgeCode } from './failure.js';
import { mailFailures } from './texts/mail-failures.js';

const meanings: Readonly<Record<number, BridgeCode>> = {
  9003: 'notFound',
  9004: 'lockedInArchive',
  9005: 'lockedInArchive',
  9009: 'senderNotServed',
  9013: 'storageUnavailable',
  9016: 'messageHeld',
  9017: 'personMessagesChanged',
};

/** What goes by without the caller's doing. */
const passing: ReadonlySet<BridgeCode> = new Set(['lockedInArchive', 'storageUnavailable']);

/**
 * A mail server that the archive could not ask, as RpcMailBridge tells it: a stable code in brackets, then words.
 * @returns null for anything else
 */
export function failedCheck(failure: unknown): { code: string; words: string } | null {
  if (!(failure instanceof ArchiveFailure) || failure.code !== 'archiveFault') return null;
  const text = String(failure.params['serverText'] ?? '');
  const [, code, words = ''] = /^\[(\w+)\]\s*(.*)$/s.exec(text) ?? [];
  return code === undefined ? null : { code, words };
}

/** @returns null when the number says nothing to us */
export function archiveFaultMeaning(failure: ArchiveFailure): BridgeFailure | null {
  const meaning = meanings[Number(failure.params['rawCode'])];
  if (failure.code !== 'archiveFault' || meaning === undefined) return null;
  return new BridgeFailure(meaning, {
    disposition: passing.has(meaning) ? 'transient' : 'actionRequired',
    origin: 'archive',
    cause: failure,
  });
}

/** What the mail server did, where the archive names it by a code that has texts; else what the archive says. */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const failed = failedCheck(error);
    if (failed === null || !isTold(failed.code)) throw error;
    throw new MailFailure(failed.code, { params: { serverText: failed.words }, cause: error });
  }
}

/** Which other service answers stands in no code: there the archive's own words say more. */
const isTold = (code: string): code is MailFailureCode =>
  Object.hasOwn(mailFailures, code) && code !== 'wrongProtocol';
