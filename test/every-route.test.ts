/** Every operation of the running product, as its own OpenAPI document names them: who asks is always checked. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { start, type Running } from '../src/main.js';
import { readConfig } from '../src/platform/config.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.js';

interface Operation {
  readonly operationId: string;
  readonly 'x-scope'?: string;
}
interface Call {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** What a stranger may read: what the plugin is, and whether it lives. */
const open = new Set([
  'getManifest',
  'getManifestSchema',
  'getOpenApi',
  'getProblemType',
  'getLiveness',
  'getReadiness',
  // browsers of people who sign in at a provider: known by what nobody can guess
  'startSignIn',
  'finishSignIn',
  'returnFromSignIn',
]);

let directory: TemporaryDirectory;
let bridge: Running;
let calls: Call[];
let token: string;

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  bridge = await start(
    readConfig({
      MB_DATA_DIR: join(directory.path, 'data'),
      MB_PORT: '0',
      MB_ARCHIVE_PORT: '0',
      MB_LOG_LEVEL: 'silent',
    }),
  );
  token = bridge.newAdminToken ?? '';
  const { paths } = (await (await fetch(`${bridge.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  calls = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
  );
});

afterAll(async () => {
  await bridge.close();
  await directory.remove();
});

const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
  fetch(bridge.url + path.replace(/\{\w+\}/g, '1'), { method: method.toUpperCase(), headers });

describe('every route', () => {
  it('is open to strangers only where nothing of anybody is shown', () => {
    const withoutScope = calls.filter(({ operation }) => operation['x-scope'] === undefined);
    expect(withoutScope.map(({ operation }) => operation.operationId).sort()).toEqual(
      [...open].sort(),
    );
    expect(calls.length).toBeGreaterThan(70);
  });

  it('asks for a token, before anything else', async () => {
    const answers = await Promise.all(
      calls
        .filter(({ operation }) => operation['x-scope'] !== undefined)
        .map(async ({ method, path }) => `${method} ${path} ${(await ask(method, path)).status}`),
    );
    expect(answers.filter((line) => !line.endsWith(' 401'))).toEqual([]);
  });

  it('BRG-13 of mails and assignments refuses an acting user whom the ERP has not told of', async () => {
    const headers = { Authorization: `Bearer ${token}`, 'Mail-Bridge-User': 'nobody' };
    const ofMail = calls.filter(({ operation }) =>
      /^(messages|assignments):/.test(operation['x-scope'] ?? ''),
    );
    const codes = await Promise.all(
      ofMail.map(async ({ method, path }) => {
        const { code } = (await (await ask(method, path, headers)).json()) as { code: string };
        return `${method} ${path} ${code}`;
      }),
    );
    expect(ofMail.length).toBeGreaterThan(10);
    expect(codes.filter((line) => !line.endsWith(' userUnknown'))).toEqual([]);
  });
});
