import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { activate, deactivate, start } from '../src/main.js';
import { ConfigError, readConfig } from '../src/platform/config.js';
import { Vault } from '../src/platform/vault.js';
import { makeCertificate, serve } from './mail/scripted-server.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.js';

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
});
afterEach(async () => {
  await deactivate();
  await directory.remove();
});

const environment = (more: Record<string, string> = {}) => ({
  MB_DATA_DIR: join(directory.path, 'data'),
  MB_PORT: '0',
  MB_ARCHIVE_PORT: '0',
  MB_LOG_LEVEL: 'silent',
  MB_ADMIN_TOKEN: 'admin-token-of-this-test',
  ...more,
});

const get = async (url: string, path: string) => {
  const response = await fetch(url + path, {
    headers: { Authorization: 'Bearer admin-token-of-this-test' },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

const post = async (url: string, path: string, body: object) => {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: {
      Authorization: 'Bearer admin-token-of-this-test',
      'Content-Type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe('activation by a host', () => {
  it('BRG-02 starts one server however often it is activated, and ends it', async () => {
    const context = { environment: environment() };
    const [first, second] = await Promise.all([activate(context), activate(context)]);
    expect(second).toBe(first);
    expect(await activate(context)).toBe(first);
    expect((await get(first.url, '/readyz')).status).toBe(200);
    await deactivate();
    await expect(fetch(`${first.url}/readyz`)).rejects.toThrow();
    await deactivate();
    const again = await activate(context);
    expect((await get(again.url, '/readyz')).status).toBe(200);
  });

  it('can be tried again after a start that failed', async () => {
    await expect(activate({ environment: environment({ MB_PORT: 'x' }) })).rejects.toThrow(
      ConfigError,
    );
    expect((await activate({ environment: environment() })).url).toMatch(/^http:/);
  });
});

describe('start', () => {
  it('SAL-08 runs with the embedded archive enabled and reachable', async () => {
    const running = await start(readConfig(environment()));
    try {
      const { body } = await get(running.url, '/api/v1/settings');
      expect(body).toMatchObject({ archive: 'embedded', enabled: true, passwordSet: true });
      const health = await get(running.url, '/api/v1/health');
      expect(health.body['archive']).toMatchObject({ reachable: true });
      const paths = (await get(running.url, '/openapi.json')).body['paths'] as object;
      expect(Object.keys(paths)).toEqual(
        expect.arrayContaining([
          '/api/v1/incoming-accounts',
          '/manifest.json',
          '/adapters/salesware/grundeinstellungen',
        ]),
      );
    } finally {
      await running.close();
    }
  });

  it('refuses a key that does not open the data folder, and starts nothing', async () => {
    const running = await start(readConfig(environment()));
    await running.close();
    const other = environment({ MB_SECRET_KEY: Vault.newKey().toString('base64') });
    await expect(start(readConfig(other))).rejects.toThrow(
      /MB_SECRET_KEY.*sealed with another key/s,
    );
    await (await start(readConfig(environment()))).close();
  });

  it('HHQ-16 speaks no newer TLS with mail servers than configured', async () => {
    const certificate = makeCertificate('IP:127.0.0.1');
    const server = await serve({
      greeting: ['220 hi\r\n'],
      answer: () => ['250 ok\r\n'],
      tls: { ...certificate, minVersion: 'TLSv1.3' },
    });
    const authorities = join(directory.path, 'authority.pem');
    writeFileSync(authorities, certificate.cert);
    const check = async (newest: string) => {
      const variables = { MB_TLS_MAX_VERSION: newest, MB_TLS_CA_FILE: authorities };
      const running = await start(
        readConfig(environment({ ...variables, MB_EGRESS_ALLOW: '127.0.0.1' })),
      );
      const settings = { host: '127.0.0.1', port: server.port, security: 'tls' };
      const { body } = await post(running.url, '/api/v1/smtp-accounts/check', {
        ...settings,
        authentication: 'none',
      });
      await running.close();
      return (body['findings'] as { code: string }[]).map(({ code }) => code);
    };
    try {
      expect(await check('1.2')).toContain('tlsFailed');
      expect(await check('1.3')).toEqual(['sendingPossible']);
    } finally {
      server.close();
    }
  }, 30_000);

  it('names a wrong egress rule', async () => {
    await expect(start(readConfig(environment({ MB_EGRESS_ALLOW: '10/8' })))).rejects.toThrow(
      /MB_EGRESS_ALLOW/,
    );
  });
});
