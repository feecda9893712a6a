/** Names that mail servers have by custom. Only what answers under them makes them more than a guess. */
import { customaryPort, type MailProtocol } from '../../customary-port.js';
import type { ConfiguredServer } from '../candidate.js';
import type { MailAddress } from '../names.js';
import { candidates, type AskSource } from './source.js';

export const guess: AskSource = (address) => {
  const { domain } = address;
  const hosts = (...names: readonly string[]) => names.map((name) => `${name}.${domain}`);
  const servers = customaryServers(
    { pop3: hosts('pop', 'mail'), imap: hosts('imap', 'mail'), smtp: hosts('smtp', 'mail') },
    address,
  );
  const reason = { code: 'guess', params: { domain } } as const;
  return Promise.resolve(candidates(servers, { source: 'guess', reason, provider: null }));
};

/** Encrypted, under the ports by custom. */
export const customaryServers = (
  hosts: Readonly<Record<MailProtocol, readonly string[]>>,
  { address }: MailAddress,
): ConfiguredServer[] =>
  (Object.keys(hosts) as MailProtocol[]).flatMap((protocol) =>
    hosts[protocol].flatMap((host) =>
      (['tls', 'starttls'] as const).map((security) => ({
        ...{ protocol, host, security, username: address, signIn: [] },
        port: customaryPort(protocol, security),
      })),
    ),
  );
