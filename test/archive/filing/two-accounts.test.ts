import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startDovecot, type Dovecot } from '../../../fixtures/servers/dovecot.js';
import { asSet, ItemFlag, ItemState, RpcFilter } from '../../../src/greyhound/index.js';
import { RunningArchive } from '../retrieval/running-archive.js';

const A = 'verkauf@example.test';
const B = 'service@example.test';
const password = 'geheim';

const mail = (subject: string, fields: Record<string, string>) =>
  Buffer.from(
    ['From: k@example.test', `Subject: ${subject}`]
      .concat(Object.entries(fields).map(([name, value]) => `${name}: ${value}`))
      .concat('', 'Text', '')
      .join('\r\n'),
  );

let dovecot: Dovecot;
let archive: RunningArchive;
let groups: Record<string, number>;
let accounts: Record<string, number>;
beforeAll(async () => {
  dovecot = await startDovecot({
    users: [
      { address: A, password },
      { address: B, password },
    ],
  });
  archive = await RunningArchive.open();
  groups = {};
  accounts = {};
  for (const [order, Username] of [A, B].entries()) {
    accounts[Username] = await archive.addPop3({
      Username,
      Password: password,
      Port: dovecot.pop3Port,
      State: 0,
    });
    groups[Username] = await archive.addGroupWithRule(Username, accounts[Username], order);
  }
  await dovecot.deliver(A, mail('to A', { To: A }));
  await dovecot.deliver(B, mail('to B', { To: `Service <${B.toUpperCase()}>` }));
  await dovecot.deliver(A, mail('to B through A', { To: B }));
  await dovecot.deliver(B, mail('cc A through B', { To: 'x@example.test', Cc: A }));
  await dovecot.deliver(B, mail('list', { To: 'list@example.test' }));
  await dovecot.deliver(A, mail('delivered', { To: 'list@example.test', 'Delivered-To': B }));
  await dovecot.deliver(A, mail('both', { To: `${A}, ${B}`, 'Message-ID': '<both@example.test>' }));
  await dovecot.deliver(B, mail('both', { To: `${A}, ${B}`, 'Message-ID': '<both@example.test>' }));
  for (const id of Object.values(accounts)) await archive.changePop3(id, { State: 1 });
  await archive.waitForItems(8);
}, 60_000);
afterAll(async () => {
  await archive.close();
  await dovecot.stop();
});

/** What the filter [Konto] (Offene Mails) of the group shows. */
const openMails = async (address: string) =>
  (
    await archive.list({
      GroupRefs: [groups[address]!],
      Kinds: 1,
      States: asSet(ItemState.isOpen, ItemState.isQuestion),
      NegativeFlags: asSet(ItemFlag.ifDeleted, ItemFlag.ifSpam),
    })
  )
    .map(({ Subject }) => Subject)
    .sort();

describe('inbound rules of two accounts', () => {
  it("shows every mail in the right group's filter and in no other", async () => {
    expect(await openMails(A)).toEqual(['both', 'cc A through B', 'to A']);
    expect(await openMails(B)).toEqual(['both', 'delivered', 'list', 'to B', 'to B through A']);
    const both = (await archive.list()).filter(({ Subject }) => Subject === 'both');
    for (const { Pop3Ref, GroupRef } of both)
      expect(GroupRef).toBe(Pop3Ref === accounts[A] ? groups[A] : groups[B]);
  });

  it("goes by the group's present address, and inactive rules do nothing", async () => {
    const { groups: service, rules } = archive.client;
    const ID = groups[A]!;
    await service.Lock({ ID });
    await service.Put({ Group: { ...(await service.Get({ ID })), Email: 'neu@example.test' } });
    await service.Unlock({ ID });
    await dovecot.deliver(B, mail('new address', { To: 'neu@example.test' }));
    await archive.fetchNow(accounts[B]!);
    expect(await openMails(A)).toContain('new address');
    const [ruleA, ruleB] = await rules.GetList({ TriggerOption: 0 });
    for (const { ID: rule } of [ruleA!, ruleB!]) {
      await rules.Lock({ ID: rule });
      await rules.Put({ Rule: { ...(await rules.Get({ ID: rule })), State: 0 } });
      await rules.Unlock({ ID: rule });
    }
    await dovecot.deliver(B, mail('no rule', { To: B }));
    await archive.fetchNow(accounts[B]!);
    const unfiled = (await archive.list()).filter(({ GroupRef }) => GroupRef === 0);
    expect(unfiled.map(({ Subject }) => Subject)).toEqual(['no rule']);
  });

  it('can be run by hand over the items of a filter', async () => {
    const { rules, filters } = archive.client;
    const ruleB = (await rules.GetList({ TriggerOption: 0 }))[1]!;
    const Filter = RpcFilter.make({ Name: 'x', SearchFor: 'no rule', SearchFields: 2 });
    await filters.ExecuteRuleForTempFilter({ Filter, RuleID: ruleB.ID });
    expect(await openMails(B)).toContain('no rule');
  });
});
