/** manifest.json at the root of the product. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Manifest } from './schema.js';
import { validateManifest, type ManifestProblem } from './validate.js';

/** The manifest cannot be used; every fault with its JSON path. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';

  constructor(readonly problems: readonly ManifestProblem[]) {
    const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
    super(`manifest.json cannot be used:\n${lines.join('\n')}`);
  }
}

/** The nearest manifest.json above this module; the compiled one lies a folder deeper than its source. */
export function manifestPath(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'manifest.json'))) {
    if (dirname(folder) === folder)
      throw new ManifestError([{ path: '$', message: 'There is no manifest.json.' }]);
    folder = dirname(folder);
  }
  return join(folder, 'manifest.json');
}

/** @throws ManifestError */
export function readManifest(file: string = manifestPath()): Manifest {
  const checked = validateManifest(parse(readFileSync(file, 'utf8')));
  if (!checked.valid) throw new ManifestError(checked.problems);
  return checked.manifest;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'not JSON';
    throw new ManifestError([{ path: '$', message }]);
  }
}
