/** What an ERP adapter builds on, beside the public functions of each capability. */
export {
  DEFAULT_POLL_INTERVAL_MINUTES,
  DEFAULT_TIMEOUT_SECONDS,
} from './accounts/incoming-wire.js';
export { BridgeFailure, refuse } from './failure.js';
export { InvalidInput, knownFailure } from './http/problems.js';
export {
  route,
  type AnyRoute,
  type Language,
  type Reply,
  type RequestContext,
  type RouteDefinition,
  type Scope,
} from './http/route.js';
export { validate } from './http/validation.js';
