/** Groups and their addresses. */
export { Groups, type Group, type GroupDependencies } from './groups.js';
export { groupRoutes } from './routes.js';
