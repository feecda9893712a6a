/** Operations: progress and result of saves. */
export { Operations, type Operation } from './operations.js';
export { operationRoutes } from './routes.js';
