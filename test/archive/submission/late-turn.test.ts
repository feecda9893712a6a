/** A round trip whose caller does not wait any longer. The time is over when the test says so. */
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { SubmissionTrials } from '../../../src/archive/submission/submission-trial.js';
import {
  RpcAccountOptions,
  RpcPop3Account,
  RpcSmtpAccount,
  type RoundTrip,
} from '../../../src/greyhound/index.js';
import { alwaysArmed } from '../../../src/platform/arming.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import { openArchiveUnderTest, type ArchiveUnderTest } from '../archive-under-test.js';
import { ScriptedPop3 } from '../retrieval/scripted-pop3.js';
import { waitFor } from '../../support/wait-for.js';

let archive: ArchiveUnderTest;
let server: ScriptedPop3;
let limit: AbortController;
beforeEach(async () => {
  archive = await openArchiveUnderTest();
  server = await ScriptedPop3.start([]);
  limit = new AbortController();
  jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => limit.signal);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await server.stop();
  await archive.close();
});

/** Begins a round trip in a mailbox that is in use. */
async function begin(): Promise<{ trip: Promise<RoundTrip>; giveTurn: () => Promise<void> }> {
  const client = archive.client();
  const settings = {
    Host: '127.0.0.1',
    Port: server.port,
    Username: 'u',
    Password: 'p',
    Delete: 1,
  };
  const pop3Id = await client.pop3Accounts.New({
    Pop3Account: RpcPop3Account.make({ ...settings, Name: 'a', Timeout: 60 }),
  });
  await client.pop3Accounts.Lock({ ID: pop3Id });
  await client.mailBridge.PutOptions({
    Kind: 0,
    ID: pop3Id,
    Options: RpcAccountOptions.make({ AllowClearTextLogin: true }),
  });
  const smtpId = await client.smtpAccounts.New({
    SmtpAccount: RpcSmtpAccount.make({ Name: 'a', Host: '127.0.0.1', Port: 9, Filter: '*' }),
  });
  let giveTurn: () => Promise<void> = () => Promise.reject(new Error('nobody asked for a turn'));
  const trials = new SubmissionTrials({
    accounts: archive.accounts,
    credentials: archive.oauth.credentials,
    connect: { egress: EgressPolicy.parse('127.0.0.0/8'), trust: {} },
    arming: alwaysArmed,
    scheduler: {
      inTurn: (_realmId, _id, task) =>
        new Promise((resolve, reject) => {
          giveTurn = () => task(new AbortController().signal).then(resolve, reject);
        }),
    },
  });
  const trip = trials.roundTrip(archive.realmId, { pop3Id, smtpId, address: 'a@example.test' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { trip, giveTurn: () => giveTurn() };
}

it('tells that the mailbox is in use, and does nothing when its turn comes after that', async () => {
  const { trip, giveTurn } = await begin();
  limit.abort();
  expect(await trip).toMatchObject({
    FailedStep: 'find',
    Code: 'temporarilyUnavailable',
    SentMs: 0,
  });
  await giveTurn();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(server.commands).toEqual([]);
});

it('tells how far it came when its time is over', async () => {
  server.faults = { silentAt: 'UIDL' };
  const { trip, giveTurn } = await begin();
  const turn = giveTurn();
  await waitFor(() => server.commands.includes('UIDL'), { what: 'a session' });
  limit.abort();
  expect(await trip).toMatchObject({ FailedStep: 'find', Code: 'responseTimeout', SentMs: 0 });
  await turn;
});
