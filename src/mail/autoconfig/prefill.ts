/**
 * What an account's form shows once the address is typed. Nothing of node's in it: it runs in browsers too. Pure, so a
 * form may ask again whenever it knows more: first with the address alone, then with what was found for it.
 */
import { customaryPort, type MailProtocol } from '../customary-port.js';
import type { Security } from '../endpoint.js';

export interface ServerFields {
  readonly host: string;
  readonly port: number;
  readonly security: Security;
}

export interface AccountForm {
  readonly replyAddress: string;
  readonly username: string;
  readonly protocol: 'pop3' | 'imap';
  readonly incoming: ServerFields;
  readonly smtp: ServerFields;
}

/** What the user typed; an empty field counts as not typed. */
export interface TypedFields extends Partial<Omit<AccountForm, 'incoming' | 'smtp'>> {
  readonly incoming?: Partial<ServerFields>;
  readonly smtp?: Partial<ServerFields>;
}

export interface OfferedServer extends ServerFields {
  readonly protocol: MailProtocol;
  /** null: only the provider tells it. */
  readonly username: string | null;
}

/** As autoconfiguration answers. */
export interface OfferedServers {
  readonly incoming: readonly OfferedServer[];
  readonly smtp: readonly OfferedServer[];
}

/** Whatever was typed stays; found servers that contradict it are not used. */
export function prefill(
  address: string,
  found: OfferedServers | null,
  typed: TypedFields = {},
): AccountForm {
  const domain = address.slice(address.lastIndexOf('@') + 1);
  const protocol = typed.protocol ?? 'pop3';
  const incoming = serverFor(protocol, found?.incoming ?? [], typed.incoming);
  const smtp = serverFor('smtp', found?.smtp ?? [], typed.smtp);
  const username = incoming === undefined ? address : (incoming.username ?? '');
  return {
    replyAddress: typed.replyAddress || address,
    username: typed.username || username,
    protocol,
    incoming: fields(
      protocol,
      `${protocol === 'pop3' ? 'pop' : 'imap'}.${domain}`,
      incoming,
      typed.incoming,
    ),
    smtp: fields('smtp', `smtp.${domain}`, smtp, typed.smtp),
  };
}

/** The best one that is not against what was typed. */
function serverFor(
  protocol: MailProtocol,
  offered: readonly OfferedServer[],
  typed: Partial<ServerFields> = {},
): OfferedServer | undefined {
  const fits = (server: OfferedServer) =>
    server.protocol === protocol && (!typed.host || sameHost(server.host, typed.host));
  const hasSecurity = ({ security }: OfferedServer) =>
    typed.security === undefined || security === typed.security;
  return offered.find((one) => fits(one) && hasSecurity(one)) ?? offered.find(fits);
}

function fields(
  protocol: MailProtocol,
  customaryHost: string,
  server: OfferedServer | undefined,
  typed: Partial<ServerFields> = {},
): ServerFields {
  const security = typed.security ?? server?.security ?? 'tls';
  const known = server?.security === security ? server.port : customaryPort(protocol, security);
  return {
    host: typed.host || (server?.host ?? customaryHost),
    port: typed.port ?? known,
    security,
  };
}

const sameHost = (one: string, other: string): boolean =>
  one.toLowerCase() === other.trim().toLowerCase();
