/** Bearer tokens. */
export { tokensMigrations, type TokensSchema } from './schema.js';
export { Tokens } from './tokens.js';
