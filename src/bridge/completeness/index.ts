/** Is everything stored that is on the server; what would be deleted there. */
export { MailboxCompleteness } from './completeness.js';
export { mailboxCompletenessRoutes } from './routes.js';
