/**
 * Made-up German business mail, the same for the same index: words follow Zipf's law, every second noun may be a
 * compound of others, and each mail has numbers of its own. A mail has about 220 words.
 */

const heads =
  'rechnung lieferung bestellung auftrag angebot artikel kunde preis termin vertrag lager zahlung mahnung gutschrift versand paket retoure reklamation garantie muster katalog rabatt steuer konto bank betrag summe nummer datum adresse telefon projekt montage wartung service technik maschine anlage pumpe ventil motor getriebe welle dichtung schraube mutter blech rohr kabel stecker schalter sensor steuerung software lizenz schulung protokoll bericht planung entwurf zeichnung prüfung freigabe qualität norm zertifikat zoll spedition palette karton etikett gewicht menge stück einheit größe länge höhe breite farbe material stahl holz glas kunststoff gummi öl wasser druck temperatur leistung energie strom heizung kühlung lüftung gebäude büro werk halle abteilung leitung mitarbeiter personal urlaub vertretung messe stand besuch gespräch besprechung einladung anfrage antwort frage lösung fehler schaden ursache maßnahme änderung abweichung verzug frist monat woche jahr quartal abschluss bilanz kosten budget umsatz gewinn steuersatz verkauf einkauf beschaffung logistik disposition fertigung produktion entwicklung forschung vertrieb werbung druckerei papier umschlag brief post fax bogen block ordner akte archiv ablage vorgang beleg quittung kasse karte ausweis schlüssel tür tor fenster dach wand boden decke treppe garten straße weg platz hof parkplatz fahrzeug reifen bremse tank fahrer route tour fracht schiff hafen container flug bahn gleis wagen'.split(
    ' ',
  );
const frequent =
  'die der und in zu den das nicht von sie ist des sich mit dem dass er es ein ich auf so eine auch als an nach wie im für man aber aus durch wenn nur war noch werden bei hat wir was wird sein einen welche sind oder zur um haben einer mir über ihm diese einem ihr uns da zum kann doch vor dieser mich ihn du hatte seine mehr am denn nun unter sehr selbst schon hier bis habe ihre dann ihnen seiner alle wieder meine gegen vom ganz einzelne wo muss ohne eines können sei ja wurde jetzt immer seinen wohl dieses ihren würde diesen sondern weil welcher nichts diesem alles waren will viel mein also soll worden lassen dies machen ihrer weiter leben recht etwas keine seinem ob dir allen großen sehen müssen gerne bitte danke grüße freundlichen geehrte damen herren guten tag anbei erhalten senden teilen liefern bestellen bestätigen prüfen melden anbieten bezahlen überweisen zurücksenden umgehend kurzfristig telefonisch schriftlich folgende gewünschte offene fällige aktuelle neue letzte nächste beiliegende'.split(
    ' ',
  );
const firstNames =
  'Anna Bernd Carla Dieter Eva Frank Gudrun Hans Ines Jörg Katrin Lars Maria Norbert Petra Ralf Sabine Thomas Ute Volker Wiebke Jürgen Björn Käthe Zoë'.split(
    ' ',
  );
const lastNames =
  'Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause Lehmann Köhler Maier Groß Weiß Jäger Böhm'.split(
    ' ',
  );

/** Mulberry32: numbers from 0 up to 1. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Rank by Zipf's law: the first is twice as frequent as the second. */
const ranked = <T>(list: readonly T[], next: () => number): T =>
  list[Math.floor((list.length + 1) ** next()) - 1]!;

function noun(next: () => number): string {
  const parts = [ranked(heads, next)];
  while (parts.length < 3 && next() < 0.25) parts.push(ranked(heads, next));
  const joined = parts.reduce((one, other) => one + (one.endsWith('ung') ? 's' : '') + other);
  const ending = next() < 0.25 ? (joined.endsWith('e') ? 'n' : 'en') : '';
  return capital(joined + ending);
}

function sentence(next: () => number): string {
  const words: string[] = [];
  const length = 6 + Math.floor(next() * 12);
  for (let at = 0; at < length; at += 1)
    words.push(next() < 0.68 ? ranked(frequent, next) : noun(next));
  return `${capital(words.join(' '))}.`;
}

export interface BusinessMail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Only this mail has it. */
  readonly orderNumber: string;
}

export function businessMail(index: number): BusinessMail {
  const next = random(index * 2_654_435_761 + 17);
  const digits = (count: number) => String(Math.floor(next() * 10 ** count)).padStart(count, '0');
  const person = `${ranked(firstNames, next)} ${ranked(lastNames, next)}`;
  const company = `${noun(next).toLowerCase()}-${ranked(lastNames, next).toLowerCase()}`
    .normalize('NFKD')
    .replace(/[^a-z-]/g, '');
  const orderNumber = `AB-2024/${String(1_000_000 + index)}`;
  const subject = `${ranked(['AW: ', 'Re: ', '', 'WG: '], next)}${noun(next)} ${noun(next)} ${orderNumber}`;
  const paragraphs = Array.from({ length: 3 + Math.floor(next() * 3) }, () =>
    Array.from({ length: 3 + Math.floor(next() * 3) }, () => sentence(next)).join(' '),
  );
  const text = `Sehr geehrte Damen und Herren,\n\n${paragraphs.join('\n\n')}\n\nRechnungsnummer RE-${digits(7)}, Kundennummer ${digits(6)}, Betrag ${digits(3)},${digits(2)} EUR, Tel. 0${digits(3)} ${digits(6)}\n\nMit freundlichen Grüßen\n${person}\n`;
  return {
    from: `${person} <info${String(index % 9973)}@${company}.example>`,
    to: 'Service <service@shop.example>',
    subject,
    text,
    orderNumber,
  };
}
