/** Settings checks of accounts, and the findings that all checks give. */
export { type TrialDependencies } from './account-trials.js';
export { type AccountTrial } from './check-account.js';
export { finding, findingSchema, findingsSchema, type Finding } from './finding.js';
export { checkRoutes } from './routes.js';
export { sendingRoutes } from './sending-routes.js';
