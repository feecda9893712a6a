// The archive as a process of its own, to be killed. Arguments: compiled sources, data folder, key (hex).
import { Buffer } from 'node:buffer';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const [source, dataDir, key] = process.argv.slice(2);
const load = (module) => import(pathToFileURL(`${source}/${module}`).href);
const { openArchive } = await load('archive/index.js');
const { EgressPolicy } = await load('platform/egress.js');
const { createLogger } = await load('platform/log.js');
const { alwaysArmed } = await load('platform/arming.js');
const { Vault } = await load('platform/vault.js');
const archive = await openArchive({
  dataDir,
  host: '127.0.0.1',
  port: 0,
  realm: { username: 'bridge', password: 'geheim' },
  vault: new Vault([Buffer.from(key, 'hex')]),
  egress: EgressPolicy.parse('127.0.0.0/8'),
  trust: {},
  arming: alwaysArmed,
  clock: { now: () => new Date() },
  logger: createLogger('silent'),
});
process.send({ port: archive.port });
