/** A data folder that cannot be used: one sentence that says what to do, and nothing is damaged by the attempt. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  copyFile,
  cp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { projectFile } from '../../fixtures/servers/project-file.js';
import { Vault } from '../../src/platform/vault.js';
import { compileSource, type CompiledSource } from '../support/compiled-source.js';
import { ProductProcess } from '../support/product-process.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.js';
import { isFull } from './extent.js';

/** `nobody` in Debian: root may write everywhere, whatever the folder's mode. */
const NOBODY = 65_534;

const identity = {
  MB_SECRET_KEY: Vault.newKey().toString('base64'),
  MB_INSTANCE_ID: 'instance-of-the-start-suite',
};

let source: CompiledSource;
let directory: TemporaryDirectory;
/** Data of a product that ran, with an account in it. */
let original: ProductProcess;
let dataDir: string;
let environment: Record<string, string>;

beforeAll(async () => {
  source = await compileSource();
  original = await ProductProcess.open(source, { environment: identity });
  const created = await original.request('POST', '/api/v1/incoming-accounts', {
    name: 'Bestand',
    host: 'pop3.example.com',
    username: 'bestand@example.com',
    password: 'geheim',
  });
  expect(created.status).toBe(201);
  await original.stop();
}, 120_000);
afterAll(async () => {
  await original.close();
  await source.remove();
});

beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  dataDir = join(directory.path, 'data');
  await cp(original.dataDir, dataDir, { recursive: true });
  environment = { ...original.environment, MB_DATA_DIR: dataDir };
});
afterEach(async () => {
  await directory.remove();
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Starts the program, perhaps as another user or with a limit on the size of files, and waits for its end. */
async function startToEnd(how: { uid?: number; fileLimitBytes?: number } = {}): Promise<Ended> {
  const { uid, fileLimitBytes } = how;
  const program = [process.execPath, source.path('main.js')];
  const [command = '', ...args] =
    fileLimitBytes === undefined ? program : ['prlimit', `--fsize=${fileLimitBytes}:`, ...program];
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output += data.toString()));
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(giveUp);
  return { code, output };
}

/** One line for people: what, why, what to do; no stack, exit code EX_IOERR. */
function expectOneSentence({ code, output }: Ended, path: string, reason: RegExp): void {
  const lines = output.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  expect({ code, lines: lines.length, output }).toEqual({ code: 74, lines: 1, output });
  expect(lines[0]).toContain(path);
  expect(lines[0]).toMatch(reason);
  expect(output).not.toMatch(/^\s+at /m);
}

/** Every file of the folder, by path. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true });
  const files: Record<string, string> = {};
  for (const name of names) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) files[name] = (await readFile(path)).toString('base64');
  }
  return files;
}

/** The account is there when the product starts again. */
async function expectIntact(): Promise<void> {
  const product = await ProductProcess.open(source, {
    environment: { ...identity, MB_DATA_DIR: dataDir },
  });
  try {
    const answer = await product.request('GET', '/api/v1/incoming-accounts');
    const { items } = (await answer.json()) as { items: { name: string }[] };
    expect(items.map(({ name }) => name)).toEqual(['Bestand']);
  } finally {
    await product.close();
  }
}

async function makeReadable(): Promise<void> {
  for (const folder of [directory.path, projectFile('.cache'), dirname(source.path('.'))])
    await chmod(folder, 0o755);
}

describe('a folder that cannot be written', () => {
  it('read-only: folder, reason and remedy are named, nothing is changed', async () => {
    await makeReadable();
    await chmod(dataDir, 0o555);
    const before = await contents(dataDir);
    expectOneSentence(await startToEnd({ uid: NOBODY }), dataDir, /read-only.*right to write/);
    expect(await contents(dataDir)).toEqual(before);
    await chmod(dataDir, 0o700);
    await expectIntact();
  }, 90_000);

  it('read-only files in a folder that may be written', async () => {
    await makeReadable();
    const names = await readdir(dataDir, { recursive: true });
    await chown(dataDir, NOBODY, NOBODY);
    for (const name of names) await chmod(join(dataDir, name), 0o555);
    const ended = await startToEnd({ uid: NOBODY });
    expectOneSentence(ended, dataDir, /read-only.*right to write/);
    await chown(dataDir, 0, 0);
    for (const name of names) await chmod(join(dataDir, name), 0o755);
    await expectIntact();
  }, 90_000);

  it('full: a new folder is not begun, an old one not damaged', async () => {
    await rm(dataDir, { recursive: true });
    expectOneSentence(
      await startToEnd({ fileLimitBytes: 4096 }),
      dataDir,
      /disk is full.*Free space/,
    );
    await rm(dataDir, { recursive: true });
    await cp(original.dataDir, dataDir, { recursive: true });
    const { code } = await startToEnd({ fileLimitBytes: 4096 });
    expect(code === 74 || code === null).toBe(true);
    await expectIntact();
  }, 90_000);
});

describe('a database file that is damaged', () => {
  const files = ['bridge.sqlite', join('archive', 'archive.db'), join('archive', 'raw.db')];

  it.each(files)(
    '%s holds something else',
    async (name) => {
      const file = join(dataDir, name);
      await writeFile(file, Buffer.alloc(20_000, 'no database'));
      expectOneSentence(await startToEnd(), file, /damaged.*backup/);
      await copyFile(join(original.dataDir, name), file);
      if (isFull) await expectIntact();
    },
    90_000,
  );

  it.each(files)(
    '%s was cut off',
    async (name) => {
      const file = join(dataDir, name);
      await truncate(file, Math.floor((await stat(file)).size / 2 / 4096) * 4096);
      expectOneSentence(await startToEnd(), file, /damaged.*backup/);
      await copyFile(join(original.dataDir, name), file);
      if (isFull) await expectIntact();
    },
    90_000,
  );

  it.each(['bridge.sqlite', join('archive', 'archive.db')])(
    '%s is empty or gone: it is not silently begun anew',
    async (name) => {
      const file = join(dataDir, name);
      await truncate(file, 0);
      expectOneSentence(await startToEnd(), file, /missing or empty.*backup/);
      await rm(file);
      expectOneSentence(await startToEnd(), file, /missing or empty.*backup/);
      await copyFile(join(original.dataDir, name), file);
      if (isFull) await expectIntact();
    },
    90_000,
  );
});
