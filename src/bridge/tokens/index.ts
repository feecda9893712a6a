/** Bearer tokens. */
export { type TokensSchema } from './schema.js';
export { Tokens } from './tokens.js';
