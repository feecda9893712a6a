/** Saving an incoming account against an archive that holds real state. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isReading } from '../../../fixtures/scripted-archive.js';
import { parseInboundRuleScript } from '../../../src/greyhound/inbound-rule-script.js';
import { codeOf, INSTALLATION, openStand, wanted, type Stand } from './stand.js';

let stand: Stand;
beforeEach(async () => {
  stand = await openStand();
});
afterEach(() => stand.close());

const create = (name: string, more: Record<string, unknown> = {}) =>
  stand.management.incomingAccounts.create(INSTALLATION, wanted(name, more));

const names = (service: string) => stand.archive.entries(service).map((entry) => entry['Name']);

/** Answers all calls that wait when no further one comes: what may run at the same time is one round. */
function countRounds({ archive }: Stand): () => number {
  const QUIET_MS = 150;
  let rounds = 0;
  const waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  archive.onCall = () =>
    new Promise((resolve) => {
      waiting.push(() => resolve(undefined));
      clearTimeout(timer);
      timer = setTimeout(() => {
        rounds += 1;
        for (const answer of waiting.splice(0)) answer();
      }, QUIET_MS);
    });
  return () => rounds;
}

describe('an IMAP account', () => {
  const imap = { protocol: 'imap', host: 'imap.example.com', mailbox: 'Aufträge' };

  it('is made as one, with its customary port and its folder', async () => {
    const { account } = await create('Verkauf', imap);
    expect(account).toMatchObject({ protocol: 'imap', port: 993, mailbox: 'Aufträge' });
    expect(stand.archive.entries('RpcPop3Accounts')).toMatchObject([
      { Protocol: 1, Port: 993, Mailbox: 'Aufträge', Delete: 1 },
    ]);
    expect(stand.archive.entries('RpcSmtpAccounts')).toMatchObject([{ Host: 'smtp.example.com' }]);
  });

  it('is refused where the archive would fetch by POP3, and nothing of it stays', async () => {
    stand.archive.knowsImap = false;
    const refusal = await create('Verkauf', imap).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'notSupportedByArchive', field: 'protocol' });
    expect(stand.archive.objectCount).toBe(0);
  });

  it('has no APOP', async () => {
    const refusal = create('Verkauf', { ...imap, authentication: 'apop' });
    await expect(refusal).rejects.toMatchObject({
      code: 'invalidRequest',
      field: 'authentication',
    });
    const { account, tag } = await create('Service', { authentication: 'apop' });
    await expect(
      stand.management.incomingAccounts.update(INSTALLATION, account.id, { protocol: 'imap' }, tag),
    ).rejects.toMatchObject({ code: 'invalidRequest', field: 'authentication' });
  });

  it('has the inbox once, however it is spelled', async () => {
    await create('Verkauf', { ...imap, mailbox: '', username: 'a@example.com' });
    const again = create('Service', { ...imap, mailbox: 'inbox', username: 'a@example.com' });
    expect(await codeOf(again)).toBe('mailboxAlreadyConnected');
    await create('Aufträge', { ...imap, username: 'a@example.com' });
  });
});

describe('a new incoming account', () => {
  it('SAL-61 SAL-62 SAL-64 SAL-71 SAL-73 SAL-74 the first one makes 16 objects', async () => {
    const { account, result } = await create('Verkauf');
    expect(stand.archive.objectCount).toBe(16);
    expect(names('RpcPop3Accounts')).toEqual(['Verkauf']);
    expect(names('RpcGroups')).toEqual(['Verkauf']);
    expect(names('RpcSignatures')).toEqual(['Verkauf']);
    expect(names('RpcSmtpAccounts')).toEqual(['Verkauf']);
    expect(names('RpcRules')).toEqual(['Eingangsverarbeitung: Verkauf']);
    expect(result.elements).toHaveLength(16);
    expect(new Set(result.elements.map(({ outcome }) => outcome))).toEqual(new Set(['created']));
    expect(account.id).toBe(1);
  });

  it('SAL-66 SAL-67 SAL-68 SAL-69 the filters and their tree', async () => {
    await create('Verkauf');
    expect(names('RpcFilters').sort()).toEqual(
      [
        'Alle E-Mails',
        'Verkauf (Offene Mails)',
        'Verkauf (Pool)',
        'Verkauf (Meine Mails)',
        'Gesendete Elemente',
        'Fehlgeschlagen',
        'Gelöschte Elemente',
        'Erledigt',
        'Entwürfe',
        'Spamverdacht',
        'Geprüft',
      ].sort(),
    );
    const filters = stand.archive.entries('RpcFilters');
    const spam = filters.find((filter) => filter['Name'] === 'Spamverdacht');
    const children = filters.filter((filter) => filter['ParentRef'] !== 0);
    expect(children.map((filter) => [filter['Name'], filter['ParentRef']])).toEqual([
      ['Geprüft', spam?.ID],
    ]);
  });

  it('SAL-70 SAL-74 each further one makes 8 and shares the generic filters', async () => {
    await create('Verkauf');
    const { result } = await create('Service');
    expect(stand.archive.objectCount).toBe(24);
    const outcomes = result.elements.map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(8);
    expect(outcomes.filter((outcome) => outcome === 'reused')).toHaveLength(8);
  });

  it('SAL-63 SAL-65 group address, default signature, SMTP senders and rule belong together', async () => {
    await create('Verkauf');
    const [group] = stand.archive.entries('RpcGroups');
    expect(group?.['Email']).toBe('verkauf@example.com');
    expect(stand.archive.entries('RpcSignatures')[0]?.['Groups']).toEqual([
      { GroupRef: group?.ID, DefaultKinds: 1 },
    ]);
    const [smtp] = stand.archive.entries('RpcSmtpAccounts');
    expect(smtp).toMatchObject({
      Host: 'smtp.example.com',
      Port: 587,
      Encrypt: 2,
      Filter: 'verkauf@example.com',
      Username: 'verkauf@example.com',
      Password: 'geheim',
    });
    const [rule] = stand.archive.entries('RpcRules');
    expect(parseInboundRuleScript(String(rule?.['SourceCode']))).toEqual({
      groupId: group?.ID,
      address: 'verkauf@example.com',
      accountId: stand.archive.entries('RpcPop3Accounts')[0]?.ID,
    });
    expect(rule).toMatchObject({ State: 1, Kind: 1, Triggers: 1 });
  });

  it('SAL-77 SAL-79 a user name that is no address needs the group address; nothing is created', async () => {
    expect(await codeOf(create('Verkauf', { username: 'verkauf01' }))).toBe('groupAddressRequired');
    expect(stand.archive.calls.every(({ method }) => isReading(method))).toBe(true);
    await create('Verkauf', { username: 'verkauf01', emailAddress: 'post@example.com' });
    expect(stand.archive.entries('RpcGroups')[0]?.['Email']).toBe('post@example.com');
  });

  it('SAL-80 both accounts are inactive unless asked for otherwise', async () => {
    const { account } = await create('Verkauf');
    expect(account.active).toBe(false);
    expect(stand.archive.entries('RpcPop3Accounts')[0]?.['State']).toBe(0);
    expect(stand.archive.entries('RpcSmtpAccounts')[0]?.['State']).toBe(0);
  });

  it('SAL-81 saved as active both are switched on, after everything else was verified', async () => {
    const { account } = await create('Verkauf', { active: true });
    expect(account.active).toBe(true);
    expect(stand.archive.entries('RpcPop3Accounts')[0]?.['State']).toBe(1);
    expect(stand.archive.entries('RpcSmtpAccounts')[0]?.['State']).toBe(1);
    const methods = stand.archive.calls.map(({ method }) => method);
    const firstPut = methods.findIndex((method) => method.endsWith('.Put'));
    expect(firstPut).toBeGreaterThan(methods.lastIndexOf('RpcRules.New'));
    expect(firstPut).toBeGreaterThan(methods.lastIndexOf('RpcPop3Accounts.GetList'));
    expect(stand.archive.lockCount).toBe(0);
  });

  it('SAL-52 the mails stay on the server unless told otherwise: Delete is sent', async () => {
    await create('Verkauf');
    const made = stand.archive.calls.find(({ method }) => method === 'RpcPop3Accounts.New');
    expect(made?.params[0]).toMatchObject({ Delete: 1 });
  });

  it('SAL-75 a dry run reads, tells the 16 elements and changes nothing', async () => {
    const plan = await stand.management.incomingAccounts.planCreate(
      INSTALLATION,
      wanted('Verkauf'),
    );
    expect(plan.elements).toHaveLength(16);
    expect(plan.elements.every(({ action, id }) => action === 'create' && id === null)).toBe(true);
    expect(stand.archive.objectCount).toBe(0);
    expect(stand.archive.calls.filter(({ method }) => !isReading(method))).toEqual([]);
  });

  it.each([
    { active: false, rounds: 5 },
    { active: true, rounds: 9 },
  ])(
    'the longest chain of calls is $rounds when active is $active, at most 8 at a time',
    async ({ active, rounds }) => {
      const counted = countRounds(stand);
      await create('Verkauf', { active });
      expect(counted()).toBe(rounds);
      expect(stand.archive.maxInFlight).toBeLessThanOrEqual(8);
    },
  );

  it('a script that the archive refuses leaves the rule inactive and the save warns', async () => {
    stand.archive.sourceCodeComplaint = 'line 1: unknown';
    const { result } = await create('Verkauf');
    expect(stand.archive.entries('RpcRules')[0]?.['State']).toBe(0);
    expect(result.warnings).toEqual([
      { code: 'ruleRefused', element: 'inboundRule', name: 'Eingangsverarbeitung: Verkauf' },
    ]);
  });
});

describe('limits and uniqueness', () => {
  const fill = (service: string, count: number) => {
    for (let index = 0; index < count; index += 1) {
      stand.archive.insert(service, {
        Name: `Konto ${String(index)}`,
        Kind: 0,
        Host: 'h',
        Username: String(index),
      });
    }
  };

  it('SAL-21 SAL-24 the eleventh is refused before the first step, whoever made the ten', async () => {
    fill('RpcPop3Accounts', 10);
    expect(await codeOf(create('Elfter'))).toBe('accountLimitReached');
    expect(stand.archive.calls.every(({ method }) => isReading(method))).toBe(true);
  });

  it('SAL-76 SAL-103 no free SMTP place refuses the whole save', async () => {
    fill('RpcSmtpAccounts', 10);
    expect(await codeOf(create('Verkauf'))).toBe('accountLimitReached');
    expect(stand.archive.objectCount).toBe(10);
  });

  it('SAL-23 accounts for fax do not count, inactive ones do', async () => {
    fill('RpcPop3Accounts', 9);
    stand.archive.insert('RpcPop3Accounts', { Name: 'Fax', Kind: 1 });
    await create('Zehnter');
    expect(await codeOf(create('Elfter'))).toBe('accountLimitReached');
  });

  it('SAL-23 parallel saves never make eleven', async () => {
    fill('RpcPop3Accounts', 8);
    const saves = ['A', 'B', 'C', 'D'].map((name) => codeOf(create(name)));
    const codes = await Promise.all(saves);
    expect(codes.sort()).toEqual([
      'accountLimitReached',
      'accountLimitReached',
      'no failure',
      'no failure',
    ]);
    expect(stand.archive.entries('RpcPop3Accounts')).toHaveLength(10);
  });

  it('SAL-24 gives way to another writer that came first, leaving nothing behind', async () => {
    fill('RpcPop3Accounts', 9);
    stand.archive.onCall = ({ method }) => {
      if (method === 'RpcPop3Accounts.New') {
        stand.archive.insert('RpcPop3Accounts', { Name: 'Fremd', Kind: 0 });
      }
      return undefined;
    };
    expect(await codeOf(create('Verkauf', { active: true }))).toBe('accountLimitReached');
    expect(stand.archive.entries('RpcPop3Accounts')).toHaveLength(10);
    expect(stand.archive.objectCount).toBe(10);
  });

  it('SAL-41 a name is taken regardless of case and space', async () => {
    await create('Verkauf');
    const twice = create(' VERKAUF ', { username: 'x@example.com' });
    expect(await codeOf(twice)).toBe('accountNameTaken');
  });

  it('the same mailbox twice is refused', async () => {
    await create('Verkauf');
    const twice = create('Zweit', { username: 'verkauf@example.com' });
    expect(await codeOf(twice)).toBe('mailboxAlreadyConnected');
    expect(stand.archive.objectCount).toBe(16);
  });

  it('SAL-41 what has the name and does not fit is refused by name, and taken with reuse', async () => {
    stand.archive.insert('RpcGroups', { Name: 'Verkauf', Email: 'andere@example.com' });
    const failure: unknown = await create('Verkauf').catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'elementExists',
      params: { element: 'group', name: 'Verkauf' },
    });
    const { result } = await create('Verkauf', { reuse: true });
    expect(result.elements[0]).toMatchObject({ element: 'group', outcome: 'reused', id: 1 });
    expect(stand.archive.entries('RpcSmtpAccounts')[0]?.['Filter']).toBe('andere@example.com');
  });
});
