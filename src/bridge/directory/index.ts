/** The ERP's records: pushed, looked up at the ERP, or both. */
import type { Kysely } from 'kysely';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import type { Logger } from '../../platform/log.js';
import type { Vault } from '../../platform/vault.js';
import type { AnyRoute } from '../http/route.js';
import { combinedDirectory } from './combined-directory.js';
import type { Directory } from './directory.js';
import { LiveDirectory } from './live/live-directory.js';
import type { DirectorySourceSchema } from './live/schema.js';
import { SourceSettingsStore } from './live/source-settings.js';
import { recordRoutes } from './routes.js';
import { sourceRoutes } from './source-routes.js';
import type { DirectoryStore } from './store/directory-store.js';

export type { Directory } from './directory.js';
export { openDirectoryStore, type DirectoryStore } from './store/directory-store.js';
export { DIRECTORY_DATABASE } from './store/schema.js';

export interface DirectoryOptions {
  readonly store: DirectoryStore;
  readonly database: Kysely<DirectorySourceSchema>;
  readonly vault: Vault;
  readonly installationId: string;
  readonly connect: ConnectDependencies;
  readonly logger: Logger;
}

export interface DirectoryService {
  readonly directory: Directory;
  readonly routes: readonly AnyRoute[];
}

export function createDirectory(options: DirectoryOptions): DirectoryService {
  const { store, connect, logger } = options;
  const settings = new SourceSettingsStore(options);
  const live = new LiveDirectory({ settings, connect, users: store.directory, logger });
  const source = async () => (await settings.read()).source;
  return {
    directory: combinedDirectory(source, store.directory, live),
    routes: [...recordRoutes(store), ...sourceRoutes({ settings, connect })],
  };
}
