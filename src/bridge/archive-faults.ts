/**
 * What a fault of the archive means to the bridge's caller. GREYHOUND's own numbers are not published, so only the
 * numbers of archives that serve RpcMailBridge are known; they begin at 9000 and are fixed for ever.
 */
import type { ArchiveFailure } from '../greyhound/index.js';
import { BridgeFailure, type BridgeCode } from './failure.js';

const meanings: Readonly<Record<number, BridgeCode>> = {
  9003: 'notFound',
  9004: 'lockedInArchive',
  9005: 'lockedInArchive',
  9009: 'senderNotServed',
};

/** @returns null when the number says nothing to us */
export function archiveFaultMeaning(failure: ArchiveFailure): BridgeFailure | null {
  const meaning = meanings[Number(failure.params['rawCode'])];
  if (failure.code !== 'archiveFault' || meaning === undefined) return null;
  return new BridgeFailure(meaning, {
    disposition: meaning === 'lockedInArchive' ? 'transient' : 'actionRequired',
    origin: 'archive',
    cause: failure,
  });
}
