/** Metrics. */
export { Metrics } from './metrics.js';
export { metricsRoutes } from './routes.js';
