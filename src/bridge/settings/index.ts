/** The archive connection: settings, access, check. */
export { archiveClientId } from './archive-client-id.js';
export { ArchiveConnection, type ArchiveFacts } from './archive-connection.js';
export { embeddedCredentials } from './embedded-credentials.js';
export { settingsRoutes } from './routes.js';
export { type SettingsSchema } from './schema.js';
export { SettingsStore } from './settings-store.js';
export {
  Settings,
  type ArchiveEnvironment,
  type EffectiveSettings,
  type EmbeddedArchive,
  type SettingsChange,
} from './settings.js';
