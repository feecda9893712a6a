/**
 * Why the ERP could not be asked. For whoever asked it is all the same: nothing is known, so nothing is decided, and
 * the question is put again later. The reason is for the administrator and for the log.
 */
import type { MailFailureCode } from '../../../mail/errors.js';
import { BridgeFailure } from '../../failure.js';

/** What the ERP did; for the way there the codes of connections are used. */
export type AnswerFault =
  /** 401 or 403. */
  | 'tokenRefused'
  /** `status` is neither success nor a redirect. */
  | 'statusRefused'
  /** Redirects are not followed: the token would go along. */
  | 'redirected'
  | 'tooSlow'
  | 'answerTooLarge'
  | 'answerNotJson'
  /** `member` names the first place that is wrong. */
  | 'answerInvalid'
  /** No address or no token is stored. */
  | 'notSetUp';

export type LookUpReason = AnswerFault | MailFailureCode;

/** Waiting does not help here. */
const toBeRepaired: ReadonlySet<LookUpReason> = new Set(['tokenRefused', 'notSetUp']);

export interface LookUpFailureDetails {
  readonly status?: number;
  readonly member?: string;
  readonly cause?: unknown;
}

/** Its code is `directoryUnavailable`. */
export class LookUpFailure extends BridgeFailure {
  constructor(
    readonly reason: LookUpReason,
    host: string,
    { cause, ...params }: LookUpFailureDetails = {},
  ) {
    super('directoryUnavailable', {
      disposition: toBeRepaired.has(reason) ? 'actionRequired' : 'transient',
      origin: 'erp',
      params: { host, reason, ...params },
      ...(cause === undefined ? {} : { cause }),
    });
  }
}
