import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  hostOperations,
  ManifestError,
  manifestEndpoints,
  manifestJsonSchema,
  manifestPath,
  readManifest,
  validateManifest,
  type Manifest,
} from '../../src/bridge/manifest/index.js';
import { start, type Running } from '../../src/main.js';
import { readConfig } from '../../src/platform/config.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.js';

const written = readFileSync(manifestPath(), 'utf8');
const fresh = (): Manifest => JSON.parse(written) as Manifest;

let directory: TemporaryDirectory;
let bridge: Running;

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  bridge = await start(
    readConfig({
      MB_DATA_DIR: join(directory.path, 'data'),
      MB_PORT: '0',
      MB_ARCHIVE_PORT: '0',
      MB_ADMIN_TOKEN: 'manifest-token-0123456789',
      MB_LOG_LEVEL: 'silent',
    }),
  );
});

afterAll(async () => {
  await bridge.close();
  await directory.remove();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${bridge.url}${path}`, { headers });

interface Damage {
  readonly path: string;
  readonly damage: (manifest: Record<string, never> & Manifest) => unknown;
}

/** What is done to a good manifest, and where its fault must be reported. */
const damages: readonly Damage[] = [
  ...(
    [
      'manifestVersion',
      'id',
      'name',
      'publisher',
      'displayName',
      'version',
      'main',
      'activationEvents',
      'engines',
      'critical',
      'runtime',
      'l10n',
      'contributes',
    ] as const
  ).map((member) => ({
    path: `$.${member}`,
    damage: (m: Manifest) => Reflect.deleteProperty(m, member),
  })),
  { path: '$.id', damage: (m) => Object.assign(m, { id: 'bridge' }) },
  { path: '$.version', damage: (m) => Object.assign(m, { version: '1.0' }) },
  { path: '$.main', damage: (m) => Object.assign(m, { main: '/etc/main.js' }) },
  {
    path: "$.engines['mail-bridge-host']",
    damage: (m) => Object.assign(m.engines, { 'mail-bridge-host': '*' }),
  },
  { path: '$.runtime.baseUrl', damage: (m) => Object.assign(m.runtime, { baseUrl: 'ftp://x' }) },
  { path: '$.colour', damage: (m) => Object.assign(m, { colour: 'red' }) },
  { path: '$.critical[0]', damage: (m) => m.critical.splice(0, 1, '/contributes/nothing') },
  { path: '$.displayName', damage: (m) => Object.assign(m, { displayName: '%missing%' }) },
  {
    path: '$.l10n.en.unused',
    damage: (m) => Object.assign(m.l10n.en, { unused: 'nobody reads this' }),
  },
  {
    path: '$.contributes.views.settings[1].when',
    damage: (m) => Object.assign(m.contributes.views['settings']![1]!, { when: 'a &&' }),
  },
  {
    path: '$.contributes.views.settings[1].operations.list',
    damage: (m) => Object.assign(m.contributes.views['settings']![1]!.operations, { list: 'gone' }),
  },
  {
    path: '$.contributes.commands[0].operationId',
    damage: (m) => Object.assign(m.contributes.commands[0]!, { operationId: 'gone' }),
  },
  {
    path: "$.contributes.menus['mailbox/item'][0].command",
    damage: (m) => Object.assign(m.contributes.menus['mailbox/item']![0]!, { command: 'gone' }),
  },
  {
    path: '$.contributes.views.attic',
    damage: (m) => Object.assign(m.contributes.views, { attic: m.contributes.views['main'] }),
  },
  {
    path: "$.contributes.views['order/list']",
    damage: (m) =>
      Object.assign(m.contributes.views, { 'order/list': m.contributes.views['order/detail'] }),
  },
  {
    path: '$.contributes.hostApi[0].configuration',
    damage: (m) => Object.assign(m.contributes.hostApi![0]!, { configuration: 'gone' }),
  },
  {
    path: '$.contributes.hostApi[0].token',
    damage: (m) => Object.assign(m.contributes.hostApi![0]!, { token: 'gone' }),
  },
];

describe('manifest.json', () => {
  it('BRG-01 is valid and carries the version of the product', () => {
    const product = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string; main: string };
    const { version, main } = readManifest();
    expect({ version, main }).toEqual({ version: product.version, main: product.main });
  });

  it.each(damages)('BRG-01 reports what is wrong at $path', ({ path, damage }) => {
    const manifest = fresh();
    damage(manifest as never);
    const checked = validateManifest(manifest);
    expect(checked).toMatchObject({ valid: false });
    if (!checked.valid) expect(checked.problems.map((one) => one.path)).toContain(path);
  });

  it('BRG-01 a host passes over what it does not know', () => {
    const newer = { ...fresh(), colour: 'red' };
    expect(validateManifest(newer, 'host').valid).toBe(true);
    expect(validateManifest(newer, 'author').valid).toBe(false);
  });

  it('BRG-01 a file that is no JSON starts nothing', async () => {
    const file = join(directory.path, 'broken.json');
    await import('node:fs/promises').then(({ writeFile }) => writeFile(file, '{"name":'));
    expect(() => readManifest(file)).toThrow(ManifestError);
  });

  it('BRG-16 has every text in German and English', () => {
    const { de, en } = fresh().l10n;
    expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
  });

  it('BRG-03 describes the basic settings with the password as a secret', () => {
    const [section] = fresh().contributes.configuration;
    expect(Object.keys(section!.properties)).toEqual(
      expect.arrayContaining(['enabled', 'url', 'username', 'password']),
    );
    expect(section!.properties['password']).toMatchObject({ secret: true });
    expect(section!.properties['enabled']).toMatchObject({ type: 'boolean', default: false });
  });

  it.each([
    ['archiveConnection', '/api/v1/settings'],
    ['assignmentPolicies', '/api/v1/assignment/policies'],
    ['directorySource', '/api/v1/directory/source'],
  ])('BRG-03 describes exactly the members that %s takes', async (id, path) => {
    const openApi = (await (await get('/openapi.json')).json()) as {
      paths: Record<
        string,
        {
          put: {
            requestBody: {
              content: Record<string, { schema: { properties: Record<string, unknown> } }>;
            };
          };
        }
      >;
    };
    const body = openApi.paths[path]!.put.requestBody.content['application/json']!;
    const section = fresh().contributes.configuration.find((one) => one.id === id);
    expect(Object.keys(section!.properties).sort()).toEqual(
      Object.keys(body.schema.properties).sort(),
    );
  });

  it('SAL-126 brings the tab „Kommunikation“ to orders, offers, contacts and articles', () => {
    const { views, endpoints } = fresh().contributes;
    for (const place of ['order', 'offer', 'contact', 'article']) {
      const [tab] = views[`${place}/detail`] ?? [];
      const operation = tab?.adapters?.['salesware']?.['list'];
      const { path } = endpoints.find((one) => one.operationId === operation) ?? {};
      expect({ title: tab?.title, path }).toEqual({
        title: '%view.communication%',
        path: expect.stringMatching(/\/\{id\}\/kommunikation$/),
      });
    }
  });

  it('describes what the bridge asks a host as it is asked', () => {
    expect(fresh().contributes.hostApi).toEqual(hostOperations());
  });

  it('BRG-06 names exactly the endpoints that the bridge serves', async () => {
    const served = manifestEndpoints(await (await get('/openapi.json')).json());
    expect(fresh().contributes.endpoints).toEqual(served);
  });
});

describe('GET /manifest.json', () => {
  it('keeps its %keys% unless a language is asked for', async () => {
    const response = await get('/manifest.json');
    const manifest = (await response.json()) as Manifest;
    expect(manifest.displayName).toBe('%displayName%');
    expect(response.headers.get('vary')).toContain('Accept-Language');
  });

  it.each([
    ['de', 'Mail-Integration', 'POP3-Konten'],
    ['en', 'Mail integration', 'POP3 accounts'],
  ])('BRG-16 answers in %s', async (language, name, title) => {
    const response = await get('/manifest.json', { 'accept-language': language });
    const manifest = (await response.json()) as Manifest;
    expect(response.headers.get('content-language')).toBe(language);
    expect(manifest.displayName).toBe(name);
    expect(manifest.contributes.views['settings']![1]!.title).toBe(title);
    expect(JSON.stringify(manifest.contributes)).not.toMatch(/"%[^%"]+%"/);
  });

  it('names the address under which the bridge is reached and is not sent twice', async () => {
    const response = await get('/manifest.json');
    const { runtime } = (await response.json()) as Manifest;
    expect(runtime.baseUrl).toBe(bridge.url);
    expect((await get(runtime.health)).status).toBe(200);
    const etag = response.headers.get('etag');
    expect(etag).toMatch(/^"[\w-]+"$/);
    const again = await get('/manifest.json', {
      'if-none-match': etag ?? '',
      // Else fetch adds no-cache, which asks for the whole document.
      'cache-control': 'max-age=0',
    });
    expect(again.status).toBe(304);
  });
});

describe('GET /manifest.schema.json', () => {
  it.each(['author', 'host'] as const)('is JSON Schema 2020-12 for the %s', async (audience) => {
    const response = await get(`/manifest.schema.json?audience=${audience}`);
    expect(response.headers.get('content-type')).toContain('application/schema+json');
    const schema = (await response.json()) as z.core.JSONSchema.JSONSchema;
    expect(schema).toEqual(manifestJsonSchema(audience));
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    const check = z.fromJSONSchema(schema);
    expect(check.safeParse(fresh()).success).toBe(true);
    expect(check.safeParse({ ...fresh(), colour: 'red' }).success).toBe(audience === 'host');
    expect(check.safeParse({ ...fresh(), version: 'new' }).error?.issues[0]?.path).toEqual([
      'version',
    ]);
  });
});
