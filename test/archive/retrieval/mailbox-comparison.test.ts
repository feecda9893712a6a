/** Whatever a server lists and whatever is known: every listed mail is counted exactly once. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  compareMailbox,
  type KnownMails,
} from '../../../src/archive/retrieval/mailbox-comparison.js';
import { quarantineKey, type ListedMail } from '../../../src/archive/retrieval/mailbox-listing.js';
import { HASH_PREFIX, type LedgerEntry } from '../../../src/archive/store/mail-ledger.js';

const entry = (uidl: string, given: Partial<LedgerEntry> = {}): LedgerEntry => ({
  uidl,
  rawHash: `hash of ${uidl}`,
  storedAt: new Date(0),
  isDeleted: false,
  isAbsent: false,
  item: 'present',
  ...given,
});
const mail = (number: number, uidl: string | null): ListedMail => ({
  number,
  uidl,
  sizeBytes: 100 + number,
});
const known = (given: Partial<KnownMails>): KnownMails => ({
  entries: new Map(),
  quarantined: new Set(),
  identities: new Map(),
  earlier: new Map(),
  ...given,
});
const entries = (...list: LedgerEntry[]) => new Map(list.map((one) => [one.uidl, one]));
const none = new Set<string>();

describe('the comparison of a mailbox', () => {
  it('puts every mail into one class', () => {
    const listing = [
      mail(1, 'a'),
      mail(2, 'b'),
      mail(3, 'c'),
      mail(4, null),
      mail(5, null),
      mail(6, 'f'),
    ];
    const found = compareMailbox(
      listing,
      known({
        entries: entries(entry('a'), entry('not listed'), entry(`${HASH_PREFIX}4`)),
        quarantined: new Set(['b', 'a']),
        identities: new Map([[4, `${HASH_PREFIX}4`]]),
        earlier: new Map([
          ['f', { isWanted: false }],
          ['c', { isWanted: true }],
          ['a', { isWanted: false }],
        ]),
      }),
      new Set(['hash of a']),
    );
    expect(found).toEqual({
      onServer: 6,
      stored: 2,
      missing: 1,
      quarantined: 1,
      unidentified: 1,
      damaged: 1,
      passedOver: 1,
    });
  });

  it('knows a mail without a unique-id in quarantine by what the server lists of it', () => {
    const listing = [mail(1, null), mail(2, null)];
    const quarantined = new Set([quarantineKey(mail(2, null))]);
    expect(compareMailbox(listing, known({ quarantined }), none)).toMatchObject({
      quarantined: 1,
      unidentified: 1,
    });
  });

  it('needs no bytes of a mail that somebody deleted for good', () => {
    const gone = known({ entries: entries(entry('a', { item: 'gone' })) });
    expect(compareMailbox([mail(1, 'a')], gone, none)).toMatchObject({ stored: 1, damaged: 0 });
    const trashed = known({ entries: entries(entry('a', { item: 'trashed' })) });
    expect(compareMailbox([mail(1, 'a')], trashed, none)).toMatchObject({ stored: 1, damaged: 1 });
  });

  it('adds up for every listing, ledger and quarantine', () => {
    const uidls = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const identity = fc.oneof(
      uidls,
      uidls.map((uidl) => HASH_PREFIX + uidl),
    );
    const items = fc.constantFrom('present', 'trashed', 'gone');
    fc.assert(
      fc.property(
        fc.array(fc.option(uidls), { maxLength: 12 }),
        fc.array(fc.tuple(identity, items), { maxLength: 12 }),
        fc.uniqueArray(identity),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), identity)),
        fc.uniqueArray(uidls),
        (listed, ledger, quarantined, identities, intact) => {
          const listing = listed.map((uidl, index) => mail(index + 1, uidl));
          const found = compareMailbox(
            listing,
            known({
              entries: entries(...ledger.map(([uidl, item]) => entry(uidl, { item }))),
              quarantined: new Set(quarantined),
              identities: new Map(identities),
            }),
            new Set(intact.map((uidl) => `hash of ${uidl}`)),
          );
          const { onServer, stored, missing, unidentified, damaged } = found;
          expect(onServer).toBe(listing.length);
          expect(stored + missing + found.quarantined + unidentified).toBe(onServer);
          expect(damaged).toBeLessThanOrEqual(stored);
          for (const count of Object.values(found)) expect(count).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 2000, seed: 20_260_101 },
    );
  });
});
