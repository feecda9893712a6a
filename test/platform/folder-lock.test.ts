import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { projectFile } from '../../fixtures/servers/project-file.js';
import { FolderInUse, lockFolder } from '../../src/platform/folder-lock.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.js';

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await makeTemporaryDirectory();
});
afterEach(() => directory.remove());

it('refuses a second holder in the same process, and lets the next one in', () => {
  const lock = lockFolder(directory.path);
  expect(() => lockFolder(directory.path)).toThrow(FolderInUse);
  expect(() => lockFolder(directory.path)).toThrow(directory.path);
  lock.release();
  lockFolder(directory.path).release();
});

it('is held by another process until that is killed', async () => {
  const script = join(directory.path, 'holder.mjs');
  const sqlite = projectFile('node_modules', 'better-sqlite3', 'lib', 'index.js');
  writeFileSync(
    script,
    `import Database from ${JSON.stringify(sqlite)};
     const database = new Database(process.argv[2]);
     database.exec('begin exclusive');
     process.send('held');
     setInterval(() => undefined, 1000);`,
  );
  const holder = fork(script, [join(directory.path, 'lock.db')], { execArgv: [] });
  await once(holder, 'message');
  expect(() => lockFolder(directory.path)).toThrow(FolderInUse);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  lockFolder(directory.path).release();
});
