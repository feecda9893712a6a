/** Messages: lists, reading, filing, sending. */
export { type MessageChange } from './change-message.js';
export { sendFile } from './download.js';
export { messageSummary } from './message-view.js';
export { messageRoutes } from './routes.js';
export { newMessage } from './schemas.js';
export { type Accepted, type SendRequest } from './send-message.js';
export { TrackingMarks, type OutgoingMarks } from './tracking-marks.js';
