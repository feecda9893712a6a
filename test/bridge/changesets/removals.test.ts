/** A save that would take stored mails from their server is asked about, and about nothing else. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isToBeDeleted } from '../../../src/archive/retrieval/deletion-policy.js';
import { deletesMore } from '../../../src/bridge/changesets/removals.js';
import { changesetRequest } from '../../../src/bridge/changesets/index.js';
import { Pop3Delete } from '../../../src/greyhound/index.js';
import { codeOf, INSTALLATION, openStand, wanted, type Stand } from '../provisioning/stand.js';

const DAY_MS = 86_400_000;

describe('deletesMore', () => {
  const settings = fc.record({
    Delete: fc.integer({ min: 0, max: 4 }),
    DeleteAge: fc.integer({ min: 0, max: 5 }),
    DeleteSync: fc.integer({ min: 0, max: 1 }),
  });
  const now = new Date('2026-06-01T00:00:00Z');
  /** Every kind of stored mail that the settings above can tell apart. */
  const mails = [0, 1, 2, 3, 4, 5, 6].flatMap((days) =>
    (['present', 'trashed', 'gone'] as const).map((item) => ({
      uidl: 'a',
      rawHash: 'b',
      storedAt: new Date(now.getTime() - days * DAY_MS),
      isDeleted: false,
      isAbsent: false,
      item,
    })),
  );

  it('says exactly whether there can be a mail that is deleted now and was not before', () => {
    fc.assert(
      fc.property(settings, settings, (before, after) => {
        const isNew = mails.some(
          (mail) => isToBeDeleted(mail, after, now) && !isToBeDeleted(mail, before, now),
        );
        expect(deletesMore(before, after)).toBe(isNew);
      }),
      { numRuns: 5000, seed: 20_260_102 },
    );
  });

  it('does not ask when nothing or less is deleted', () => {
    const never = { Delete: Pop3Delete.pdNo, DeleteAge: 30, DeleteSync: 0 };
    const always = { ...never, Delete: Pop3Delete.pdYes };
    expect([deletesMore(never, never), deletesMore(always, never)]).toEqual([false, false]);
    expect(deletesMore(never, always)).toBe(true);
  });
});

describe('saving a changed deletion', () => {
  let stand: Stand;
  const open = async (options: { hasMailBridge?: boolean } = {}) => {
    stand = await openStand(options);
    await stand.management.incomingAccounts.create(INSTALLATION, wanted('Verkauf'));
    stand.archive.calls.splice(0);
  };
  beforeEach(() => open());
  afterEach(() => stand.close());

  const update = (changes: object) =>
    stand.management.incomingAccounts.update(INSTALLATION, 1, changes, null);
  const immediately = { deletion: { policy: 'immediately' } };
  const previews = () =>
    stand.archive.calls.filter(({ method }) => method === 'RpcMailBridge.GetDeletionPreview');
  const written = () => stand.archive.calls.filter(({ method }) => !/\.Get/.test(method));
  const policy = () => stand.archive.entries('RpcPop3Accounts')[0]?.['Delete'];

  it('is refused before anything is done, until the very number is confirmed', async () => {
    stand.archive.removable = 3;
    const refused = update(immediately);
    await expect(refused).rejects.toMatchObject({
      code: 'removalNotConfirmed',
      field: 'confirmRemoval',
      params: { count: 3, name: 'Verkauf' },
    });
    expect(written()).toEqual([]);
    await expect(update({ ...immediately, confirmRemoval: 2 })).rejects.toMatchObject({
      code: 'removalNotConfirmed',
      params: { count: 3 },
    });
    stand.archive.removable = 4;
    await expect(update({ ...immediately, confirmRemoval: 3 })).rejects.toMatchObject({
      params: { count: 4 },
    });
    expect(policy()).toBe(Pop3Delete.pdNo);
    const { result } = await update({ ...immediately, confirmRemoval: 4 });
    expect(policy()).toBe(Pop3Delete.pdYes);
    expect(result.warnings).toEqual([]);
  });

  it('asks about the new settings, and once about each account', async () => {
    await update({ deletion: { policy: 'afterDays', days: 14 }, deleteOnServerWhenDeleted: true });
    // ID, Delete, DeleteAge, DeleteSync, Limit
    expect(previews().map(({ params }) => params)).toEqual([[1, Pop3Delete.pdDelayed, 14, 1, 0]]);
  });

  it('is not asked about what deletes nothing more, nor about a new account', async () => {
    await update({ ...immediately, confirmRemoval: 7 });
    stand.archive.calls.splice(0);
    stand.archive.removable = 9;
    await update({ ...immediately, port: 1995 });
    await update({ deleteOnServerWhenDeleted: true });
    await update({ deletion: { policy: 'afterDays', days: 3 }, active: true });
    await update({ deletion: { policy: 'afterDays', days: 4 } });
    await update({ deletion: { policy: 'never' }, name: 'Vertrieb' });
    await stand.management.incomingAccounts.create(INSTALLATION, wanted('Neu', immediately));
    expect(previews()).toEqual([]);
    expect(await codeOf(update({ deletion: { policy: 'afterDays', days: 400 } }))).toBe(
      'removalNotConfirmed',
    );
  });

  it('is refused when the server cannot be asked and something could be removed', async () => {
    stand.archive.removable = '[connectionRefused] The server refuses connections on this port';
    await expect(update(immediately)).rejects.toMatchObject({
      code: 'removalNotProven',
      field: 'deletion',
      params: { serverText: 'The server refuses connections on this port' },
    });
    // no number can stand for what nobody knows
    expect(await codeOf(update({ ...immediately, confirmRemoval: 0 }))).toBe('removalNotProven');
    expect(written()).toEqual([]);
    await update({ port: 1995 });
  });

  it('goes through with a warning when the archive cannot tell', async () => {
    await stand.close();
    await open({ hasMailBridge: false });
    const { result } = await update(immediately);
    expect(result.warnings).toEqual([
      { code: 'removalNotChecked', element: 'incomingAccount', name: 'Verkauf' },
    ]);
    expect(policy()).toBe(Pop3Delete.pdYes);
    expect(previews()).toEqual([]);
  });

  it('is shown by a dry run, and held for a changeset as a whole', async () => {
    stand.archive.removable = 2;
    await stand.management.incomingAccounts.create(INSTALLATION, wanted('Service'));
    const { version } = await stand.management.incomingAccounts.list();
    const staged = (confirmRemoval?: number) => {
      const { baseVersion, ...changes } = changesetRequest.parse({
        baseVersion: { incomingAccounts: version },
        incomingAccounts: {
          update: [
            { id: 2, port: 1995 },
            { id: 1, ...immediately, confirmRemoval },
          ],
        },
      });
      return { installationId: INSTALLATION, changes, guard: { baseVersion } };
    };
    const { warnings } = await stand.management.saving.dryRun(staged());
    expect(warnings).toEqual([
      { code: 'removalNotConfirmed', element: 'incomingAccount', name: 'Verkauf', count: 2 },
    ]);
    await expect(stand.management.saving.save(staged())).rejects.toMatchObject({
      code: 'removalNotConfirmed',
      field: 'incomingAccounts.update.1.confirmRemoval',
    });
    expect(stand.archive.entries('RpcPop3Accounts')[1]?.['Port']).not.toBe(1995);
    await stand.management.saving.save(staged(2));
    expect(stand.archive.entries('RpcPop3Accounts')[1]?.['Port']).toBe(1995);
  });
});
