// Account management as a process of its own, to be killed. Arguments: compiled sources, archive's address. It is sent
// the folder to work on (database file, key in hex, client id), ends what an earlier process left open there, says so,
// and does what it is asked; another folder may follow.
import { Buffer } from 'node:buffer';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const [source, url] = process.argv.slice(2);
const load = (module) => import(pathToFileURL(`${source}/${module}`).href);
const { createAccountManagement } = await load('bridge/provisioning/index.js');
const { provisioningMigrations } = await load('bridge/provisioning/schema.js');
const { GreyhoundClient } = await load('greyhound/index.js');
const { openSqlite } = await load('platform/database.js');
const { randomIds } = await load('platform/ids.js');
const { Vault } = await load('platform/vault.js');

async function open({ file, key, clientId }) {
  const client = new GreyhoundClient({ url, username: 'bridge', password: 'geheim', clientId });
  const management = createAccountManagement({
    access: { client: () => Promise.resolve(client), hasMailBridge: () => Promise.resolve(true) },
    database: await openSqlite(file, provisioningMigrations),
    vault: new Vault([Buffer.from(key, 'hex')]),
    clock: { now: () => new Date() },
    ids: randomIds,
  });
  await management.recoverOperations();
  return management;
}

let management;

async function answer({ folder, command }) {
  if (folder !== undefined) {
    management = await open(folder);
    return 'ready';
  }
  const { ask, parameters } = command;
  if (ask === 'save') await management.saving.save(...parameters);
  else await management.provisioning.repair(...parameters);
  return 'no failure';
}

process.on('message', (message) => {
  answer(message).then(
    (word) => process.send(word),
    (error) => process.send(error.code ?? String(error)),
  );
});
