import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startDovecot, type Dovecot } from '../../../fixtures/servers/dovecot.js';
import { Pop3Delete } from '../../../src/greyhound/index.js';
import { waitFor } from '../../support/wait-for.js';
import { RunningArchive } from './running-archive.js';

const DAY_MS = 86_400_000;
const password = 'geheim';
const names = ['immediately', 'never', 'delayed', 'sync', 'mark', 'reset'] as const;
const addressOf = (name: (typeof names)[number]) => `${name}@example.test`;
const mail = (subject: string) =>
  Buffer.from(`From: k@example.test\r\nSubject: ${subject}\r\n\r\nText\r\n`);

let dovecot: Dovecot;
let archive: RunningArchive;
beforeAll(async () => {
  dovecot = await startDovecot({
    users: names.map((name) => ({ address: addressOf(name), password })),
  });
  archive = await RunningArchive.open();
}, 60_000);
afterAll(async () => {
  await archive.close();
  await dovecot.stop();
});

/** Subjects that are on the server. */
async function onServer(name: (typeof names)[number]): Promise<string[]> {
  const mails = await dovecot.readMaildir(addressOf(name));
  return mails.map(({ bytes }) => /Subject: (.*)\r/.exec(bytes.toString())?.[1] ?? '');
}

async function inArchive(accountId: number): Promise<string[]> {
  const items = await archive.list();
  return items.filter(({ Pop3Ref }) => Pop3Ref === accountId).map(({ Subject }) => Subject);
}

async function connect(name: (typeof names)[number], policy: object): Promise<number> {
  const Username = addressOf(name);
  await dovecot.deliver(Username, mail(`${name} 1`));
  await dovecot.deliver(Username, mail(`${name} 2`));
  const id = await archive.addPop3({
    Username,
    Password: password,
    Port: dovecot.pop3Port,
    ...policy,
  });
  await archive.fetchNow(id);
  expect(await inArchive(id)).toEqual([`${name} 1`, `${name} 2`]);
  return id;
}

describe('deletion on the server', () => {
  it('SAL-50 deletes at once what was fetched, whatever the number of days says', async () => {
    const id = await connect('immediately', { Delete: Pop3Delete.pdYes, DeleteAge: 30 });
    expect(await onServer('immediately')).toEqual([]);
    expect(await inArchive(id)).toHaveLength(2);
  });

  it('SAL-51 never deletes under the third option', async () => {
    const id = await connect('never', { Delete: Pop3Delete.pdNo });
    archive.clock.advance(400 * DAY_MS);
    await archive.fetchNow(id);
    expect(await onServer('never')).toEqual(['never 1', 'never 2']);
    expect(await inArchive(id)).toHaveLength(2);
  });

  it('SAL-48 SAL-49 deletes after the given number of days since storage, not before', async () => {
    const id = await connect('delayed', { Delete: Pop3Delete.pdDelayed, DeleteAge: 7 });
    archive.clock.advance(6 * DAY_MS);
    await dovecot.deliver(addressOf('delayed'), mail('delayed 3'));
    await archive.fetchNow(id);
    expect(await onServer('delayed')).toEqual(['delayed 1', 'delayed 2', 'delayed 3']);
    archive.clock.advance(DAY_MS);
    await archive.fetchNow(id);
    expect(await onServer('delayed')).toEqual(['delayed 3']);
    expect(await inArchive(id)).toEqual(['delayed 1', 'delayed 2', 'delayed 3']);
  });

  it('SAL-53 deletes on the server at once what is deleted here, also when fetched mails stay', async () => {
    const id = await connect('sync', { Delete: Pop3Delete.pdNo, DeleteSync: 1 });
    const items = (await archive.list()).filter(({ Pop3Ref }) => Pop3Ref === id);
    const [first, second] = items.map(({ ID }) => ID);
    await archive.client.items.SetTrash({ ID: first!, Value: true });
    await waitFor(async () => (await onServer('sync')).length === 1);
    expect(await onServer('sync')).toEqual(['sync 2']);
    await archive.client.items.Lock({ ID: second! });
    await archive.client.items.Delete({ ID: second! });
    await waitFor(async () => (await onServer('sync')).length === 0);
    await archive.fetchNow(id);
    expect(await inArchive(id)).toEqual(['sync 1']);
  });

  it('SAL-54 only marks it when the switch is off, and it is found among the deleted ones', async () => {
    const id = await connect('mark', { Delete: Pop3Delete.pdNo, DeleteSync: 0 });
    const [first] = (await archive.list()).filter(({ Pop3Ref }) => Pop3Ref === id);
    await archive.client.items.SetTrash({ ID: first!.ID, Value: true });
    await archive.fetchNow(id);
    expect(await onServer('mark')).toEqual(['mark 1', 'mark 2']);
    const deleted = await archive.list({ PositiveFlags: 2 });
    expect(deleted.map(({ ID }) => ID)).toContain(first!.ID);
    const present = await archive.list({ NegativeFlags: 2 });
    expect(present.map(({ ID }) => ID)).not.toContain(first!.ID);
  });

  it('fetches again after ResetUIDL only what is no longer in the archive', async () => {
    const id = await connect('reset', { Delete: Pop3Delete.pdNo });
    const [first] = (await archive.list()).filter(({ Pop3Ref }) => Pop3Ref === id);
    await archive.client.items.Lock({ ID: first!.ID });
    await archive.client.items.Delete({ ID: first!.ID });
    await archive.fetchNow(id);
    expect(await inArchive(id)).toEqual(['reset 2']);
    await archive.client.pop3Accounts.Lock({ ID: id });
    await archive.client.pop3Accounts.ResetUIDL({ ID: id });
    await archive.client.pop3Accounts.Unlock({ ID: id });
    await waitFor(async () => (await inArchive(id)).length === 2);
    await archive.fetchNow(id);
    expect((await inArchive(id)).sort()).toEqual(['reset 1', 'reset 2']);
  });
});
