/** How names of mail servers are resolved where the operator names the name servers (`MB_DNS_SERVERS`). */
import { systemLookup, type Lookup } from '../platform/egress.js';
import { NameServer } from './name-server.js';
import { MailFailure } from './errors.js';

/** What these do not know the system may: its hosts file, or a name server of its own. */
export const lookupBy =
  (nameServers: readonly string[]): Lookup =>
  async (host) => {
    const names = new NameServer(nameServers);
    try {
      return await names.addresses(host);
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      return await systemLookup(host);
    } finally {
      names.close();
    }
  };
