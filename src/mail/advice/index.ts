/** Advice on failed attempts to sign in, fetch or send. */
export { advise } from './advise.js';
export type { Advice, AdviceCode, FailedAttempt } from './attempt.js';
