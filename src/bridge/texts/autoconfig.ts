/** Why a server is offered for an address, and what should be known before signing in. */
import type { AutoconfigHint } from '../../mail/autoconfig/autoconfigure.js';
import type { ReasonCode } from '../../mail/autoconfig/candidate.js';
import type { Localized } from './text.js';

export const reasonTexts: Readonly<Record<ReasonCode, Localized>> = {
  providerTable: {
    de: 'Steht in der Anbietertabelle ({provider}).',
    en: 'Stands in the table of providers ({provider}).',
  },
  domainConfiguration: {
    de: 'Die Domain {domain} nennt diesen Server in ihrer Konfigurationsdatei.',
    en: 'The domain {domain} names this server in its configuration file.',
  },
  domainConfigurationUnencrypted: {
    de: 'Die Domain {domain} nennt diesen Server in einer Konfigurationsdatei, die unverschlüsselt übertragen wurde.',
    en: 'The domain {domain} names this server in a configuration file that came without encryption.',
  },
  serviceRecord: {
    de: 'SRV-Eintrag der Domain {domain}.',
    en: 'SRV record of the domain {domain}.',
  },
  serviceRecordElsewhere: {
    de: 'SRV-Eintrag der Domain {domain}. Der Server gehört nicht zur Domain: Vergewissern Sie sich, dass {host} Ihr Anbieter ist.',
    en: 'SRV record of the domain {domain}. The server does not belong to the domain: make sure that {host} is your provider.',
  },
  ispdb: {
    de: 'Steht für {domain} im Anbieterverzeichnis von Mozilla.',
    en: "Stands for {domain} in Mozilla's database of providers.",
  },
  mailExchangerProvider: {
    de: 'Die E-Mails für {domain} nimmt {provider} an (MX-Eintrag {host}).',
    en: 'Mail for {domain} is taken by {provider} (MX record {host}).',
  },
  mailExchangerIspdb: {
    de: 'Die E-Mails für {domain} nimmt {host} an (MX-Eintrag); dessen Anbieter steht im Verzeichnis von Mozilla.',
    en: "Mail for {domain} is taken by {host} (MX record), whose provider stands in Mozilla's database.",
  },
  microsoft: {
    de: 'Die Postfächer der Domain liegen bei {provider} (Autodiscover).',
    en: 'The mailboxes of the domain are at {provider} (Autodiscover).',
  },
  mailExchangerHost: {
    de: 'Der Server, der die E-Mails für {domain} annimmt (MX-Eintrag).',
    en: 'The server that takes the mail for {domain} (MX record).',
  },
  mailExchangerHostElsewhere: {
    de: 'Der Server, der die E-Mails für {domain} annimmt (MX-Eintrag). Er gehört nicht zur Domain: Vergewissern Sie sich, dass {host} Ihr Anbieter ist.',
    en: 'The server that takes the mail for {domain} (MX record). It does not belong to the domain: make sure that {host} is your provider.',
  },
  guess: {
    de: 'Üblicher Servername für {domain}.',
    en: 'A name that servers for {domain} usually have.',
  },
};

export const autoconfigHintTexts: Readonly<Record<AutoconfigHint['code'], Localized>> = {
  domainNotFound: {
    de: 'Diese Domain gibt es nicht. Prüfen Sie die Schreibweise der Adresse.',
    en: 'This domain does not exist. Check the spelling of the address.',
  },
  domainTakesNoMail: {
    de: 'Diese Domain nimmt keine E-Mails an. Prüfen Sie die Schreibweise der Adresse.',
    en: 'This domain takes no mail. Check the spelling of the address.',
  },
  noInternet: {
    de: 'Von hier aus ist das Internet nicht erreichbar; die Angaben konnten nicht geprüft werden.',
    en: 'The internet cannot be reached from here; what is shown could not be verified.',
  },
  usernameFromProvider: {
    de: 'Der Benutzername ist nicht die E-Mail-Adresse. Sie finden ihn im Kundenbereich Ihres Anbieters.',
    en: "The user name is not the e-mail address. You find it in your provider's customer area.",
  },
  appPasswordNeeded: {
    de: '{provider} verlangt von Programmen ein eigenes Passwort (App-Passwort); das Passwort der Website wird abgelehnt.',
    en: '{provider} asks programs for a password of their own (app password); the one of the web site is refused.',
  },
  passwordNotAccepted: {
    de: '{provider} nimmt keine Passwörter mehr an. Verknüpfen Sie das Konto.',
    en: '{provider} does not take passwords any more. Link the account.',
  },
  protocolsToSwitchOn: {
    de: 'Bei {provider} muss der Zugriff über POP3 und IMAP vielleicht erst eingeschaltet werden.',
    en: 'At {provider} access by POP3 and IMAP may have to be switched on first.',
  },
};
