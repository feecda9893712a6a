/**
 * Providers of mail under one's own domain, known by their mail exchangers. Rows marked "from configurations" were read
 * in public configurations of customers that agree with each other; the named help page could not be opened.
 */
import type { MailProvider } from '../provider.js';
import { imap, ispdb, onExchanger, pop3, provider, smtp, smtpTls } from '../rows.js';

export const hostingProviders: readonly MailProvider[] = [
  provider({
    id: 'ionos',
    name: 'IONOS (1&1)',
    mailExchangers: ['.ionos.de', '.kundenserver.de', '.schlund.de'],
    servers: [pop3('pop.ionos.de'), imap('imap.ionos.de'), ...smtp('smtp.ionos.de')],
    source:
      'https://www.ionos.de/hilfe/e-mail/allgemeine-themen/serverinformationen-fuer-imap-pop3-und-smtp/',
    readOn: '2026-10-06',
  }),
  provider({
    id: 'strato',
    name: 'STRATO',
    domains: 'strato.de',
    mailExchangers: ['.rzone.de'],
    servers: [pop3('pop3.strato.de'), imap('imap.strato.de'), ...smtp('smtp.strato.de')],
    source: ispdb('strato.de'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'hetzner',
    name: 'Hetzner',
    mailExchangers: ['.your-server.de'],
    servers: [
      pop3('mail.your-server.de'),
      imap('mail.your-server.de'),
      ...smtp('mail.your-server.de'),
    ],
    source: ispdb('your-server.de'),
    readOn: '2026-11-25',
  }),
  provider({
    // from configurations
    id: 'allinkl',
    name: 'ALL-INKL',
    // w0123456.kasserver.com
    mailExchangers: ['.kasserver.com'],
    exchangerServers: onExchanger,
    source: 'https://all-inkl.com/wichtig/anleitungen/',
    readOn: '2026-11-25',
  }),
  provider({
    id: 'domainfactory',
    name: 'domainFACTORY',
    mailExchangers: ['.ispgateway.de'],
    servers: [pop3('sslin.df.eu'), imap('sslin.df.eu'), ...smtp('sslout.df.eu')],
    // ISPDB still has the older names sslmailpool and smtprelaypool.ispgateway.de
    source: ispdb('ispgateway.de'),
    readOn: '2026-11-25',
  }),
  provider({
    // from configurations
    id: 'mittwald',
    name: 'Mittwald',
    mailExchangers: ['.agenturserver.de'],
    servers: [
      pop3('mail.agenturserver.de'),
      imap('mail.agenturserver.de'),
      ...smtp('mail.agenturserver.de'),
    ],
    source: 'https://docs.gitlab.com/omnibus/settings/smtp/',
    readOn: '2026-11-25',
  }),
  provider({
    id: 'uniteddomains',
    name: 'united-domains',
    mailExchangers: ['.udag.de'],
    servers: [
      pop3('pops.udag.de', 'own'),
      imap('imaps.udag.de', 'own'),
      ...smtp('smtps.udag.de', 'own'),
    ],
    source:
      'https://www.united-domains.de/help/faq-article/was-ist-der-unterschied-zwischen-pop3-und-imap/',
    readOn: '2026-11-25',
  }),
  provider({
    // from configurations
    id: '1blu',
    name: '1blu',
    mailExchangers: ['.1blu.de'],
    servers: [
      pop3('pop3.1blu.de', 'own'),
      imap('imap.1blu.de', 'own'),
      ...smtp('smtp.1blu.de', 'own'),
    ],
    source: 'https://faq.1blu.de/',
    readOn: '2026-11-25',
  }),
  provider({
    id: 'goneo',
    name: 'goneo',
    domains: 'goneo.de',
    mailExchangers: ['.goneo.de'],
    servers: [pop3('pop.goneo.de'), imap('imap.goneo.de'), ...smtp('smtp.goneo.de')],
    source: ispdb('goneo.de'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'onecom',
    name: 'one.com',
    domains: 'one.com',
    mailExchangers: ['.one.com'],
    servers: [pop3('pop.one.com'), imap('imap.one.com'), smtpTls('send.one.com')],
    source: ispdb('one.com'),
    readOn: '2026-11-25',
  }),
  // a domain's exchanger bears the domain's own name there: known by its servers only
  provider({
    // from configurations
    id: 'world4you',
    name: 'World4You',
    servers: [
      pop3('pop3.world4you.com'),
      imap('imap.world4you.com'),
      ...smtp('smtp.world4you.com'),
    ],
    source: 'https://www.world4you.com/faq/maileinstellungen.html',
    readOn: '2026-11-25',
  }),
  provider({
    // from configurations
    id: 'hostpoint',
    name: 'Hostpoint',
    mailExchangers: ['.mail.hostpoint.ch'],
    servers: [
      pop3('pop.mail.hostpoint.ch'),
      imap('imap.mail.hostpoint.ch'),
      ...smtp('asmtp.mail.hostpoint.ch'),
    ],
    source:
      'https://support.hostpoint.ch/de/technisches/e-mail/haeufig-gestellte-fragen/e-mail-einstellungen-auf-einen-blick',
    readOn: '2026-11-25',
  }),
  provider({
    id: 'infomaniak',
    name: 'Infomaniak',
    domains: 'ik.me etik.com ikmail.com',
    mailExchangers: ['.infomaniak.ch'],
    servers: [
      pop3('mail.infomaniak.com'),
      imap('mail.infomaniak.com'),
      ...smtp('mail.infomaniak.com'),
    ],
    signIn: ['appPassword', 'password'],
    appPasswordPage: 'https://www.infomaniak.com/en/support/faq/admin2/email-service',
    source: 'https://www.infomaniak.com/en/support/faq/admin2/email-service',
    readOn: '2026-11-25',
  }),
];
