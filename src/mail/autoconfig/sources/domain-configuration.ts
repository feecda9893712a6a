/**
 * The file in which a domain itself tells its mail servers (draft-ietf-mailmaint-autoconfig). The whole address goes
 * only to the domain, encrypted, because it may answer differently for each mailbox.
 *
 * The file without encryption, still frequent, could have been written by anybody on the way, and passwords are sent to
 * the servers that it names. So of these only such count as lie in the domain, or are those of a known provider, and
 * are spoken to encrypted: then their certificate proves that they are who was meant.
 */
import { providerOfHost } from '../../providers/index.js';
import type { ConfiguredServer, ReasonCode } from '../candidate.js';
import { parseClientConfig } from '../client-config.js';
import type { MailAddress } from '../names.js';
import { isWithin } from '../registered-domain.js';
import { candidates, firstThatSays, type AskSource } from './source.js';

export const domainConfiguration: AskSource = (address, { fetch }) => {
  const { domain } = address;
  const read = async (url: string, isPersonal: boolean) => {
    const parameter = `?emailaddress=${encodeURIComponent(address.address)}`;
    const { status, text } = await fetch(isPersonal ? url + parameter : url);
    const isEncrypted = url.startsWith('https:');
    const servers = status === 200 ? parseClientConfig(text, address) : [];
    const code: ReasonCode = isEncrypted ? 'domainConfiguration' : 'domainConfigurationUnencrypted';
    return candidates(
      isEncrypted ? servers : servers.filter((server) => isProvenByItself(server, address)),
      { source: 'domainConfiguration', reason: { code, params: { domain } }, provider: null },
    );
  };
  return firstThatSays([
    read(`https://autoconfig.${domain}/.well-known/mail-v1.xml`, true),
    read(`https://autoconfig.${domain}/mail/config-v1.1.xml`, true),
    read(`https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml`, false),
    read(`http://autoconfig.${domain}/mail/config-v1.1.xml`, false),
  ]);
};

const isProvenByItself = ({ host, security }: ConfiguredServer, { domain }: MailAddress) =>
  security !== 'none' && (isWithin(host, domain) || providerOfHost(host) !== null);
