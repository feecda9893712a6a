/** The bridge's database: what only the bridge knows. Every row names its installation. */
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { openSqlite } from '../../platform/database.js';
import { assignmentMigrations, type AssignmentSchema } from '../assignment/schema.js';
import { directorySourceMigrations, type DirectorySourceSchema } from '../directory/live/schema.js';
import { eventsMigrations, type EventsSchema } from '../events/schema.js';
import { idempotencyMigrations, type IdempotencySchema } from '../idempotency/schema.js';
import { trackingMigrations, type TrackingSchema } from '../messages/tracking-schema.js';
import { oauthMigrations, type OAuthSchema } from '../oauth/schema.js';
import { provisioningMigrations, type ProvisioningSchema } from '../provisioning/schema.js';
import {
  archiveClientIdMigrations,
  type ArchiveClientIdSchema,
} from '../settings/archive-client-id.js';
import {
  embeddedCredentialsMigrations,
  type EmbeddedCredentialsSchema,
} from '../settings/embedded-credentials.js';
import { settingsMigrations, type SettingsSchema } from '../settings/schema.js';
import { tokensMigrations, type TokensSchema } from '../tokens/schema.js';
import { keyCheckMigrations, type KeyCheckSchema } from './key-check.js';

export type BridgeSchema = SettingsSchema &
  ArchiveClientIdSchema &
  EmbeddedCredentialsSchema &
  TokensSchema &
  IdempotencySchema &
  EventsSchema &
  KeyCheckSchema &
  ProvisioningSchema &
  OAuthSchema &
  AssignmentSchema &
  TrackingSchema &
  DirectorySourceSchema;

export type BridgeDatabase = Kysely<BridgeSchema>;

/** In the data folder. */
export const BRIDGE_DATABASE = 'bridge.sqlite';

/** @param dataDir folder that holds it, or `:memory:` */
export const openBridgeDatabase = (dataDir: string): Promise<BridgeDatabase> =>
  openSqlite<BridgeSchema>(dataDir === ':memory:' ? dataDir : join(dataDir, BRIDGE_DATABASE), {
    ...keyCheckMigrations,
    ...settingsMigrations,
    ...embeddedCredentialsMigrations,
    ...tokensMigrations,
    ...idempotencyMigrations,
    ...eventsMigrations,
    ...provisioningMigrations,
    ...archiveClientIdMigrations,
    ...oauthMigrations,
    ...assignmentMigrations,
    ...trackingMigrations,
    ...directorySourceMigrations,
  });

/** The tables that one capability knows. Kysely's type is invariant, so this is said once here. */
export const tablesOf = <Schema>(database: BridgeDatabase): Kysely<Schema> =>
  database as unknown as Kysely<Schema>;
