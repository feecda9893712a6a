/** ERP users: for whom a request is made, and what they may see. */
export { actingUser, USER_HEADER, userIdOf, type Users } from './acting-user.js';
export { maySee, type VisibleRecord } from './may-see.js';
