/** Idempotency-Key on every POST. */
export { DatabaseStore } from './database-store.js';
export { Idempotency, type Run } from './idempotency.js';
export { type IdempotencySchema } from './schema.js';
