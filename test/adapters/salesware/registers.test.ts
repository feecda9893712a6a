/** The registers over HTTP, against the embedded archive; no mail server is needed for what is shown here. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startProduct, type Product } from '../../support/product.js';
import { callAt } from './calls.js';

let bridge: Product;

beforeAll(async () => {
  bridge = await startProduct();
});
afterAll(() => bridge.close());

interface Body extends Record<string, unknown> {
  readonly code: string;
  readonly field: string;
  readonly detail: string;
  readonly errors: readonly { readonly field: string; readonly message: string }[];
  readonly konten: readonly { readonly formular: Record<string, unknown> }[];
  readonly register: {
    readonly felder: readonly {
      readonly name: string;
      readonly label: string;
      readonly optionen?: readonly { readonly label: string }[];
    }[];
    readonly hinweise: readonly {
      readonly anlass: string;
      readonly feld?: string;
      readonly text: string;
    }[];
    readonly aktionen: Readonly<Record<string, string>>;
  };
}

const call = (method: string, path: string, body?: unknown, language?: string) =>
  callAt<Body>(bridge, method, `/adapters/salesware${path}`, { body, language });

const pop3 = {
  kontoname: 'Verkauf',
  server: 'pop.example.test',
  benutzername: 'verkauf@example.test',
  passwort: 'geheim',
};
const smtp = { kontoname: 'Versand', server: 'smtp.example.test', absender: '*' };

interface Refusal {
  readonly name: string;
  readonly path: string;
  readonly body: object;
  readonly status: number;
  readonly field: string;
}

const refusals: readonly Refusal[] = [
  {
    name: 'SAL-48 a missing „Zeitraum“',
    path: '/pop3-konten',
    body: { ...pop3, loeschungVomPop3Konto: 'nachZeitraum' },
    status: 400,
    field: 'zeitraum',
  },
  {
    name: 'SAL-48 a „Zeitraum“ of no days',
    path: '/pop3-konten',
    body: { ...pop3, loeschungVomPop3Konto: 'nachZeitraum', zeitraum: 0 },
    status: 400,
    field: 'zeitraum',
  },
  {
    name: 'SAL-44 a way to sign in that there is not',
    path: '/pop3-konten',
    body: { ...pop3, authentifizierung: 'ntlm' },
    status: 400,
    field: 'authentifizierung',
  },
  {
    name: 'SAL-89 a password beside OAuth2',
    path: '/pop3-konten',
    body: { ...pop3, authentifizierung: 'oauth2' },
    status: 400,
    field: 'passwort',
  },
  {
    name: 'BRG-05 an unknown field',
    path: '/pop3-konten',
    body: { ...pop3, host: 'pop.example.test' },
    status: 400,
    field: 'host',
  },
  {
    name: 'SAL-79 a user name that is no address, without an address for the group',
    path: '/pop3-konten',
    body: { ...pop3, benutzername: 'verkauf' },
    status: 422,
    field: 'emailAdresseDerGruppe',
  },
  {
    name: 'a password in clear',
    path: '/pop3-konten',
    body: { ...pop3, verbindungsart: 'unverschluesselt' },
    status: 422,
    field: 'verbindungsart',
  },
  {
    name: 'SAL-111 APOP for SMTP',
    path: '/smtp-konten',
    body: { ...smtp, authentifizierung: 'apop' },
    status: 422,
    field: 'authentifizierung',
  },
  {
    name: 'SAL-111 APOP for SMTP in a staged save',
    path: '/speichern',
    body: { smtpKonten: { hinzugefuegt: [{ ...smtp, authentifizierung: 'apop' }] } },
    status: 422,
    field: 'smtpKonten.hinzugefuegt.0.authentifizierung',
  },
  {
    name: 'BRG-05 an unknown field in a staged save',
    path: '/speichern',
    body: { pop3Konten: { hinzugefuegt: [{ ...pop3, farbe: 'rot' }] } },
    status: 400,
    field: 'pop3Konten.hinzugefuegt.0.farbe',
  },
  {
    name: 'SAL-48 a „Zeitraum“ of no days in a staged save',
    path: '/speichern',
    body: {
      pop3Konten: {
        hinzugefuegt: [{ ...pop3, loeschungVomPop3Konto: 'nachZeitraum', zeitraum: 0 }],
      },
    },
    status: 400,
    field: 'pop3Konten.hinzugefuegt.0.zeitraum',
  },
];

describe('what Salesware may not save', () => {
  it.each(refusals)('$name is refused at its field', async ({ path, body, status, field }) => {
    const answer = await call('POST', path, body);
    expect({ status: answer.status, field: answer.body.field }).toEqual({ status, field });
    expect((await call('GET', '/pop3-konten')).body.konten).toEqual([]);
    expect((await call('GET', '/smtp-konten')).body.konten).toEqual([]);
  });

  it('SAL-44 names the ways to sign in that there are', async () => {
    const { body } = await call('POST', '/pop3-konten', { ...pop3, authentifizierung: 'ntlm' });
    expect(body.errors[0]?.message).toMatch(/normal.*apop.*oauth2/);
  });

  it('SAL-121 groups are neither created nor deleted', async () => {
    for (const [method, path] of [
      ['POST', '/gruppen'],
      ['DELETE', '/gruppen/1'],
    ] as const) {
      const answer = await call(method, path);
      expect(answer).toMatchObject({ status: 405, body: { code: 'groupsAreAutomatic' } });
    }
  });
});

/** Exact German, as in the vendor's manual. */
const notices: readonly (readonly [requirement: string, path: string, text: string])[] = [
  [
    'SAL-02 SAL-03',
    '/grundeinstellungen',
    'Sollten Sie noch keinen Account bei Greyhound haben, wird dieser von der 4SELLERS GmbH angelegt. Es entstehen euch keine weiteren Kosten. Inkludiert ist ein Hosting-Paket mit 20 GB Speicher.',
  ],
  ['SAL-05', '/grundeinstellungen', 'auf keinen Fall ändern!'],
  ['SAL-06', '/grundeinstellungen', 'Ansprechpartner für Salesware'],
  [
    'SAL-10',
    '/grundeinstellungen',
    'Bitte ändern Sie diese nicht, wenn Sie sich nicht sicher sind oder der Account nicht von Ihnen betreut wird.',
  ],
  ['SAL-17', '/grundeinstellungen', 'insbesondere, wenn Sie den Greyhound-Server selbst betreiben'],
  ['SAL-19', '/pop3-konten', 'Sie müssen mindestens ein POP3-Konto Ihres Mailservers angeben'],
  [
    'SAL-22',
    '/pop3-konten',
    'Über Salesware können maximal 10 POP3-Konten eingebunden und verwaltet werden. Wenn Sie weitere POP3-Konten verwalten möchten, müssen Sie das über den Greyhound-Client und eine entsprechende Lizenz machen.',
  ],
  [
    'SAL-29',
    '/pop3-konten',
    'Bevor Sie ein POP3-Konto endgültig entfernen, deaktivieren Sie es zuerst einmal',
  ],
  ['SAL-32', '/pop3-konten', 'durch einen Klick auf das Disketten-Symbol rechts oben'],
  [
    'SAL-58',
    '/pop3-konten',
    'Aktivieren Sie nach erfolgreicher Prüfung sowohl das POP3- als auch das SMTP-Konto.',
  ],
  [
    'SAL-83',
    '/pop3-konten',
    'Tragen Sie im Register „Themen, Tags & Gruppen“ bitte die E-Mail-Adresse ein, mit der die E-Mails gesendet werden sollen.',
  ],
  [
    'SAL-91',
    '/pop3-konten',
    'Bei Microsoft 365 kann es sein, dass die erste Verknüpfung mit dem Administratorkonto vorgenommen werden muss.',
  ],
  ['SAL-92', '/pop3-konten', 'die Erlaubnis für den Zugriff erteilen'],
  ['SAL-94', '/pop3-konten', 'müssen Sie nochmal das „Konto verknüpfen“'],
  [
    'SAL-96',
    '/pop3-konten',
    'Spätestens wenn keine E-Mails mehr empfangen werden, sollten Sie bitte die Verknüpfung prüfen und ggf. erneuern.',
  ],
  ['SAL-97', '/pop3-konten', 'müssen Sie mit einem Klick die „Verknüpfung aufheben“'],
  [
    'SAL-113',
    '/smtp-konten',
    'Spätestens wenn keine E-Mails mehr gesendet werden, sollten Sie bitte die Verknüpfung prüfen und ggf. erneuern.',
  ],
  ['SAL-102', '/smtp-konten', 'Sie müssen mindestens ein SMTP-Konto Ihres Mailservers angeben'],
  ['SAL-103', '/smtp-konten', 'Über Salesware können maximal 10 SMTP-Konten eingebunden'],
  [
    'SAL-108',
    '/smtp-konten',
    'Bevor Sie ein SMTP-Konto endgültig entfernen, deaktivieren Sie es zuerst einmal',
  ],
  ['SAL-121', '/gruppen', 'Sie können Gruppen nicht löschen und auch keine neuen Gruppen anlegen.'],
];

describe('what the registers tell their readers', () => {
  it.each(notices)('%s stands in %s', async (_, path, text) => {
    const { register } = (await call('GET', path)).body;
    expect(register.hinweise.map((notice) => notice.text).join('\n')).toContain(text);
  });

  it('SAL-26 SAL-45 SAL-47 BRG-16 has the labels of the manual', async () => {
    const { register } = (await call('GET', '/pop3-konten')).body;
    expect(register.aktionen).toMatchObject({
      hinzufuegen: '+ Hinzufügen',
      pruefen: 'Einstellungen prüfen',
    });
    expect(register.felder.map(({ label }) => label)).toEqual([
      'Aktiv',
      'Kontoname',
      'Server',
      'Port',
      'Benutzername',
      'Passwort',
      'Verbindungsart',
      'Authentifizierung',
      'Verknüpfung',
      'E-Mail-Adresse der Gruppe',
      'Löschung vom POP3-Konto',
      'Zeitraum',
      'Nachrichten vom POP3-Konto löschen, sobald sie in Salesware gelöscht werden',
      'Letzte Fehlermeldung',
    ]);
    const choices = (name: string) =>
      register.felder.find((one) => one.name === name)?.optionen?.map(({ label }) => label);
    expect(choices('loeschungVomPop3Konto')).toEqual([
      'Nachrichten nach dem angegebenen Zeitraum vom POP3-Konto löschen',
      'Nachrichten sofort nach dem Empfang von POP3-Konto löschen',
      'Nachrichten sollen nicht vom POP3-Konto gelöscht werden',
    ]);
  });

  it.each(['/pop3-konten', '/smtp-konten'])(
    'SAL-44 SAL-110 %s offers exactly three ways to sign in, and what belongs to OAuth2',
    async (path) => {
      const { register } = (await call('GET', path)).body;
      const field = register.felder.find(({ name }) => name === 'authentifizierung');
      expect(field?.optionen?.map(({ label }) => label)).toEqual([
        '„Normaler“ Login',
        'APOP',
        'OAuth2',
      ]);
      expect(register.aktionen).toMatchObject({
        verknuepfen: 'Konto verknüpfen',
        verknuepfungAufheben: 'Verknüpfung aufheben',
      });
    },
  );

  it('BRG-16 says the same in English', async () => {
    const { register } = (await call('GET', '/pop3-konten', undefined, 'en')).body;
    expect(register.felder.map(({ label }) => label)).toContain('Connection type');
    expect(register.hinweise.map(({ text }) => text).join(' ')).toContain('at the top right');
  });

  it('SAL-07 SAL-12 shows the basic settings without the password', async () => {
    const { body } = await call('GET', '/grundeinstellungen');
    expect(body).toMatchObject({
      formular: { aktivierung: true, passwort: '******' },
      nurLesen: ['benutzername', 'passwort'],
    });
    const back = await call('PUT', '/grundeinstellungen', body['formular']);
    expect(back.body['formular']).toEqual(body['formular']);
  });

  it('SAL-15 an archive address without TLS is refused in the words of the form', async () => {
    const form = { greyhoundApi: 'http://greyhound.example.test', passwort: 'neu' };
    const answer = await call('PUT', '/grundeinstellungen', form);
    expect(answer).toMatchObject({ status: 422, body: { field: 'greyhoundApi' } });
  });
});
