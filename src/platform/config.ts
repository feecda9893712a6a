/**
 * Configuration by environment. Read once at start, checked as a whole: every wrong variable is named in one message
 * and nothing is started.
 */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { Vault } from './vault.js';

const port = z.coerce.number().int().min(0).max(65535);
const optionalText = z.string().trim().min(1).optional();

const schema = z.object({
  MB_HOST: z.string().trim().min(1).default('127.0.0.1'),
  MB_PORT: port.default(8080),
  MB_DATA_DIR: z.string().trim().min(1).default('./data'),
  MB_PUBLIC_URL: z.url().optional(),
  MB_ADMIN_TOKEN: z.string().trim().min(20, 'must have at least 20 characters').optional(),
  MB_SECRET_KEY: optionalText,
  MB_SECRET_KEY_FILE: optionalText,
  MB_ARCHIVE_URL: z.url().optional(),
  MB_ARCHIVE_USERNAME: optionalText,
  MB_ARCHIVE_PASSWORD: optionalText,
  MB_ARCHIVE_PORT: port.default(8081),
  MB_EGRESS_ALLOW: z.string().default(''),
  /** PEM file with certification authorities to trust for mail servers, beside the usual ones. */
  MB_TLS_CA_FILE: optionalText,
  MB_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly publicUrl: string | undefined;
  readonly adminToken: string | undefined;
  readonly secretKeys: readonly Buffer[];
  readonly archive: {
    /** Undefined: the embedded archive. */
    readonly url: string | undefined;
    readonly username: string | undefined;
    readonly password: string | undefined;
    readonly port: number;
  };
  readonly egressAllow: string;
  readonly tlsAuthorities: readonly string[];
  readonly logLevel: string;
}

/** Everything that is wrong with the environment, one line a variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((line) => `  ${line}`).join('\n')}`);
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
): Buffer[] {
  if (key !== undefined) return [parseKey(key, 'MB_SECRET_KEY')];
  const file = keyFile ?? defaultKeyFile(dataDir);
  if (existsSync(file)) return readKeyFile(file);
  if (keyFile !== undefined)
    throw new ConfigError([`MB_SECRET_KEY_FILE: ${keyFile} does not exist`]);
  const fresh = Vault.newKey();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${fresh.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(file, 0o600);
  return [fresh];
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
    secretKeys: secretKeys(dataDir, values.MB_SECRET_KEY, values.MB_SECRET_KEY_FILE),
    archive: {
      url: values.MB_ARCHIVE_URL,
      username: values.MB_ARCHIVE_USERNAME,
      password: values.MB_ARCHIVE_PASSWORD,
      port: values.MB_ARCHIVE_PORT,
    },
    egressAllow: values.MB_EGRESS_ALLOW,
    tlsAuthorities:
      values.MB_TLS_CA_FILE === undefined ? [] : [readFileSync(values.MB_TLS_CA_FILE, 'utf8')],
    logLevel: values.MB_LOG_LEVEL,
  };
}

/** The configuration without its secrets, for the log at start. */
export function redactedConfig(config: Config): Record<string, unknown> {
  const { secretKeys: keys, adminToken, archive, tlsAuthorities, ...open } = config;
  return {
    ...open,
    secretKeys: keys.length,
    adminToken: adminToken === undefined ? 'generated' : 'given',
    archive: { ...archive, password: archive.password === undefined ? 'generated' : 'given' },
    tlsAuthorities: tlsAuthorities.length,
  };
}
