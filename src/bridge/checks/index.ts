/** Settings checks of accounts, and the findings that all checks give. */
export { incomingTrial, smtpTrial, type TrialDependencies } from './account-trials.js';
export { checkAccount, type AccountTrial } from './check-account.js';
export { finding, findingSchema, findingsSchema, type Finding } from './finding.js';
export { checkRoutes } from './routes.js';
