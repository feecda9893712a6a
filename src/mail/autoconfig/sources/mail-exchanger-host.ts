/**
 * The host that takes the domain's mail (MX): at small providers, and in companies with a server of their own, one
 * machine does everything. DNS is rarely signed: a host outside the domain is shown as such.
 */
import { providerOfMailExchanger } from '../../providers/index.js';
import { hostName } from '../names.js';
import { isWithin } from '../registered-domain.js';
import { customaryServers } from './guess.js';
import { candidates, type AskSource } from './source.js';

export const mailExchangerHost: AskSource = async (address, { names }) => {
  const { domain } = address;
  const [first] = await names.mailExchangers(domain);
  const host = hostName(first?.exchange ?? '');
  // where known providers have their servers is in the table
  if (host === null || providerOfMailExchanger(host) !== null) return [];
  return candidates(customaryServers({ pop3: [host], imap: [host], smtp: [host] }, address), {
    source: 'mailExchangerHost',
    reason: {
      code: isWithin(host, domain) ? 'mailExchangerHost' : 'mailExchangerHostElsewhere',
      params: { domain, host },
    },
    provider: null,
  });
};
