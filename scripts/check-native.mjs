/**
 * Says in plain words why the native module better-sqlite3 is not there and what to install. npm
 * runs a project's own scripts only after those of its dependencies, so this comes after an attempt
 * to fetch or compile the module; a ready-made binary needs no compiler and passes.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import process from 'node:process';

const COMPILERS = [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean);

/** What stands in the way, or undefined when the module works. */
function whyNotLoadable() {
  try {
    const Database = createRequire(import.meta.url)('better-sqlite3');
    new Database(':memory:').close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function runs(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function missingTools() {
  const missing = [];
  if (!['python3', 'python'].some(runs)) missing.push('python3');
  if (!runs('make')) missing.push('make');
  if (!COMPILERS.some(runs)) missing.push('a C++ compiler');
  return missing;
}

const reason = whyNotLoadable();
if (reason !== undefined) {
  const missing = missingTools();
  const advice =
    missing.length > 0
      ? [
          `To compile it, this machine lacks: ${missing.join(', ')}.`,
          'On Debian or Ubuntu: apt-get install --no-install-recommends python3 make g++',
          'Then run "npm ci" again.',
        ]
      : [
          'The compiler is here: "npm install --foreground-scripts" shows what fails. Without access',
          'to nodejs.org it needs the headers of this Node.js: npm_config_nodedir=<prefix of node>.',
        ];
  const what = `better-sqlite3, the embedded database, cannot be loaded: ${reason.split('\n')[0]}`;
  process.stderr.write(`${[what, ...advice].join('\n')}\n`);
  process.exitCode = 1;
}
