/**
 * `npm run bench [name …]`: the figures of docs/performance.md. Every ratio is measured in one run, against a
 * baseline on the same machine. Needs Dovecot and mpop (Debian: dovecot-pop3d, mpop).
 */
import { benchAutoconfig } from './autoconfig.js';
import { benchDirectory } from './directory.js';
import { benchFetch } from './fetch.js';
import { benchMemory } from './memory.js';
import { benchParse } from './parse.js';
import { benchReading } from './reading.js';
import { printFigures, type Figure } from './report.js';
import { benchSave } from './save.js';
import { benchList, benchSearch } from './search.js';
import { benchIdle, benchStart } from './start.js';
import { benchSubmit } from './submit.js';

const benches: Readonly<Record<string, () => Promise<Figure[]>>> = {
  start: benchStart,
  idle: benchIdle,
  save: benchSave,
  memory: benchMemory,
  fetch: benchFetch,
  parse: benchParse,
  submit: benchSubmit,
  autoconfig: benchAutoconfig,
  directory: benchDirectory,
  reading: benchReading,
  list: benchList,
  search: benchSearch,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(
    `No such bench: ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`,
  );
  process.exit(1);
}
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length === 0 || wanted.includes(name)) printFigures(await bench());
}
