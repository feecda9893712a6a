/** Incoming and SMTP accounts. */
export { isEmailAddress, PASSWORD_PLACEHOLDER, sameName } from './fields.js';
export {
  IncomingAccounts,
  type AccountDependencies,
  type AccountList,
  type SavedAccount,
  type Versioned,
} from './incoming-accounts.js';
export { accountRoutes, type AccountServices } from './routes.js';
export * from './schemas.js';
export { SmtpAccounts } from './smtp-accounts.js';
