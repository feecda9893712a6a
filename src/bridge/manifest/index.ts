/** What the plugin contributes to an ERP, and the rules a manifest must keep. */
export { manifestEndpoints } from './endpoints.js';
export { hostOperations } from './host-api.js';
export { jsonPath } from './json-path.js';
export { ManifestError, manifestPath, readManifest } from './manifest-file.js';
export { manifestRoutes } from './routes.js';
export { manifestJsonSchema, type Manifest, type ManifestEndpoint } from './schema.js';
export { validateManifest } from './validate.js';
export { holds } from './when.js';
