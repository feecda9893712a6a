/**
 * The one error class for expected failures. A failure says what happened (`code`), what may be done about it
 * (`disposition`), where it arose (`origin`) and, for bad input, which `field` was wrong.
 *
 * Codes are closed unions owned by the layer that raises them; the bridge joins them and maps each to one
 * RFC 9457 problem. `params` hold values for the message texts: never a secret, never mail text.
 */
export type Disposition = 'transient' | 'permanent' | 'actionRequired';

export type Origin = 'caller' | 'mailServer' | 'archive' | 'erp' | 'bridge';

export interface FailureDetails {
  readonly disposition: Disposition;
  readonly origin: Origin;
  /** Dotted path of the input field at fault, as the caller wrote it. */
  readonly field?: string;
  /** Values for localized texts; no secrets, no mail text. */
  readonly params?: Readonly<Record<string, string | number>>;
  readonly cause?: unknown;
}

export class Failure<Code extends string = string> extends Error {
  override readonly name: string = 'Failure';
  readonly disposition: Disposition;
  readonly origin: Origin;
  readonly field: string | undefined;
  readonly params: Readonly<Record<string, string | number>>;

  constructor(
    readonly code: Code,
    details: FailureDetails,
    message: string = code,
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.disposition = details.disposition;
    this.origin = details.origin;
    this.field = details.field;
    this.params = details.params ?? {};
  }
}
