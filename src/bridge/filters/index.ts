/** Filters: the tree and how a stored filter is read. */
export { filterTree, type FilterNode } from './filter-tree.js';
export { filterRoutes } from './routes.js';
