/** Messages: lists, reading, filing, sending. */
export { type MessageChange } from './change-message.js';
export { messageRoutes } from './routes.js';
export { type Accepted, type SendRequest } from './send-message.js';
