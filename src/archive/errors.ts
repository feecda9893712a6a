/**
 * Errors that the archive answers over RPC. Numbers are this archive's own, fixed for ever and transmitted as they
 * stand here (GREYHOUND's documented numbers plus 700 begin above 700; ours begin at 9000 to keep clear of them).
 */
const numbers = {
  unknownMethod: 9001,
  badParameters: 9002,
  notFound: 9003,
  notLocked: 9004,
  lockedByOther: 9005,
  invalidValue: 9006,
  inUse: 9007,
  /** A connection test failed; the message says why. */
  checkFailed: 9008,
  /** No active SMTP account serves the sender. */
  noAccountForSender: 9009,
  /** The request is no JSON-RPC call. */
  badRequest: 9010,
  /** Documented, but not done by this archive. */
  notSupported: 9011,
  signInFailed: 9012,
  /** The archive cannot write to its disk, or read from it; nothing was done. */
  storageUnavailable: 9013,
  /** Signing in by OAuth cannot begin, or its result cannot be used; the message begins with a code in brackets. */
  oauth2Refused: 9014,
  /** The caller lacks the right. */
  notAllowed: 9015,
  /** The item is held: nobody may delete it. */
  onHold: 9016,
  /** What was confirmed is not what would be done now. */
  notConfirmed: 9017,
  internal: 9099,
} as const;

export type RpcErrorCode = keyof typeof numbers;

export class RpcError extends Error {
  override readonly name = 'RpcError';
  constructor(
    readonly code: RpcErrorCode,
    message: string,
  ) {
    super(message);
  }

  /** As transmitted. */
  get number(): number {
    return numbers[this.code];
  }
}
