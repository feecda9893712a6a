/** Operations: progress and result of saves. */
export { type Operation } from './operations.js';
export { operationRoutes } from './routes.js';
