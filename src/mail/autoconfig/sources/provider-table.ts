/** The table of known providers, by the domain of the address. Nobody is asked. */
import { providerOfAddress } from '../../providers/index.js';
import { providerCandidates, type AskSource } from './source.js';

export const providerTable: AskSource = (address) => {
  const provider = providerOfAddress(address.address);
  if (provider === null) return Promise.resolve([]);
  return Promise.resolve(
    providerCandidates(provider, provider.servers, address, {
      source: 'providerTable',
      reason: { code: 'providerTable', params: { provider: provider.name } },
    }),
  );
};
