/** Ports by custom (RFC 8314 §7.3; RFC 6409 for submission). */
import type { Security } from './endpoint.js';

export type MailProtocol = 'pop3' | 'imap' | 'smtp';

const PORTS: Readonly<Record<MailProtocol, Readonly<Record<Security, number>>>> = {
  pop3: { none: 110, starttls: 110, tls: 995 },
  imap: { none: 143, starttls: 143, tls: 993 },
  smtp: { none: 587, starttls: 587, tls: 465 },
};

export const customaryPort = (protocol: MailProtocol, security: Security): number =>
  PORTS[protocol][security];
