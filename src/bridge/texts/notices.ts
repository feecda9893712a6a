/** What the form of the basic settings tells its reader, in the words of the ERP's documentation. */
import type { Localized } from './text.js';

export const settingsNotices = {
  /** SAL-02, SAL-03 */
  accountFromVendor: {
    de: 'Sollten Sie noch keinen Account bei Greyhound haben, wird dieser von der 4SELLERS GmbH angelegt. Es entstehen Ihnen keine weiteren Kosten. Inkludiert ist ein Hosting-Paket mit 20 GB Speicher.',
    en: 'If you have no GREYHOUND account yet, 4SELLERS GmbH creates one for you. There are no further costs. A hosting package with 20 GB of storage is included.',
  },
  /** SAL-03, SAL-06 */
  handOver: {
    de: 'Gerne können Sie die Verwaltung des Accounts übernehmen oder den Speicher des Hostings erweitern. Wenden Sie sich dazu bitte an Ihren Ansprechpartner.',
    en: 'You are welcome to take over the administration of the account or to extend its storage. Please ask your contact person.',
  },
  /** SAL-05 */
  credentialsOfVendor: {
    de: 'Die Zugangsdaten sind nur dem Anbieter bekannt. Benutzername und Passwort dürfen auf keinen Fall geändert werden.',
    en: 'The credentials are known to the vendor only. User name and password must on no account be changed.',
  },
  /** SAL-10 */
  endpointWarning: {
    de: 'Bitte ändern Sie die Adresse der Greyhound API nicht, wenn Sie sich nicht sicher sind oder der Account nicht von Ihnen betreut wird.',
    en: 'Please do not change the address of the GREYHOUND API if you are not sure, or if the account is not administered by you.',
  },
  /** SAL-13 */
  userProfile: {
    de: 'Ob ein Benutzer die E-Mail-Funktion tatsächlich nutzen kann, hängt nicht nur von diesen Zugangsdaten ab, sondern auch von den Einstellungen an dessen Benutzerprofil.',
    en: "Whether a user can actually use the mail function depends not only on these credentials but also on the settings in the user's profile.",
  },
  /** SAL-14 to SAL-17 */
  systemRequirements: {
    de: 'Systemvoraussetzungen, insbesondere wenn Sie den Greyhound-Server selbst betreiben: Sie benötigen mindestens Greyhound in der Version 5. In den Greyhound-Server-Einstellungen müssen sowohl das HTTP-Protokoll (Port 443) als auch SSL aktiviert sein. In Ihren Firewall-Einstellungen muss der Port 443 nach außen geöffnet sein und auf den internen Port 443 am Greyhound-Server weitergeleitet werden.',
    en: 'System requirements, in particular if you run the GREYHOUND server yourself: GREYHOUND version 5 or later. In the GREYHOUND server settings both the HTTP protocol (port 443) and SSL must be active. In your firewall port 443 must be open outward and forwarded to the internal port 443 of the GREYHOUND server.',
  },
} as const satisfies Readonly<Record<string, Localized>>;

export type NoticeCode = keyof typeof settingsNotices;
