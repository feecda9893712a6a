/** Structured logs. Whatever is named like a secret is removed; mail text is never handed to a logger at all. */
import { pino, type Logger } from 'pino';

export type { Logger };

const secretNames = ['password', 'Password', 'token', 'authorization', 'secret', 'refreshToken'];

export function createLogger(level: string, destination?: { write(line: string): void }): Logger {
  const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const options = { level, base: null, redact: { paths, censor: '[removed]' } };
  return destination ? pino(options, destination) : pino(options);
}
