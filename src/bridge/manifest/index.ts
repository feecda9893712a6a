/** What the plugin contributes to an ERP, and the rules a manifest must keep. */
export { manifestEndpoints } from './endpoints.js';
export { jsonPath } from './json-path.js';
export { localizeManifest, type ManifestLanguage } from './localize.js';
export { ManifestError, manifestPath, readManifest } from './manifest-file.js';
export { manifestRoutes, type ManifestDeps } from './routes.js';
export {
  manifestJsonSchema,
  type Audience,
  type Manifest,
  type ManifestEndpoint,
} from './schema.js';
export { validateManifest, type ManifestCheck, type ManifestProblem } from './validate.js';
export { evaluateWhen, holds, parseWhen, WhenSyntaxError, type WhenContext } from './when.js';
