import { describe, expect, it } from '@jest/globals';
import { linkedBy } from '../../../src/bridge/oauth/link-offer.js';
import type { ProviderView } from '../../../src/bridge/oauth/provider-schemas.js';

const provider = (given: Partial<ProviderView>): ProviderView => ({
  id: 'firma',
  kind: 'openid',
  issuer: null,
  tenant: null,
  clientId: 'client',
  clientSecretSet: true,
  clientSecretExpiresOn: null,
  hosts: [],
  scopes: [],
  testing: false,
  redirectUrl: null,
  ...given,
});
const google = provider({ id: 'g', kind: 'google' });
const microsoft = provider({ id: 'm', kind: 'microsoft' });
const own = provider({ hosts: ['Mail.Firma.test', '*.post.firma.test'] });

const rows: readonly (readonly [string, readonly ProviderView[] | null, string | null])[] = [
  ['pop.gmail.com', [microsoft, google], 'Google'],
  ['outlook.office365.com', [google, microsoft], 'Microsoft'],
  ['outlook.office365.com', [google], null],
  ['mail.firma.test', [google, own], 'Firma'],
  ['pop.post.firma.test', [own], 'Firma'],
  ['post.firma.test', [own], null],
  ['pop.gmx.net', [google, microsoft, own], null],
  ['pop.gmx.net', [provider({ hosts: ['*.gmx.net'] })], 'GMX'],
  // a GREYHOUND server does not tell who is set up
  ['pop.gmail.com', null, 'Google'],
  ['pop.gmx.net', null, null],
  ['mail.firma.test', null, null],
];

describe('whether a mailbox can be linked', () => {
  it.each(rows)('%s', (host, configured, name) => {
    expect(linkedBy(host, configured)).toBe(name);
  });
});
