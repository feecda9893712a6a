/**
 * Who takes the domain's mail (MX) usually keeps its mailboxes: the provider of the table, or of Mozilla's database, to
 * whom the mail exchanger belongs. A filter in front of the mailboxes is in neither.
 */
import { providerOfMailExchanger, serversOf } from '../../providers/index.js';
import { hostName } from '../names.js';
import { isWithin, registeredDomain } from '../registered-domain.js';
import { ispdbEntry } from './ispdb.js';
import { candidates, firstThatSays, providerCandidates, type AskSource } from './source.js';

export const mailExchanger: AskSource = async (address, { names, fetch }) => {
  const { domain } = address;
  const [first] = await names.mailExchangers(domain);
  const host = hostName(first?.exchange ?? '');
  if (host === null) return [];
  const source = 'mailExchanger' as const;
  const provider = providerOfMailExchanger(host);
  if (provider !== null)
    return providerCandidates(provider, serversOf(provider, host), address, {
      source,
      reason: { code: 'mailExchangerProvider', params: { domain, host, provider: provider.name } },
    });
  // asked already, under its own name
  if (isWithin(host, domain)) return [];
  const reason = { code: 'mailExchangerIspdb', params: { domain, host } } as const;
  const entries = entryNames(host).map((name) => ispdbEntry(name, address, fetch));
  return candidates(await firstThatSays(entries), { source, reason, provider: null });
};

/** `premium.europe.example.com` and `example.com` for `mx.premium.europe.example.com`, as the draft has it. */
function entryNames(host: string): readonly string[] {
  const registered = registeredDomain(host);
  const parent = host.slice(host.indexOf('.') + 1);
  return parent.length > registered.length ? [parent, registered] : [registered];
}
