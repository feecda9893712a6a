/** A save that is disturbed at every single call: what is left behind is everything or nothing, never twice. */
import { describe, expect, it } from '@jest/globals';
import { isReading, type Fault, type ScriptedArchive } from '../../../fixtures/scripted-archive.js';
import { codeOf, INSTALLATION, openStand, wanted, type Stand } from './stand.js';

const services = [
  'RpcPop3Accounts',
  'RpcSmtpAccounts',
  'RpcGroups',
  'RpcSignatures',
  'RpcFilters',
  'RpcRules',
];

const hasDuplicates = (archive: ScriptedArchive): boolean =>
  services.some((service) => {
    const names = archive.entries(service).map((entry) => entry['Name']);
    return new Set(names).size !== names.length;
  });

const isActive = (archive: ScriptedArchive, service: string): boolean =>
  archive.entries(service).some((entry) => entry['State'] === 1);

const save = (stand: Stand) =>
  codeOf(
    stand.management.incomingAccounts.create(INSTALLATION, wanted('Verkauf', { active: true })),
  );

async function withStand<T>(run: (stand: Stand) => Promise<T>): Promise<T> {
  const stand = await openStand();
  try {
    return await run(stand);
  } finally {
    await stand.close();
  }
}

/** How many calls an undisturbed save makes, and which is the first that activates. */
const undisturbed = withStand(async (stand) => {
  expect(await save(stand)).toBe('no failure');
  const methods = stand.archive.calls.map(({ method }) => method);
  return { count: methods.length, firstRead: methods.findIndex((name) => !isReading(name)) };
});

const each = async (check: (stand: Stand, index: number) => Promise<void>): Promise<void> => {
  const { count } = await undisturbed;
  for (let index = 0; index < count; index += 1) {
    await withStand((stand) => check(stand, index));
  }
};

const once = (stand: Stand, index: number, fault: Fault): void => {
  stand.archive.onCall = (call) => (call.index === index ? fault : undefined);
};

describe('one call of a save is disturbed', () => {
  it.each<Fault>([{ kind: 'loseAnswer' }, { kind: 'drop' }, { kind: 'garbage' }])(
    'BRG-11 $kind: resolved by looking, everything exists once',
    async (fault) => {
      const { firstRead } = await undisturbed;
      await each(async (stand, index) => {
        once(stand, index, fault);
        const code = await save(stand);
        // Before the first step a failed read ends the save; nothing has been done yet.
        const objects = index < firstRead ? 0 : 16;
        expect({ index, objects: stand.archive.objectCount }).toEqual({ index, objects });
        expect(code === 'no failure').toBe(objects === 16);
        expect(hasDuplicates(stand.archive)).toBe(false);
        expect(isActive(stand.archive, 'RpcPop3Accounts')).toBe(objects === 16);
      });
    },
    120_000,
  );

  it('SAL-75 refused: what this save created is taken back, unless it was activated', async () => {
    await each(async (stand, index) => {
      const standing = stand.archive.insert('RpcFilters', { Name: 'Alle E-Mails', ParentRef: 0 });
      once(stand, index, { kind: 'refuse' });
      const code = await save(stand);
      const refused = stand.archive.calls[index]?.method ?? '';
      const objects = stand.archive.objectCount;
      if (refused === '' || refused.endsWith('.Unlock')) expect(code).toBe('no failure');
      else if (code === 'activationFailed') expect(objects).toBe(16);
      else {
        expect(code).not.toBe('no failure');
        expect({ refused, objects }).toEqual({ refused, objects: 1 });
      }
      expect(stand.archive.entries('RpcFilters').some(({ ID }) => ID === standing)).toBe(true);
      expect(isActive(stand.archive, 'RpcPop3Accounts') && objects !== 16).toBe(false);
    });
  }, 120_000);
});

describe('the archive goes away during a save and comes back', () => {
  it.each<Fault>([{ kind: 'drop' }, { kind: 'loseAnswer' }])(
    'SAL-75 BRG-11 $kind from any call on: ended at the next start, completed or taken back',
    async (fault) => {
      await each(async (stand, index) => {
        stand.archive.onCall = (call) => (call.index >= index ? fault : undefined);
        await save(stand);
        stand.archive.onCall = () => undefined;
        stand.archive.expireLocks();
        await stand.restart().recoverOperations();
        const objects = stand.archive.objectCount;
        const active = isActive(stand.archive, 'RpcPop3Accounts');
        expect({ index, objects, active }).toEqual(
          active ? { index, objects: 16, active } : { index, objects: 0, active },
        );
        expect(isActive(stand.archive, 'RpcSmtpAccounts')).toBe(active);
      });
    },
    240_000,
  );

  it('an open operation is ended before the next save begins', async () => {
    await withStand(async (stand) => {
      stand.archive.onCall = ({ method }) =>
        stand.archive.calls.some((call) => call.method === 'RpcRules.New') ||
        method === 'RpcRules.New'
          ? { kind: 'drop' }
          : undefined;
      expect(await save(stand)).toBe('operationUnfinished');
      expect(stand.archive.objectCount).toBeGreaterThan(0);
      stand.archive.onCall = () => undefined;
      expect(await save(stand)).toBe('no failure');
      expect(stand.archive.objectCount).toBe(16);
      expect(hasDuplicates(stand.archive)).toBe(false);
    });
  });

  it('the journal holds no password', async () => {
    await withStand(async (stand) => {
      await save(stand);
      const steps = await stand.database.selectFrom('operation_step').selectAll().execute();
      expect(steps.length).toBeGreaterThan(16);
      expect(JSON.stringify(steps)).not.toContain('geheim');
    });
  });
});
