/**
 * Which requirement ids are shown by tests, and which are open (`npm run coverage:requirements`).
 *
 * An id is shown when a test carries it in its name (`SAL-21`, a list `SAL-14, SAL-15` or a range
 * `SAL-14…16`), ran and passed, and no test that carries it failed. The names come from Jest's
 * results; when these are missing or older than the code, from the sources of the tests, and the
 * output says so. An id that does not exist ends the command with 1.
 *
 * Options: --index, --results and --root give other places than the project's own.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: { index: { type: 'string' }, results: { type: 'string' }, root: { type: 'string' } },
});
const root = resolve(options.root ?? dirname(dirname(fileURLToPath(import.meta.url))));
const indexPath = options.index ?? join(root, 'docs', 'requirements-index.json');
const resultsPath = options.results ?? join(root, '.cache', 'jest-results.json');

const families = Object.entries(JSON.parse(readFileSync(indexPath, 'utf8')));
const known = new Set(families.flatMap(([, family]) => family.requirements.map(({ id }) => id)));
const idPattern = new RegExp(
  `\\b(${families.map(([prefix]) => prefix).join('|')})-(\\d+)` +
    '(?:\\s*(?:…|\\.\\.\\.?|–)\\s*(?:\\1-)?(\\d+))?',
  'g',
);

/** All ids that a text names; ranges are written out. */
function idsIn(text) {
  const ids = [];
  for (const [, prefix, first, last = first] of text.matchAll(idPattern)) {
    const id = (number) => `${prefix}-${String(number).padStart(first.length, '0')}`;
    if (Number(last) < Number(first)) ids.push(`${prefix}-${first}…${last}`);
    for (let number = Number(first); number <= Number(last); number += 1) ids.push(id(number));
  }
  return ids;
}

/** Files below a folder of the project, without what tools put there. */
function filesBelow(folder, suffix) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(root, folder, name));
}

/** `{ shown, failed, note }` from a run of the tests, or undefined when there is no fresh one. */
function idsOfTheLastRun(testFiles) {
  if (!existsSync(resultsPath)) return undefined;
  const results = JSON.parse(readFileSync(resultsPath, 'utf8'));
  const sources = [...testFiles, ...filesBelow('src', '.ts'), ...filesBelow('adapters', '.ts')];
  if (sources.some((file) => statSync(file).mtimeMs > results.startTime)) return undefined;
  const tests = results.testResults.flatMap((file) => file.assertionResults);
  const idsWith = (status) =>
    new Set(tests.filter((test) => test.status === status).flatMap((test) => idsIn(test.fullName)));
  const missing = testFiles.length - results.testResults.length;
  return {
    shown: idsWith('passed'),
    failed: idsWith('failed'),
    note: missing > 0 ? `The last run left out ${missing} of ${testFiles.length} test files.` : '',
  };
}

function idsOfTheSources(testFiles) {
  const lines = testFiles.flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  const withoutComments = lines.filter((line) => !/^\s*(\/\/|\/?\*)/.test(line));
  return {
    shown: new Set(withoutComments.flatMap(idsIn)),
    failed: new Set(),
    note: 'The tests have not been run since the last change: ids that their sources name.',
  };
}

/** `01…03, 07` for ids of one family in ascending order. */
function compact(ids) {
  const runs = [];
  for (const id of ids) {
    const [, digits] = id.split('-');
    const run = runs.at(-1);
    if (run && Number(run.last) + 1 === Number(digits)) run.last = digits;
    else runs.push({ first: digits, last: digits });
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first}…${last}`)).join(', ');
}

const testFiles = filesBelow('test', '.test.ts');
const { shown, failed, note } = idsOfTheLastRun(testFiles) ?? idsOfTheSources(testFiles);
const say = (line) => process.stdout.write(`${line}\n`);

say('Requirements shown by tests');
if (note !== '') say(note);
for (const [prefix, { name, requirements }] of families) {
  const ids = requirements.map(({ id }) => id);
  const open = ids.filter((id) => !shown.has(id) || failed.has(id));
  const count = `${ids.length - open.length}/${ids.length}`;
  say(
    `${prefix} ${count.padStart(7)}  ${name}${open.length > 0 ? `; open: ${compact(open)}` : ''}`,
  );
}
const failing = [...failed].filter((id) => known.has(id));
if (failing.length > 0) say(`Carried by a failing test: ${failing.sort().join(', ')}`);
const unknown = [...new Set([...shown, ...failed])].filter((id) => !known.has(id));
if (unknown.length > 0) {
  say(`Unknown ids in the names of tests: ${unknown.sort().join(', ')}`);
  process.exitCode = 1;
}
