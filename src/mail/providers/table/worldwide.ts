/** Providers with customers all over the world. */
import type { MailProvider } from '../provider.js';
import { imap, ispdb, pop3, provider, smtp, smtpStartTls, smtpTls } from '../rows.js';

export const worldwideProviders: readonly MailProvider[] = [
  provider({
    id: 'google',
    name: 'Gmail / Google Workspace',
    domains: 'gmail.com googlemail.com',
    mailExchangers: ['.google.com', '.googlemail.com'],
    servers: [
      pop3('pop.gmail.com'),
      imap('imap.gmail.com'),
      smtpStartTls('smtp.gmail.com'),
      smtpTls('smtp.gmail.com'),
    ],
    signIn: ['oauth2', 'appPassword'],
    oauth: 'google',
    protocolSwitchPage: 'https://mail.google.com/mail/u/0/#settings/fwdandpop',
    appPasswordPage: 'https://myaccount.google.com/apppasswords',
    savesSentMail: true,
    source: ispdb('googlemail.com'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'microsoft365',
    name: 'Microsoft 365',
    domains: '.onmicrosoft.com',
    // the second one since domains may have DNSSEC (Exchange Online, inbound SMTP DANE)
    mailExchangers: ['.mail.protection.outlook.com', '.mx.microsoft'],
    servers: [
      pop3('outlook.office365.com'),
      imap('outlook.office365.com'),
      smtpStartTls('smtp.office365.com'),
    ],
    signIn: ['oauth2'],
    oauth: 'microsoft',
    protocolSwitchPage:
      'https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/pop3-and-imap4/enable-or-disable-pop3-or-imap4-access',
    savesSentMail: true,
    source: ispdb('office365.com'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'outlook',
    name: 'Outlook.com (Hotmail, Live, MSN)',
    domains: `hotmail.com live.com msn.com outlook.com windowslive.com outlook.at outlook.be
      outlook.cz outlook.de outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.it
      outlook.pt outlook.sk hotmail.be hotmail.ca hotmail.ch hotmail.cz hotmail.de hotmail.dk
      hotmail.es hotmail.fi hotmail.fr hotmail.gr hotmail.hu hotmail.it hotmail.lt hotmail.nl
      hotmail.no hotmail.se hotmail.sk hotmail.co.uk live.at live.be live.ca live.de live.dk
      live.fi live.fr live.ie live.it live.nl live.no live.se live.co.uk`,
    mailExchangers: ['.olc.protection.outlook.com'],
    servers: [
      pop3('outlook.office365.com'),
      imap('outlook.office365.com'),
      smtpStartTls('smtp-mail.outlook.com'),
    ],
    signIn: ['oauth2'],
    oauth: 'microsoft',
    protocolSwitchPage: 'https://support.microsoft.com/office/d088b986-291d-42b8-9564-9c414e2aa040',
    savesSentMail: true,
    source: ispdb('hotmail.com'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'yahoo',
    name: 'Yahoo',
    domains: `yahoo.com yahoo.de yahoo.it yahoo.fr yahoo.es yahoo.se yahoo.co.in yahoo.co.uk
      yahoo.co.nz yahoo.com.au yahoo.com.ar yahoo.com.br yahoo.com.mx ymail.com myyahoo.com
      rocketmail.com`,
    mailExchangers: ['.am0.yahoodns.net'],
    servers: [
      pop3('pop.mail.yahoo.com'),
      imap('imap.mail.yahoo.com'),
      ...smtp('smtp.mail.yahoo.com'),
    ],
    signIn: ['appPassword'],
    appPasswordPage: 'https://help.yahoo.com/kb/SLN15241.html',
    source: ispdb('yahoo.com'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'aol',
    name: 'AOL',
    domains: `aol.com aim.com aol.de aol.it aol.fr aol.es aol.se aol.co.uk netscape.net
      compuserve.com`,
    mailExchangers: ['.mail.gm0.yahoodns.net'],
    servers: [pop3('pop.aol.com'), imap('imap.aol.com'), smtpTls('smtp.aol.com')],
    signIn: ['appPassword'],
    appPasswordPage: 'https://help.aol.com/articles/Create-and-manage-app-password',
    source: ispdb('aol.com'),
    readOn: '2026-11-25',
  }),
  // Apple offers no POP3
  provider({
    id: 'icloud',
    name: 'iCloud',
    domains: 'icloud.com me.com mac.com',
    mailExchangers: ['.mail.icloud.com'],
    servers: [imap('imap.mail.me.com', 'localPart'), smtpStartTls('smtp.mail.me.com')],
    signIn: ['appPassword'],
    appPasswordPage: 'https://support.apple.com/102654',
    source: 'https://support.apple.com/102525',
    readOn: '2026-10-06',
  }),
  provider({
    id: 'mailcom',
    name: 'mail.com',
    domains: `mail.com email.com post.com usa.com accountant.com consultant.com dr.com engineer.com
      cheerful.com techie.com linuxmail.org europe.com london.com berlin.com munich.com myself.com
      iname.com writeme.com germanymail.com`,
    mailExchangers: ['.mail.com'],
    servers: [pop3('pop.mail.com'), imap('imap.mail.com'), ...smtp('smtp.mail.com')],
    source: ispdb('mail.com'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'fastmail',
    name: 'Fastmail',
    domains: 'fastmail.com fastmail.fm fastmail.de',
    mailExchangers: ['.messagingengine.com'],
    servers: [pop3('pop.fastmail.com'), imap('imap.fastmail.com'), smtpTls('smtp.fastmail.com')],
    signIn: ['appPassword'],
    appPasswordPage: 'https://www.fastmail.help/hc/en-us/articles/360058752854-App-passwords',
    source: ispdb('messagingengine.com'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'zohoPersonal',
    name: 'Zoho Mail',
    domains: 'zoho.eu zohomail.eu',
    servers: [pop3('pop.zoho.eu'), imap('imap.zoho.eu'), ...smtp('smtp.zoho.eu')],
    signIn: ['password', 'appPassword'],
    protocolSwitchPage: 'https://www.zoho.com/mail/help/pop-access.html',
    appPasswordPage: 'https://accounts.zoho.eu/home#security/security_pwd',
    source: ispdb('zoho.eu'),
    readOn: '2026-11-25',
  }),
  provider({
    id: 'zoho',
    name: 'Zoho Mail (own domain)',
    mailExchangers: ['.zoho.eu'],
    servers: [pop3('poppro.zoho.eu'), imap('imappro.zoho.eu'), ...smtp('smtppro.zoho.eu')],
    signIn: ['password', 'appPassword'],
    protocolSwitchPage: 'https://www.zoho.com/mail/help/pop-access.html',
    appPasswordPage: 'https://accounts.zoho.eu/home#security/security_pwd',
    source: 'https://www.zoho.com/mail/help/pop-access.html',
    readOn: '2026-11-25',
  }),
];
