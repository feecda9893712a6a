/** Salesware by 4SELLERS: the mail registers in its own forms and words, under `/adapters/salesware`. */
import type { AnyRoute } from '../../src/bridge/index.js';
import { Operations } from '../operations.js';
import { accountRoutes } from './account-routes.js';
import { assignmentRoutes } from './assignment-routes.js';
import { blacklistRoutes } from './blacklist-routes.js';
import { communicationRoutes } from './communication-routes.js';
import { groupRoutes } from './group-routes.js';
import { linkRoutes } from './link-routes.js';
import { saveRoutes } from './save-routes.js';
import { sendRoutes } from './send-routes.js';
import { settingsRoutes } from './settings-routes.js';

/** @param api the routes of the API, which the registers call */
export function saleswareRoutes(api: readonly AnyRoute[]): AnyRoute[] {
  const operations = new Operations(api);
  return [
    ...settingsRoutes(operations),
    ...accountRoutes(operations),
    ...linkRoutes(operations),
    ...groupRoutes(operations),
    ...saveRoutes(operations),
    ...blacklistRoutes(operations),
    ...assignmentRoutes(operations),
    ...sendRoutes(operations),
    ...communicationRoutes(operations),
  ];
}
