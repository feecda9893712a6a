/** The archive connection: settings, access, check. */
export {
  ArchiveConnection,
  newClientId,
  REQUIRED_VERSION,
  type ArchiveFacts,
} from './archive-connection.js';
export { embeddedCredentials } from './embedded-credentials.js';
export { checkSettings } from './check-settings.js';
export { settingsRoutes } from './routes.js';
export { settingsMigrations, type SettingsSchema } from './schema.js';
export { SettingsStore } from './settings-store.js';
export {
  Settings,
  type ArchiveEnvironment,
  type EffectiveSettings,
  type EmbeddedArchive,
  type SettingsChange,
} from './settings.js';
