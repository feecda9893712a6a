/** The HTTP side of the bridge. */
export { createApp, type AppDependencies } from './app.js';
export { documentRoutes } from './document-routes.js';
export { type MeasuredRequest } from './request-log.js';
export { type Problem, type ProblemCode } from './problems.js';
export {
  route,
  scopes,
  type AnyRoute,
  type CallerIdentity,
  type Language,
  type Reply,
  type RequestContext,
  type Scope,
} from './route.js';
export { listen, type RunningServer } from './server.js';
