import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig, redactedConfig } from '../../src/platform/config.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mail-bridge-config-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const withData = (more: Record<string, string> = {}): Record<string, string> => ({
  MB_DATA_DIR: join(folder, 'data'),
  ...more,
});

describe('configuration', () => {
  it('has a default for everything and makes a key that only its owner can read', () => {
    const config = readConfig(withData());
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      archive: { url: undefined, port: 8081 },
      tlsMaxVersion: 'TLSv1.3',
    });
    const keyFile = join(folder, 'data.key');
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(readConfig(withData()).secretKeys).toEqual(config.secretKeys);
  });

  it('names every variable at fault at once', () => {
    const wrong = withData({ MB_PORT: '70000', MB_LOG_LEVEL: 'loud', MB_ARCHIVE_URL: 'archive' });
    expect.assertions(2);
    try {
      readConfig(wrong);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).problems.map((line) => line.split(':')[0]).sort()).toEqual([
        'MB_ARCHIVE_URL',
        'MB_LOG_LEVEL',
        'MB_PORT',
      ]);
    }
  });

  it.each([
    ['', []],
    ['192.0.2.1, 192.0.2.2:5353,', ['192.0.2.1', '192.0.2.2:5353']],
    ['[2001:db8::1]:53,2001:db8::1', ['[2001:db8::1]:53', '2001:db8::1']],
  ])('takes the name servers %j', (MB_DNS_SERVERS, servers) => {
    expect(readConfig(withData({ MB_DNS_SERVERS })).dnsServers).toEqual(servers);
  });

  it.each(['dns.example', '192.0.2.1 192.0.2.2', '192.0.2.1:dns'])(
    'refuses the name servers %j',
    (MB_DNS_SERVERS) => {
      expect(() => readConfig(withData({ MB_DNS_SERVERS }))).toThrow(/MB_DNS_SERVERS: must be IP/);
    },
  );

  it.each([
    ['64 hex digits', 'ab'.repeat(32)],
    ['base64', Buffer.alloc(32, 7).toString('base64')],
  ])('takes a key as %s', (_name, key) => {
    expect(readConfig(withData({ MB_SECRET_KEY: key })).secretKeys[0]).toHaveLength(32);
  });

  it('refuses a key of another length, a missing key file and one that others can read', () => {
    expect(() => readConfig(withData({ MB_SECRET_KEY: 'short' }))).toThrow(/32 bytes/);
    expect(() => readConfig(withData({ MB_SECRET_KEY_FILE: join(folder, 'none') }))).toThrow(
      /does not exist/,
    );
    const open = join(folder, 'open');
    writeFileSync(open, 'ab'.repeat(32), { mode: 0o644 });
    expect(() => readConfig(withData({ MB_SECRET_KEY_FILE: open }))).toThrow(/chmod 600/);
  });

  it('HHQ-15, HHQ-16 has a switch for TLS 1.2 only, and none for anything older', () => {
    const read = (MB_TLS_MAX_VERSION: string) => readConfig(withData({ MB_TLS_MAX_VERSION }));
    expect(read('1.2').tlsMaxVersion).toBe('TLSv1.2');
    for (const older of ['1.1', '1.0', 'SSLv3']) expect(() => read(older)).toThrow(ConfigError);
  });

  it('BRG-12 shows no secret when printed', () => {
    const secrets = {
      MB_ADMIN_TOKEN: 'token-0123456789-secret',
      MB_ARCHIVE_PASSWORD: 'archive-secret',
    };
    const config = readConfig(withData(secrets));
    const printed = JSON.stringify(redactedConfig(config));
    const key = readFileSync(join(folder, 'data.key'), 'utf8').trim();
    for (const secret of [...Object.values(secrets), key]) expect(printed).not.toContain(secret);
  });
});
