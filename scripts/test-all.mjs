/**
 * Everything that must hold (`npm run test:all`): installs the servers, the browser and PHP, which
 * the tests use, then runs lint, type check and tests, each to its end, and says at last what Jest counted.
 * `npm test` alone installs nothing.
 *
 * `--counts` prints only the counts of the last run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const resultsPath = join(root, '.cache', 'jest-results.json');
const say = (line) => process.stdout.write(`${line}\n`);

/** Runs a command with our output; true when it succeeded. */
function run(command, args, environment = {}) {
  say(`\n> ${[command, ...args].join(' ')}`);
  const env = { ...process.env, ...environment };
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  if (error) say(`${command}: ${error.message}`);
  return status === 0;
}

function missingPackages() {
  const list = join(root, 'fixtures', 'servers', 'debian-packages.json');
  const packages = JSON.parse(readFileSync(list, 'utf8'));
  return packages.filter(({ file }) => !existsSync(file)).map((one) => one.package);
}

/** True when every server is there, installed now if need be. Never starts a system service. */
function installServers() {
  const missing = missingPackages();
  if (missing.length === 0) return true;
  say(
    `The tests use real servers and a real browser. Missing Debian packages: ${missing.join(' ')}`,
  );
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
    say('They can be installed only by root on Debian or Ubuntu. Install Dovecot 2.3 with POP3,');
    say('IMAP and LMTP, Postfix 3.7, dnsmasq, Chromium and openssl yourself, or run this as root');
    say('in a container.');
    return false;
  }
  say('Installing them with apt-get; RUNLEVEL=1 keeps them from being started as services.');
  const environment = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  if (!run('apt-get', ['update'], environment) || !run('apt-get', install, environment)) {
    say('The servers could not be installed; nothing was tested.');
    return false;
  }
  const stillMissing = missingPackages();
  if (stillMissing.length > 0) say(`Installed, but not found: ${stillMissing.join(' ')}`);
  return stillMissing.length === 0;
}

/** `N passed, N failed`; a test file that could not be run counts as one failure. */
function sayCounts() {
  if (!existsSync(resultsPath)) {
    say('Jest left no results.');
    say('0 passed, 1 failed');
    return;
  }
  const results = JSON.parse(readFileSync(resultsPath, 'utf8'));
  const skipped = results.numPendingTests + results.numTodoTests;
  if (skipped > 0) say(`${skipped} skipped`);
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  say(`${results.numPassedTests} passed, ${failed} failed`);
}

function testEverything() {
  // Results of an earlier run must not speak for this one.
  rmSync(resultsPath, { force: true });
  if (!installServers()) return false;
  const steps = [['run', 'lint'], ['run', 'typecheck'], ['test']];
  const failed = steps.filter((step) => !run('npm', step)).map((step) => step.at(-1));
  if (failed.length > 0) say(`\nFailed: ${failed.join(', ')}`);
  sayCounts();
  return failed.length === 0;
}

if (process.argv.includes('--counts')) sayCounts();
else if (!testEverything()) process.exitCode = 1;
