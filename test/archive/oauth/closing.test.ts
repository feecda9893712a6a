import { expect, it } from '@jest/globals';
import { SettableArming } from '../../support/settable-arming.js';
import { waitFor } from '../../support/wait-for.js';
import { clerk, OAuthStand, sales } from './oauth-stand.js';

it('waits for no provider that is slow to take a grant back; the others are given back after the next start', async () => {
  const arming = new SettableArming();
  const stand = await OAuthStand.open({ arming, slowMs: 9000 });
  const { provider, archive } = stand;
  try {
    const accounts = [
      await stand.addPop3(sales.address, await stand.reference(sales), 'Verkauf'),
      await stand.addPop3(clerk.address, await stand.reference(clerk), 'Meier'),
    ];
    arming.disarmed = 'copied';
    for (const id of accounts) await stand.unlink(id);
    provider.setFault('slow');
    await arming.arm();
    await waitFor(() => provider.countOf('revoke') === 1, { what: 'the first revocation' });
    const begunAt = performance.now();
    await archive.stop();
    expect(performance.now() - begunAt).toBeLessThan(6000);
    provider.setFault('none');
    await archive.start();
    await waitFor(() => provider.countOf('revoke') === 2, { what: 'the second revocation' });
  } finally {
    await stand.close();
  }
}, 60_000);
