/** Whether this bridge, and no other copy of it, is to delete and send. */
export { requireArmed } from './require-armed.js';
export { armingRoutes } from './routes.js';
