/** The bridge's database: what only the bridge knows. Every row names its installation. */
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { openSqlite } from '../../platform/database.js';
import { idempotencyMigrations, type IdempotencySchema } from '../idempotency/schema.js';
import { provisioningMigrations, type ProvisioningSchema } from '../provisioning/schema.js';
import {
  embeddedCredentialsMigrations,
  type EmbeddedCredentialsSchema,
} from '../settings/embedded-credentials.js';
import { settingsMigrations, type SettingsSchema } from '../settings/schema.js';
import { tokensMigrations, type TokensSchema } from '../tokens/schema.js';
import { keyCheckMigrations, type KeyCheckSchema } from './key-check.js';

export type BridgeSchema = SettingsSchema &
  EmbeddedCredentialsSchema &
  TokensSchema &
  IdempotencySchema &
  KeyCheckSchema &
  ProvisioningSchema;

export type BridgeDatabase = Kysely<BridgeSchema>;

/** @param dataDir folder that holds `bridge.sqlite`, or `:memory:` */
export const openBridgeDatabase = (dataDir: string): Promise<BridgeDatabase> =>
  openSqlite<BridgeSchema>(dataDir === ':memory:' ? dataDir : join(dataDir, 'bridge.sqlite'), {
    ...keyCheckMigrations,
    ...settingsMigrations,
    ...embeddedCredentialsMigrations,
    ...tokensMigrations,
    ...idempotencyMigrations,
    ...provisioningMigrations,
  });

/** The tables that one capability knows. Kysely's type is invariant, so this is said once here. */
export const tablesOf = <Schema>(database: BridgeDatabase): Kysely<Schema> =>
  database as unknown as Kysely<Schema>;
