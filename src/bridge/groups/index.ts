/** Groups and their addresses. */
export { type Group, type GroupDependencies } from './groups.js';
export { groupRoutes } from './routes.js';
