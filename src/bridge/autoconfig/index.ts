/** From an e-mail address to the servers of its mailbox. */
export { autoconfigRoutes } from './routes.js';
