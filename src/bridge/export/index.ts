/** Everything that is stored, to take away: nobody is locked in. */
export { exportRoutes } from './routes.js';
