/** What the bridge itself refuses or reports. http/problems.ts maps every code to one RFC 9457 problem. */
import { Failure, type FailureDetails } from '../platform/failure.js';

export type BridgeCode =
  // the request
  | 'invalidRequest'
  | 'unknownField'
  | 'invalidJson'
  | 'unsupportedMediaType'
  | 'bodyTooLarge'
  | 'unauthenticated'
  | 'forbidden'
  | 'notFound'
  | 'methodNotAllowed'
  | 'tooManyRequests'
  | 'preconditionRequired'
  | 'preconditionFailed'
  | 'idempotencyKeyReused'
  | 'idempotencyInProgress'
  // settings
  | 'notConfigured'
  | 'interfaceDisabled'
  | 'managedByVendor'
  | 'managedByEnvironment'
  | 'archiveUrlNotHttps'
  | 'archiveVersionTooOld'
  | 'notSupportedByArchive'
  | 'lockedInArchive'
  // accounts and provisioning
  | 'accountLimitReached'
  | 'accountNameTaken'
  | 'mailboxAlreadyConnected'
  | 'elementExists'
  | 'managedExternally'
  | 'groupAddressRequired'
  | 'groupsAreAutomatic'
  | 'apopNotForSmtp'
  | 'notRepresentable'
  | 'provisioningFailed'
  | 'activationFailed'
  | 'operationUnfinished'
  | 'partlySaved'
  | 'saveInterrupted'
  | 'removalNotConfirmed'
  | 'removalNotProven'
  | 'passwordRequired'
  | 'clearTextLoginNotAllowed'
  | 'abandonedAfterRestore'
  // signing in by OAuth2
  | 'alreadyLinked'
  | 'stillLinked'
  | 'linkRequired'
  | 'linkNotFinished'
  | 'linkUsed'
  | 'linkExpired'
  | 'linkForOtherAccount'
  | 'wrongAccount'
  | 'linkHostNotServed'
  | 'oauthProviderMissing'
  | 'oauthFlowNotOffered'
  | 'oauthProviderInUse'
  | 'oauthProviderInvalid'
  // messages
  | 'senderNotServed'
  | 'notArmed'
  | 'messageNotSendable'
  | 'messageNotInDoubt'
  | 'messageNotQueued'
  | 'messageHeld'
  | 'expiryNotConfirmed'
  | 'personMessagesChanged'
  | 'notADraft'
  // directory and assignment
  | 'directoryUnavailable'
  | 'directoryLineInvalid'
  | 'uploadOutOfStep'
  | 'uploadBusy'
  | 'userUnknown'
  | 'userMayNotUseMail'
  | 'recordUnknown'
  | 'runNotStanding'
  | 'rerunOutdated'
  | 'storageUnavailable'
  | 'internalError';

export class BridgeFailure extends Failure<BridgeCode> {
  override readonly name = 'BridgeFailure';
}

/** A request that cannot be carried out as it stands; the caller has to change it. */
export const refuse = (
  code: BridgeCode,
  details: Pick<FailureDetails, 'field' | 'params' | 'cause'> = {},
): BridgeFailure =>
  new BridgeFailure(code, { disposition: 'permanent', origin: 'caller', ...details });
