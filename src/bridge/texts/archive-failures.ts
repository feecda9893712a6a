/** What failures between the bridge and the mail archive are called. */
import type { ArchiveCode } from '../../greyhound/index.js';
import type { Message } from './text.js';

const firewall = {
  de: 'Prüfen Sie Adresse und Port sowie die Firewall: Port 443 muss nach außen geöffnet und auf den internen Port 443 am Greyhound-Server weitergeleitet sein.',
  en: 'Check address, port and firewall: port 443 must be open outward and forwarded to the internal port 443 of the GREYHOUND server.',
};

const tryAgain = { de: 'Versuchen Sie es später noch einmal.', en: 'Try again later.' };

export const archiveFailures: Readonly<Record<ArchiveCode, Message>> = {
  archiveUnreachable: {
    title: { de: 'Mailarchiv nicht erreichbar', en: 'Mail archive unreachable' },
    detail: {
      de: 'Zur Greyhound API kam keine Verbindung zustande.',
      en: 'No connection to the GREYHOUND API could be made.',
    },
    hint: firewall,
  },
  archiveTimeout: {
    title: { de: 'Mailarchiv antwortet nicht', en: 'Mail archive does not answer' },
    detail: {
      de: 'Die Greyhound API hat nicht rechtzeitig geantwortet.',
      en: 'The GREYHOUND API did not answer in time.',
    },
    hint: firewall,
  },
  archiveConnectionLost: {
    title: { de: 'Verbindung zum Mailarchiv abgebrochen', en: 'Connection to the archive lost' },
    detail: {
      de: 'Die Verbindung zur Greyhound API brach ab, bevor die Antwort vollständig war.',
      en: 'The connection to the GREYHOUND API ended before the answer was complete.',
    },
    hint: tryAgain,
  },
  archiveTls: {
    title: { de: 'Keine sichere Verbindung zum Mailarchiv', en: 'No secure connection' },
    detail: {
      de: 'Mit der Greyhound API kam keine sichere Verbindung zustande ({systemCode}).',
      en: 'No secure connection to the GREYHOUND API could be made ({systemCode}).',
    },
    hint: {
      de: 'Prüfen Sie, ob SSL am Greyhound-Server aktiviert ist und das Zertifikat zur Adresse passt; hinterlegen Sie sonst Servername oder Zertifizierungsstelle.',
      en: 'Check that SSL is active on the GREYHOUND server and that its certificate fits the address; else store a server name or certification authority.',
    },
  },
  archiveLogin: {
    title: { de: 'Anmeldung am Mailarchiv abgelehnt', en: 'Archive refused the sign-in' },
    detail: {
      de: 'Die Greyhound API hat Benutzername oder Passwort abgelehnt.',
      en: 'The GREYHOUND API refused user name or password.',
    },
    hint: {
      de: 'Prüfen Sie Benutzername und Passwort des Administrators in den Grundeinstellungen.',
      en: "Check the administrator's user name and password in the basic settings.",
    },
  },
  archiveNotFound: {
    title: { de: 'Im Mailarchiv nicht gefunden', en: 'Not found in the archive' },
    detail: {
      de: 'Das Mailarchiv kennt das Gesuchte oder diese Schnittstelle nicht.',
      en: 'The mail archive does not know what was asked for, or has no such endpoint.',
    },
  },
  archiveHttp: {
    title: { de: 'Fehler am Mailarchiv', en: 'Archive error' },
    detail: {
      de: 'Die Greyhound API antwortete mit dem HTTP-Status {status}.',
      en: 'The GREYHOUND API answered with HTTP status {status}.',
    },
    hint: tryAgain,
  },
  archiveProtocol: {
    title: { de: 'Unverständliche Antwort', en: 'Unintelligible answer' },
    detail: {
      de: 'Unter der hinterlegten Adresse antwortet etwas, das keine Greyhound API ist oder sich anders verhält.',
      en: 'What answers at the stored address is no GREYHOUND API, or behaves differently.',
    },
    hint: {
      de: 'Prüfen Sie die Adresse der Greyhound API.',
      en: 'Check the address of the GREYHOUND API.',
    },
  },
  archiveFault: {
    title: { de: 'Vom Mailarchiv abgelehnt', en: 'Refused by the archive' },
    detail: {
      de: 'Das Mailarchiv meldet: {serverText}',
      en: 'The mail archive says: {serverText}',
    },
  },
};
