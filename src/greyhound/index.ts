/** The GREYHOUND wire contract: types, codec, client. */
export * from './codec.js';
export * from './common.js';
export * from './credentials.js';
export * from './criteria.js';
export * from './errors.js';
export * from './filters.js';
export * from './groups.js';
export * from './info.js';
export * from './items.js';
export * from './locking.js';
export * from './mail-bridge.js';
export * from './pop3-accounts.js';
export * from './rules.js';
export * from './service.js';
export * from './signatures.js';
export * from './smtp-accounts.js';
export * from './users.js';
export { GreyhoundClient, type ArchiveConnectionOptions } from './client.js';
