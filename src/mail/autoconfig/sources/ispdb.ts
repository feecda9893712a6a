/** Mozilla's database of mail providers. It is told the domain only. */
import type { ConfiguredServer } from '../candidate.js';
import { parseClientConfig } from '../client-config.js';
import type { Fetch } from '../documents.js';
import type { MailAddress } from '../names.js';
import { candidates, type AskSource } from './source.js';

export const ISPDB_HOST = 'autoconfig.thunderbird.net';

export const ispdb: AskSource = async (address, { fetch }) => {
  const { domain } = address;
  const reason = { code: 'ispdb', params: { domain } } as const;
  const found = await ispdbEntry(domain, address, fetch);
  return candidates(found, { source: 'ispdb', reason, provider: null });
};

/** What the database knows under a domain, filled in for an address. @throws MailFailure */
export async function ispdbEntry(
  domain: string,
  address: MailAddress,
  fetch: Fetch,
): Promise<ConfiguredServer[]> {
  const { status, text } = await fetch(`https://${ISPDB_HOST}/v1.1/${domain}`);
  return status === 200 ? parseClientConfig(text, address) : [];
}
