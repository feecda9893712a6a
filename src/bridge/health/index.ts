/** Health. */
export { type AccountHealth, type MailHealth } from './mail-health.js';
export { healthRoutes } from './routes.js';
