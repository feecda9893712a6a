/** The sources as node can run them without a loader: for child processes and worker threads. */
import { transform } from '@swc/core';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { projectFile } from '../../fixtures/servers/project-file.js';

export interface CompiledSource {
  /** Path of a compiled module, e.g. `archive/index.js`. */
  readonly path: (module: string) => string;
  readonly remove: () => Promise<void>;
}

/** Names of all modules, from the project's root. */
async function modules(): Promise<string[]> {
  const folders = await Promise.all(
    ['src', 'adapters'].map(async (folder) =>
      (await readdir(projectFile(folder), { recursive: true })).map((name) => join(folder, name)),
    ),
  );
  return folders.flat().filter((name) => name.endsWith('.ts'));
}

/** Types are taken away, nothing is checked. Lies within the project, so that its packages are found. */
export async function compileSource(): Promise<CompiledSource> {
  const cache = projectFile('.cache');
  await mkdir(cache, { recursive: true });
  const target = await mkdtemp(join(cache, 'compiled-'));
  for (const name of await modules()) {
    const source = await readFile(projectFile(name), 'utf8');
    const { code } = await transform(source, {
      filename: name,
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    });
    const file = join(target, name.replace(/\.ts$/, '.js'));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, code);
  }
  return {
    path: (module) => join(target, 'src', module),
    remove: () => rm(target, { recursive: true, force: true }),
  };
}
