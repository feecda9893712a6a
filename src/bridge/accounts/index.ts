/** Incoming and SMTP accounts. */
export { PASSWORD_PLACEHOLDER } from './fields.js';
export {
  type AccountDependencies,
  type AccountList,
  type SavedAccount,
  type Versioned,
} from './incoming-accounts.js';
export { accountRoutes, type AccountServices } from './routes.js';
export * from './schemas.js';
