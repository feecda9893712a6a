/** Messages: lists, reading, filing, sending. */
export { changeMessage, type MessageChange } from './change-message.js';
export { listMessages, ownQuery, storedQuery } from './list-messages.js';
export { detailOf, messageDetail, messageSummary } from './message-view.js';
export { messageRoutes } from './routes.js';
export { sendDraft, sendMessage, type Accepted, type SendRequest } from './send-message.js';
