/**
 * One table from every failure code to the problem (RFC 9457) that a caller gets. Types make it complete: a new code
 * without a status or texts does not compile.
 */
import { ArchiveFailure, type ArchiveCode } from '../../greyhound/index.js';
import { MailFailure, type MailFailureCode } from '../../mail/errors.js';
import type { Failure } from '../../platform/failure.js';
import { type FailureDetails } from '../../platform/failure.js';
import { storageFaultOf } from '../../platform/storage-fault.js';
import { BridgeFailure, type BridgeCode } from '../failure.js';
import { archiveFailures } from '../texts/archive-failures.js';
import { bridgeFailures } from '../texts/bridge-failures.js';
import { mailFailures } from '../texts/mail-failures.js';
import { fill, type Language, type Message } from '../texts/text.js';
import { archiveFaultMeaning } from '../archive-faults.js';

export type ProblemCode = BridgeCode | ArchiveCode | MailFailureCode;

const bridgeStatus: Readonly<Record<BridgeCode, number>> = {
  invalidRequest: 400,
  unknownField: 400,
  invalidJson: 400,
  unsupportedMediaType: 415,
  bodyTooLarge: 413,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  tooManyRequests: 429,
  preconditionRequired: 428,
  preconditionFailed: 412,
  idempotencyKeyReused: 422,
  idempotencyInProgress: 409,
  notConfigured: 409,
  interfaceDisabled: 409,
  managedByVendor: 409,
  managedByEnvironment: 409,
  archiveUrlNotHttps: 422,
  archiveVersionTooOld: 502,
  notSupportedByArchive: 501,
  lockedInArchive: 409,
  accountLimitReached: 409,
  accountNameTaken: 409,
  mailboxAlreadyConnected: 409,
  elementExists: 409,
  managedExternally: 409,
  groupAddressRequired: 422,
  groupsAreAutomatic: 405,
  apopNotForSmtp: 422,
  notRepresentable: 422,
  provisioningFailed: 502,
  activationFailed: 502,
  operationUnfinished: 409,
  partlySaved: 502,
  saveInterrupted: 502,
  clearTextLoginNotAllowed: 422,
  abandonedAfterRestore: 409,
  alreadyLinked: 409,
  stillLinked: 409,
  linkRequired: 422,
  linkNotFinished: 422,
  linkUsed: 409,
  linkExpired: 422,
  linkForOtherAccount: 422,
  wrongAccount: 422,
  linkHostNotServed: 422,
  oauthProviderMissing: 422,
  oauthFlowNotOffered: 422,
  oauthProviderInUse: 409,
  oauthProviderInvalid: 422,
  removalNotConfirmed: 409,
  removalNotProven: 409,
  passwordRequired: 422,
  senderNotServed: 422,
  notArmed: 409,
  messageNotSendable: 502,
  messageNotInDoubt: 409,
  messageNotQueued: 409,
  messageHeld: 409,
  expiryNotConfirmed: 409,
  personMessagesChanged: 409,
  notADraft: 409,
  directoryUnavailable: 503,
  directoryLineInvalid: 422,
  uploadOutOfStep: 409,
  uploadBusy: 409,
  userUnknown: 403,
  userMayNotUseMail: 403,
  recordUnknown: 404,
  runNotStanding: 409,
  rerunOutdated: 409,
  storageUnavailable: 503,
  internalError: 500,
};

const archiveStatus: Readonly<Record<ArchiveCode, number>> = {
  archiveUnreachable: 502,
  archiveTimeout: 504,
  archiveConnectionLost: 502,
  archiveTls: 502,
  archiveLogin: 502,
  archiveNotFound: 404,
  archiveHttp: 502,
  archiveProtocol: 502,
  archiveFault: 502,
};

/** A mail server's failure is the gateway's (502, 504); what the caller can put right is 422. */
const mailStatus: Readonly<Record<MailFailureCode, number>> = {
  nameNotFound: 422,
  nameLookupFailed: 502,
  egressBlocked: 422,
  connectionRefused: 502,
  hostUnreachable: 502,
  connectTimeout: 504,
  responseTimeout: 504,
  connectionLost: 502,
  tlsFailed: 502,
  certificateUntrusted: 502,
  certificateExpired: 502,
  certificateNameMismatch: 502,
  tlsExpected: 422,
  plainExpected: 422,
  startTlsUnavailable: 422,
  wrongProtocol: 422,
  authenticationFailed: 422,
  authenticationUnavailable: 422,
  clearTextRefused: 422,
  notLinked: 422,
  linkEnded: 422,
  oauthClientRefused: 422,
  oauthUnavailable: 502,
  temporarilyUnavailable: 502,
  folderMissing: 422,
  serverRefused: 502,
  protocolViolation: 502,
  messageTooLarge: 422,
  invalidInput: 400,
};

export interface ProblemType extends Message {
  readonly status: number;
}

const join = <Code extends string>(
  statuses: Readonly<Record<Code, number>>,
  messages: Readonly<Record<Code, Message>>,
): Record<Code, ProblemType> =>
  Object.fromEntries(
    Object.entries<Message>(messages).map(([code, message]) => [
      code,
      { status: statuses[code as Code], ...message },
    ]),
  ) as Record<Code, ProblemType>;

export const problemTypes: Readonly<Record<ProblemCode, ProblemType>> = {
  ...join(bridgeStatus, bridgeFailures),
  ...join(archiveStatus, archiveFailures),
  ...join(mailStatus, mailFailures),
};

export interface FieldError {
  /** Dotted path in the body; name of the query or path parameter, or of the header. */
  readonly field: string;
  readonly code: 'invalidRequest' | 'unknownField';
  readonly message: string;
}

/** Bad input, field by field. Messages are already in the caller's language. */
export class InvalidInput extends BridgeFailure {
  constructor(readonly errors: readonly FieldError[]) {
    const [first] = errors;
    const code = errors.every((error) => error.code === 'unknownField')
      ? 'unknownField'
      : 'invalidRequest';
    super(code, {
      disposition: 'permanent',
      origin: 'caller',
      ...(first === undefined ? {} : { field: first.field }),
    });
  }
}

/** The body of an `application/problem+json` answer. */
export interface Problem extends Pick<FailureDetails, 'disposition' | 'origin'> {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly instance: string;
  readonly hint?: string;
  readonly field?: string;
  readonly errors?: readonly FieldError[];
  /** Values behind the texts, for callers that word their own. */
  readonly params?: Readonly<Record<string, string | number>>;
}

/** The failure that a caller is told about: ours as it is, anything else as an internal error. */
export function knownFailure(error: unknown): Failure<ProblemCode> {
  if (error instanceof ArchiveFailure) return archiveFaultMeaning(error) ?? error;
  if (error instanceof BridgeFailure || error instanceof MailFailure) return error;
  if (storageFaultOf(error) !== null)
    return new BridgeFailure('storageUnavailable', {
      disposition: 'transient',
      origin: 'bridge',
      cause: error,
    });
  return new BridgeFailure('internalError', {
    disposition: 'permanent',
    origin: 'bridge',
    cause: error,
  });
}

/** @param requestId a UUID */
export function problem(error: unknown, language: Language, requestId: string): Problem {
  const failure = knownFailure(error);
  const { status, title, detail, hint } = problemTypes[failure.code];
  const { params, field } = failure;
  return {
    type: problemUri(failure.code),
    title: fill(title, language, params),
    status,
    detail: fill(detail, language, params),
    code: failure.code,
    instance: `urn:uuid:${requestId}`,
    disposition: failure.disposition,
    origin: failure.origin,
    ...(hint === undefined ? {} : { hint: fill(hint, language, params) }),
    ...(field === undefined ? {} : { field }),
    ...(failure instanceof InvalidInput ? { errors: failure.errors } : {}),
    ...(Object.keys(params).length === 0 ? {} : { params }),
  };
}

/** Relative to the bridge's address (RFC 9457 §3.1.1); `GET` on it explains the problem. */
export const problemUri = (code: ProblemCode): string => `/problems/${code}`;
