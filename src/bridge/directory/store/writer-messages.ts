/** What the calling thread and the writer's thread say to each other. */
import { BridgeFailure, type BridgeCode } from '../../failure.js';
import type { FailureDetails } from '../../../platform/failure.js';
import { systemCode } from '../../../platform/system-error.js';
import type { PushedType } from '../schemas.js';
import type { PushOutcome, PushRequest } from './push-run.js';

export interface WriterData {
  readonly file: string;
  readonly installationId: string;
}

/** A job has an id; a chunk, and the end of a body, come when the job asked for `more`. */
export type ToWriter =
  | { readonly kind: 'push'; readonly id: number; readonly request: PushRequest }
  | { readonly kind: 'chunk'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'bodyEnded'; readonly id: number }
  | { readonly kind: 'bodyFailed'; readonly id: number }
  | {
      readonly kind: 'remove';
      readonly id: number;
      readonly type: PushedType;
      readonly recordId: string;
    }
  | { readonly kind: 'sweep'; readonly id: number }
  | { readonly kind: 'close' };

export type FromWriter =
  | { readonly kind: 'more'; readonly id: number }
  | { readonly kind: 'done'; readonly id: number; readonly outcome: PushOutcome | null }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: FailureMessage };

/** An error loses its class between threads. */
export type FailureMessage =
  | { readonly isFailure: true; readonly code: BridgeCode; readonly details: FailureDetails }
  | { readonly isFailure: false; readonly message: string; readonly systemCode: string | null };

export function failureMessage(error: unknown): FailureMessage {
  if (error instanceof BridgeFailure) {
    const { code, disposition, origin, field, params } = error;
    const details = { disposition, origin, params, ...(field === undefined ? {} : { field }) };
    return { isFailure: true, code, details };
  }
  const message = error instanceof Error ? error.message : 'unknown';
  return { isFailure: false, message, systemCode: systemCode(error) ?? null };
}

/** With its code where the system or SQLite gave one: what the storage is at fault for is told by it. */
export function errorOf(failure: FailureMessage): Error {
  if (failure.isFailure) return new BridgeFailure(failure.code, failure.details);
  const error = new Error(`writing directory records: ${failure.message}`);
  return failure.systemCode === null ? error : Object.assign(error, { code: failure.systemCode });
}
