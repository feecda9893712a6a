/** Staged saves of accounts and group addresses. */
export { type Guard } from './guard.js';
export { changesetRoutes } from './routes.js';
export { type DryRun, type Save, type SaveDependencies, type SaveResult } from './save.js';
export {
  changesetRequest,
  type Changes,
  type ChangesetRequest,
  type GroupUpdate,
} from './schemas.js';
