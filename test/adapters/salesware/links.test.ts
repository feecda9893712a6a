import { describe, expect, it } from '@jest/globals';
import { shownLinkOf } from '../../../adapters/salesware/links.js';
import { oauthStates, type OAuthState } from '../../../src/bridge/accounts/index.js';

const expiresAt = '2026-12-03T23:30:00.000Z';

const words: readonly (readonly [OAuthState, zustand: string, de: string, en: string])[] = [
  ['unlinked', 'nichtVerknuepft', 'nicht verknüpft', 'not linked'],
  ['pending', 'anmeldungLaeuft', 'Anmeldung läuft', 'signing in'],
  [
    'consentGranted',
    'zustimmungErteilt',
    'Zustimmung erteilt – noch einmal verknüpfen',
    'consent granted – link once more',
  ],
  ['linked', 'verknuepft', 'verknüpft', 'linked'],
  ['expiring', 'laeuftAb', 'läuft ab am 4. Dezember 2026', 'ends on 4 December 2026'],
  ['expired', 'abgelaufen', 'abgelaufen', 'ended'],
  ['failed', 'fehlgeschlagen', 'fehlgeschlagen', 'failed'],
];

describe('how a link stands', () => {
  it.each(words)('SAL-95 %s is shown as what it is', (state, zustand, de, en) => {
    const oauth = { state, expiresAt };
    expect(shownLinkOf(oauth, 'de')).toMatchObject({ zustand, anzeige: de, laeuftAbAm: expiresAt });
    expect(shownLinkOf(oauth, 'en')).toMatchObject({ zustand, anzeige: en });
  });

  it('SAL-95 has words for every state, and only one of them is „verknüpft“', () => {
    expect(words.map(([state]) => state).sort()).toEqual([...oauthStates].sort());
    const shown = oauthStates.map((state) => shownLinkOf({ state, expiresAt }, 'de')?.anzeige);
    expect(shown.filter((text) => text === 'verknüpft')).toHaveLength(1);
  });

  it('says what to do whenever mail does not flow, or will not', () => {
    for (const state of oauthStates.filter((one) => one !== 'linked' && one !== 'pending'))
      expect(shownLinkOf({ state, expiresAt }, 'de')?.hinweis).toContain('„Konto verknüpfen“');
  });

  it('shows nothing for an account that does not sign in by OAuth2', () => {
    expect(shownLinkOf(null, 'de')).toBeNull();
  });
});
