/**
 * Configuration by environment. Read once at start, checked as a whole: every wrong variable is named in one message
 * and nothing is started.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { Resolver } from 'node:dns';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { systemCode } from './system-error.js';
import { Vault } from './vault.js';

const port = z.coerce.number().int().min(0).max(65535);
const MIB = 1024 * 1024;
const optionalText = z.string().trim().min(1).optional();

const schema = z.object({
  MB_HOST: z.string().trim().min(1).default('127.0.0.1'),
  MB_PORT: port.default(8080),
  MB_DATA_DIR: z.string().trim().min(1).default('./data'),
  MB_PUBLIC_URL: z.url().optional(),
  MB_ADMIN_TOKEN: z.string().trim().min(20, 'must have at least 20 characters').optional(),
  MB_SECRET_KEY: optionalText,
  MB_SECRET_KEY_FILE: optionalText,
  /** File outside the data folder by which the original is told from a copy (instance.ts). */
  MB_INSTANCE_FILE: optionalText,
  /** Instead of that file, where only the data folder lasts. */
  MB_INSTANCE_ID: optionalText,
  MB_ARCHIVE_URL: z.url().optional(),
  MB_ARCHIVE_USERNAME: optionalText,
  MB_ARCHIVE_PASSWORD: optionalText,
  MB_ARCHIVE_PORT: port.default(8081),
  /** Room on the disk, MiB, that fetching leaves to everything else; 0 for none. */
  MB_DISK_RESERVE_MIB: z.coerce.number().int().min(0).optional(),
  /** Storage that was agreed on for the archive, GB (10^9 bytes); 0 for none. */
  MB_STORAGE_QUOTA_GB: z.coerce.number().min(0).optional(),
  MB_EGRESS_ALLOW: z.string().default(''),
  /** Name servers to ask for mail servers, before the system's. */
  MB_DNS_SERVERS: z
    .string()
    .default('')
    .transform((list) => list.split(',').map((entry) => entry.trim()))
    .transform((entries) => entries.filter((entry) => entry !== ''))
    .refine(areNameServers, 'must be IP addresses, with a port or without, separated by commas'),
  /** PEM file with certification authorities to trust for mail servers, beside the usual ones. */
  MB_TLS_CA_FILE: optionalText,
  /** Newest version of TLS spoken with mail servers; 1.2 for those who may use no other. */
  MB_TLS_MAX_VERSION: z.enum(['1.2', '1.3']).default('1.3'),
  MB_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

/** What stands outside the folder: a file, or, where nothing outside lasts, an id from the environment. */
export type InstanceAnchor = { readonly file: string } | { readonly id: string };

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly publicUrl: string | undefined;
  readonly adminToken: string | undefined;
  readonly secretKeys: readonly Buffer[];
  /** Null when the key came by MB_SECRET_KEY. */
  readonly secretKeyFile: string | null;
  readonly instance: InstanceAnchor;
  readonly archive: {
    /** Undefined: the embedded archive. */
    readonly url: string | undefined;
    readonly username: string | undefined;
    readonly password: string | undefined;
    readonly port: number;
  };
  /** Bytes; null: the archive's default. */
  readonly diskReserveBytes: number | null;
  /** Agreed on for the archive, bytes, 0 for none; null: what comes with the archive in use. */
  readonly storageQuotaBytes: number | null;
  readonly egressAllow: string;
  /** Empty: the system's. */
  readonly dnsServers: readonly string[];
  readonly tlsAuthorities: readonly string[];
  /** As OpenSSL and node name it. */
  readonly tlsMaxVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly logLevel: string;
}

/** Everything that is wrong with the environment, one line a variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  }
}

function areNameServers(addresses: readonly string[]): boolean {
  try {
    new Resolver().setServers(addresses);
    return true;
  } catch {
    return false;
  }
}

function parseKey(value: string, variable: string): Buffer {
  const bytes = /^[0-9a-f]{64}$/i.test(value)
    ? Buffer.from(value, 'hex')
    : Buffer.from(value, 'base64');
  if (bytes.length !== 32) {
    throw new ConfigError([
      `${variable}: a key must be 32 bytes, written as 64 hex digits or in base64`,
    ]);
  }
  return bytes;
}

/** The key file lies beside the data folder, not in it: a copy of the folder alone opens no secret. */
const defaultKeyFile = (dataDir: string): string => `${dataDir}.key`;

/** Whether an earlier start has left a database: a new key would be of no use to it. */
const holdsSecrets = (dataDir: string): boolean =>
  existsSync(dataDir) && readdirSync(dataDir).some((name) => name.endsWith('.sqlite'));

/** One key a line, the sealing one first; `#` begins a comment. */
function readKeyFile(file: string): Buffer[] {
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new ConfigError([
      `MB_SECRET_KEY_FILE: ${file} must be readable by its owner only (chmod 600)`,
    ]);
  }
  const lines = readFileSync(file, 'utf8').split('\n');
  const keys = lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return keys.map((key) => parseKey(key, 'MB_SECRET_KEY_FILE'));
}

function secretKeys(
  dataDir: string,
  key: string | undefined,
  keyFile: string | undefined,
): Pick<Config, 'secretKeys' | 'secretKeyFile'> {
  if (key !== undefined)
    return { secretKeys: [parseKey(key, 'MB_SECRET_KEY')], secretKeyFile: null };
  const file = resolve(keyFile ?? defaultKeyFile(dataDir));
  if (existsSync(file)) return { secretKeys: readKeyFile(file), secretKeyFile: file };
  if (keyFile !== undefined)
    throw new ConfigError([`MB_SECRET_KEY_FILE: ${keyFile} does not exist`]);
  if (holdsSecrets(dataDir))
    throw new ConfigError([
      `MB_SECRET_KEY_FILE: ${file} does not exist, and the secrets in ${dataDir} open only with the key ` +
        'that they were sealed with; put its file there',
    ]);
  const fresh = Vault.newKey();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${fresh.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(file, 0o600);
  return { secretKeys: [fresh], secretKeyFile: file };
}

function tlsAuthorities(file: string | undefined): string[] {
  if (file === undefined) return [];
  try {
    return [readFileSync(file, 'utf8')];
  } catch (error) {
    throw new ConfigError([
      `MB_TLS_CA_FILE: ${file} cannot be read (${systemCode(error) ?? 'unknown reason'})`,
    ]);
  }
}

function instanceAnchor(
  dataDir: string,
  id: string | undefined,
  file: string | undefined,
): InstanceAnchor {
  if (id !== undefined) return { id };
  return { file: resolve(file ?? `${dataDir}.instance`) };
}

/** @throws ConfigError naming every variable at fault */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  }
  const values = parsed.data;
  const dataDir = resolve(values.MB_DATA_DIR);
  return {
    host: values.MB_HOST,
    port: values.MB_PORT,
    dataDir,
    publicUrl: values.MB_PUBLIC_URL,
    adminToken: values.MB_ADMIN_TOKEN,
    ...secretKeys(dataDir, values.MB_SECRET_KEY, values.MB_SECRET_KEY_FILE),
    instance: instanceAnchor(dataDir, values.MB_INSTANCE_ID, values.MB_INSTANCE_FILE),
    archive: {
      url: values.MB_ARCHIVE_URL,
      username: values.MB_ARCHIVE_USERNAME,
      password: values.MB_ARCHIVE_PASSWORD,
      port: values.MB_ARCHIVE_PORT,
    },
    diskReserveBytes:
      values.MB_DISK_RESERVE_MIB === undefined ? null : values.MB_DISK_RESERVE_MIB * MIB,
    storageQuotaBytes:
      values.MB_STORAGE_QUOTA_GB === undefined ? null : values.MB_STORAGE_QUOTA_GB * 1e9,
    egressAllow: values.MB_EGRESS_ALLOW,
    dnsServers: values.MB_DNS_SERVERS,
    tlsAuthorities: tlsAuthorities(values.MB_TLS_CA_FILE),
    tlsMaxVersion: `TLSv${values.MB_TLS_MAX_VERSION}`,
    logLevel: values.MB_LOG_LEVEL,
  };
}

/** The configuration without its secrets, for the log at start. */
export function redactedConfig(config: Config): Record<string, unknown> {
  const { secretKeys: keys, adminToken, archive, tlsAuthorities: authorities, ...open } = config;
  return {
    ...open,
    secretKeys: keys.length,
    adminToken: adminToken === undefined ? 'generated' : 'given',
    archive: { ...archive, password: archive.password === undefined ? 'generated' : 'given' },
    tlsAuthorities: authorities.length,
  };
}
