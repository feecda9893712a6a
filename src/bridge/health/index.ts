/** Health. */
export { readFlow, type AccountReport, type FlowReport } from './flow-report.js';
export { isFailing, isStuck, oldestInOutbox } from './judgement.js';
export { type AccountHealth, type MailHealth } from './mail-health.js';
export { healthRoutes } from './routes.js';
export { HOSTED_QUOTA_BYTES } from './storage-quota.js';
