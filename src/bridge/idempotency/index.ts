/** Idempotency-Key on every POST. */
export { Idempotency, idempotencyEntries, type Run } from './idempotency.js';
export { type IdempotencySchema } from './schema.js';
