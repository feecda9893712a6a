/** Providers of mailboxes in Germany, Austria and Switzerland. */
import type { MailProvider } from '../provider.js';
import { imap, ispdb, pop3, provider, smtp, smtpStartTls, smtpTls } from '../rows.js';

export const mailboxProviders: readonly MailProvider[] = [
  provider({
    id: 'gmx',
    name: 'GMX',
    domains: `gmx.net gmx.de gmx.at gmx.ch gmx.eu gmx.biz gmx.org gmx.info mein.gmx mail.gmx
      email.gmx`,
    // mx00.gmx.net is gmx.com's
    mailExchangers: ['.emig.gmx.net'],
    servers: [
      pop3('pop.gmx.net'),
      imap('imap.gmx.net'),
      smtpStartTls('mail.gmx.net'),
      smtpTls('mail.gmx.net'),
    ],
    signIn: ['password', 'appPassword'],
    protocolSwitchPage: 'https://hilfe.gmx.net/pop-imap/einschalten.html',
    appPasswordPage: 'https://hilfe.gmx.net/sicherheit/2fa/anwendungsspezifisches-passwort.html',
    source: ispdb('gmx.net'),
    readOn: '2026-11-25',
  }),
  // the same company, but other servers
  provider({
    id: 'gmxcom',
    name: 'GMX (gmx.com)',
    domains: `gmx.com gmx.us gmx.tm gmx.co.uk gmx.es gmx.fr gmx.it gmx.li gmx.ie gmx.pt gmx.se
      gmx.ca gmx.com.tr`,
    servers: [pop3('pop.gmx.com'), imap('imap.gmx.com'), ...smtp('mail.gmx.com')],
    signIn: ['password', 'appPassword'],
    protocolSwitchPage: 'https://support.gmx.com/pop-imap/toggle.html',
    appPasswordPage: 'https://support.gmx.com/security/2fa/application-specific-passwords.html',
    source: ispdb('gmx.com'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'webde',
    name: 'WEB.DE',
    domains: 'web.de',
    mailExchangers: ['.web.de'],
    servers: [
      pop3('pop3.web.de', 'localPart'),
      imap('imap.web.de', 'localPart'),
      ...smtp('smtp.web.de', 'localPart'),
    ],
    signIn: ['password', 'appPassword'],
    protocolSwitchPage: 'https://hilfe.web.de/pop-imap/einschalten.html',
    appPasswordPage: 'https://hilfe.web.de/sicherheit/2fa/anwendungsspezifisches-passwort.html',
    source: ispdb('web.de'),
    readOn: '2026-11-25',
  }),
  // a mailbox has no POP3 and IMAP before its own "E-Mail-Passwort" is set: one page for both
  provider({
    id: 'tonline',
    name: 'T-Online (Telekom)',
    domains: 't-online.de magenta.de',
    mailExchangers: ['.t-online.de'],
    servers: [
      pop3('securepop.t-online.de'),
      imap('secureimap.t-online.de'),
      ...smtp('securesmtp.t-online.de'),
    ],
    signIn: ['appPassword'],
    protocolSwitchPage:
      'https://www.telekom.de/hilfe/apps-dienste/e-mail/programme/passwort-verwalten',
    appPasswordPage:
      'https://www.telekom.de/hilfe/apps-dienste/e-mail/programme/passwort-verwalten',
    source: ispdb('t-online.de'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'freenet',
    name: 'freenet Mail',
    domains: 'freenet.de',
    servers: [pop3('mx.freenet.de'), imap('mx.freenet.de'), ...smtp('mx.freenet.de')],
    protocolSwitchPage:
      'https://kundenservice.freenet.de/faq/e-mail-client-mail/pop3-imap-und-smtp-aktivieren/',
    source: ispdb('freenet.de'),
    readOn: '2026-11-25',
  }),
  provider({
    id: '1und1',
    name: '1&1',
    domains: `online.de onlinehome.de sofortstart.de sofort-start.de sofortsurf.de sofort-surf.de
      go4more.de`,
    servers: [pop3('pop.1und1.de'), imap('imap.1und1.de'), ...smtp('smtp.1und1.de')],
    source: ispdb('1und1.de'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'posteo',
    name: 'Posteo',
    domains: `posteo.de posteo.at posteo.ch posteo.eu posteo.net posteo.org posteo.com posteo.be
      posteo.cz posteo.dk posteo.es posteo.fi posteo.fr posteo.gr posteo.hr posteo.hu posteo.ie
      posteo.is posteo.it posteo.la posteo.li posteo.lt posteo.lu posteo.me posteo.mx posteo.nl
      posteo.no posteo.pl posteo.pm posteo.pt posteo.ro posteo.se posteo.si posteo.uk posteo.co.uk
      posteo.us`,
    mailExchangers: ['.posteo.de'],
    servers: [pop3('posteo.de'), imap('posteo.de'), ...smtp('posteo.de')],
    source: ispdb('posteo.de'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'mailboxorg',
    name: 'mailbox.org',
    domains: 'mailbox.org',
    mailExchangers: ['.mailbox.org'],
    servers: [pop3('pop3.mailbox.org'), imap('imap.mailbox.org'), ...smtp('smtp.mailbox.org')],
    signIn: ['password', 'appPassword'],
    appPasswordPage:
      'https://kb.mailbox.org/de/privat/sicherheit-und-privatsphaere/applikationspasswoerter-fuer-externe-programme/',
    source: 'https://kb.mailbox.org/en/private/e-mail/e-mail-configuration',
    readOn: '2026-11-25',
  }),
  provider({
    id: 'vodafone',
    name: 'Vodafone (Arcor)',
    domains: 'vodafonemail.de vodafone.de arcor.de kabelmail.de',
    servers: [
      pop3('pop3.vodafonemail.de'),
      imap('imap.vodafonemail.de'),
      smtpTls('smtp.vodafonemail.de'),
    ],
    source: ispdb('vodafonemail.de'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'ewe',
    name: 'EWE',
    domains: 'ewe.net ewetel.de teleos-web.de',
    servers: [pop3('pop.ewe.net'), smtpStartTls('smtp.ewe.net')],
    source: ispdb('ewetel.de'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'a1',
    name: 'A1',
    domains: 'a1.net aon.at',
    servers: [imap('securemail.a1.net'), smtpStartTls('securemail.a1.net')],
    source: ispdb('a1.net'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'swisscom',
    name: 'Swisscom (Bluewin)',
    domains: 'bluewin.ch bluemail.ch',
    servers: [pop3('pop3s.bluewin.ch'), imap('imaps.bluewin.ch'), smtpTls('smtpauths.bluewin.ch')],
    source: ispdb('bluewin.ch'),
    readOn: '2026-11-25',
  }),
];
