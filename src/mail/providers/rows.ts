/** Short forms for the rows of the provider table. */
import { customaryPort } from '../customary-port.js';
import type { Security } from '../endpoint.js';
import type { MailProvider, ProviderServer } from './provider.js';

type Protocol = ProviderServer['protocol'];
type Username = ProviderServer['username'];

const server = (
  protocol: Protocol,
  security: Exclude<Security, 'none'>,
  username: Username,
): Omit<ProviderServer, 'host'> => ({
  protocol,
  port: customaryPort(protocol, security),
  security,
  username,
});

export const pop3 = (host: string, username: Username = 'address'): ProviderServer => ({
  ...server('pop3', 'tls', username),
  host,
});

export const imap = (host: string, username: Username = 'address'): ProviderServer => ({
  ...server('imap', 'tls', username),
  host,
});

export const smtpTls = (host: string, username: Username = 'address'): ProviderServer => ({
  ...server('smtp', 'tls', username),
  host,
});

export const smtpStartTls = (host: string, username: Username = 'address'): ProviderServer => ({
  ...server('smtp', 'starttls', username),
  host,
});

/** TLS from the first byte is preferred (RFC 8314 §3.3); STARTTLS for networks that let only 587 out. */
export const smtp = (host: string, username: Username = 'address'): readonly ProviderServer[] => [
  smtpTls(host, username),
  smtpStartTls(host, username),
];

/** All protocols on the customer's own machine. */
export const onExchanger: MailProvider['exchangerServers'] = [
  server('pop3', 'tls', 'address'),
  server('imap', 'tls', 'address'),
  server('smtp', 'tls', 'address'),
  server('smtp', 'starttls', 'address'),
];

type Given = Pick<MailProvider, 'id' | 'name' | 'source' | 'readOn'> &
  Partial<Omit<MailProvider, 'domains'>> & {
    /** Separated by white space. */
    readonly domains?: string;
  };

/** A provider whose mailbox password is what signs in, unless said otherwise. */
export const provider = ({ domains = '', ...given }: Given): MailProvider => ({
  mailExchangers: [],
  servers: [],
  exchangerServers: [],
  signIn: ['password'],
  oauth: null,
  protocolSwitchPage: null,
  appPasswordPage: null,
  savesSentMail: false,
  ...given,
  domains: domains.split(/\s+/).filter((domain) => domain !== ''),
});

/** An entry of Mozilla's database of providers. */
export const ispdb = (id: string): string => `https://autoconfig.thunderbird.net/v1.1/${id}`;
