import { pop3Words } from '../../../adapters/salesware/field-words.js';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  incomingAccountCreate,
  incomingAccountUpdate,
  smtpAccountCreate,
  smtpAccountUpdate,
  type IncomingAccount,
  type IncomingAccountCreate,
  type IncomingAccountUpdate,
  type SmtpAccount,
  type SmtpAccountCreate,
  type SmtpAccountUpdate,
} from '../../../src/bridge/accounts/index.js';
import {
  pop3FormCreate,
  pop3FormUpdate,
  smtpFormCreate,
  smtpFormUpdate,
} from '../../../adapters/salesware/forms.js';
import {
  pop3NotRepresentable,
  pop3ToCreate,
  pop3ToForm,
  pop3ToUpdate,
  smtpNotRepresentable,
  smtpToCreate,
  smtpToForm,
  smtpToUpdate,
} from '../../../adapters/salesware/vocabulary.js';

const stored = {
  id: 7,
  passwordSet: true,
  timeoutSeconds: 60,
  allowClearTextLogin: false,
  copySent: true,
  sentFolder: '',
  tlsException: null,
  lastError: null,
  managedExternally: false,
  oauth: null,
  raw: null,
};

/** What a read shows of an account that was saved with these values. */
const savedIncoming = (saved: IncomingAccountCreate | IncomingAccountUpdate): IncomingAccount => ({
  ...stored,
  name: saved.name ?? 'Verkauf',
  protocol: saved.protocol ?? 'pop3',
  host: saved.host ?? 'pop.example.test',
  port: saved.port ?? 995,
  security: saved.security ?? 'tls',
  authentication: saved.authentication ?? 'password',
  username: saved.username ?? 'verkauf@example.test',
  active: saved.active ?? false,
  mailbox: '',
  pollIntervalMinutes: 5,
  deletion: {
    policy: saved.deletion?.policy ?? 'never',
    days: saved.deletion?.policy === 'afterDays' ? saved.deletion.days : null,
  },
  deleteOnServerWhenDeleted: saved.deleteOnServerWhenDeleted ?? false,
});

const savedSmtp = (saved: SmtpAccountCreate | SmtpAccountUpdate): SmtpAccount => ({
  ...stored,
  name: saved.name ?? 'Verkauf',
  host: saved.host ?? 'smtp.example.test',
  port: saved.port ?? 587,
  security: saved.security ?? 'starttls',
  authentication: saved.authentication ?? 'password',
  username: saved.username ?? '',
  active: saved.active ?? false,
  senders: [...(saved.senders ?? ['*'])],
  fromOverride: null,
});

const text = (maxLength: number) =>
  fc
    .string({ minLength: 1, maxLength, unit: 'grapheme' })
    .filter((value) => incomingAccountUpdate.shape.username.safeParse(value).success)
    .map((value) => value.trim())
    .filter((value) => value !== '');
const host = fc.domain();
const port = fc.integer({ min: 1, max: 65_535 });
const connection = fc.constantFrom('unverschluesselt', 'starttls', 'sslTls');

const deletion = fc.oneof(
  fc.record({
    loeschungVomPop3Konto: fc.constantFrom('sofort', 'nicht'),
    zeitraum: fc.constant(null),
  }),
  fc.record({
    loeschungVomPop3Konto: fc.constant('nachZeitraum'),
    zeitraum: fc.integer({ min: 1, max: 36_500 }),
  }),
);

const pop3Form = fc
  .tuple(
    fc.record({
      kontoname: text(60),
      aktiv: fc.boolean(),
      server: host,
      port,
      benutzername: text(60),
      passwort: fc.constant('******'),
      verbindungsart: connection,
      authentifizierung: fc.constantFrom('normal', 'apop', 'oauth2'),
      nachrichtenLoeschenSobaldInSaleswareGeloescht: fc.boolean(),
    }),
    deletion,
  )
  .map(([fields, choice]) => ({ ...fields, ...choice }));

const sender = fc
  .tuple(fc.stringMatching(/^[a-z0-9][a-z0-9.]{0,15}$/), fc.domain())
  .map(([local, domain]) => `${local}@${domain}`);

const smtpForm = fc.record({
  kontoname: text(60),
  aktiv: fc.boolean(),
  server: host,
  port,
  benutzername: text(60),
  passwort: fc.constant('******'),
  verbindungsart: connection,
  authentifizierung: fc.constantFrom('normal', 'oauth2'),
  absender: fc.oneof(
    fc.constant('*'),
    fc.array(sender, { minLength: 1, maxLength: 6 }).map((list) => list.join('\n')),
  ),
});

describe('Salesware form and model', () => {
  it('BRG-04 a POP3 form comes back from a create as it went', () => {
    fc.assert(
      fc.property(pop3Form, (form) => {
        const request = pop3ToCreate(pop3FormCreate.parse(form));
        const saved = savedIncoming(incomingAccountCreate.parse(request));
        expect(pop3ToForm(saved)).toEqual(form);
        expect(pop3NotRepresentable(saved)).toEqual([]);
      }),
    );
  });

  it('BRG-04 a POP3 form comes back from an update as it went', () => {
    fc.assert(
      fc.property(pop3Form, (form) => {
        const request = pop3ToUpdate(pop3FormUpdate.parse(form));
        expect(pop3ToForm(savedIncoming(incomingAccountUpdate.parse(request)))).toEqual(form);
      }),
    );
  });

  it('BRG-04 an SMTP form comes back from create and update as it went', () => {
    fc.assert(
      fc.property(smtpForm, (form) => {
        const created = smtpAccountCreate.parse(smtpToCreate(smtpFormCreate.parse(form)));
        expect(smtpToForm(savedSmtp(created))).toEqual(form);
        const updated = smtpAccountUpdate.parse(smtpToUpdate(smtpFormUpdate.parse(form)));
        expect(smtpToForm(savedSmtp(updated))).toEqual(form);
      }),
    );
  });

  it('BRG-04 what a form leaves out stays out of the update', () => {
    expect(pop3ToUpdate(pop3FormUpdate.parse({ aktiv: true }))).toEqual({ active: true });
    expect(smtpToUpdate(smtpFormUpdate.parse({ absender: '*' }))).toEqual({ senders: ['*'] });
  });

  it('BRG-05 names what the forms cannot express and leaves it alone in an update', () => {
    const account: IncomingAccount = {
      ...savedIncoming({}),
      protocol: 'imap',
      security: 'unknown',
      authentication: 'unknown',
      timeoutSeconds: 30,
      allowClearTextLogin: true,
      tlsException: { fingerprint: 'AA', reason: 'own authority' },
      mailbox: 'INBOX.Verkauf',
      pollIntervalMinutes: 15,
      deletion: { policy: 'unknown', days: null },
    };
    expect(pop3NotRepresentable(account)).toEqual([
      'protocol',
      'security',
      'authentication',
      'timeoutSeconds',
      'allowClearTextLogin',
      'tlsException',
      'mailbox',
      'pollIntervalMinutes',
      'deletion.policy',
    ]);
    const update = pop3ToUpdate(pop3FormUpdate.parse(pop3ToForm(account)));
    expect(Object.keys(update).sort()).toEqual([
      'active',
      'deleteOnServerWhenDeleted',
      'host',
      'name',
      'password',
      'port',
      'username',
    ]);
    const smtp: SmtpAccount = {
      ...savedSmtp({}),
      authentication: 'none',
      fromOverride: 'info@example.test',
    };
    expect(smtpNotRepresentable(smtp)).toEqual(['authentication', 'fromOverride']);
    expect(smtpToUpdate(smtpFormUpdate.parse(smtpToForm(smtp)))).not.toHaveProperty(
      'authentication',
    );
  });

  it('BRG-05 refuses an unknown form field by name', () => {
    const form = { kontoname: 'a', server: 'b', benutzername: 'c@example.test', farbe: 'rot' };
    const refused = pop3FormCreate.safeParse(form);
    expect(refused.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['farbe'] }]);
  });

  it('SAL-50 SAL-51 passes over whatever stands in „Zeitraum“ unless it counts', () => {
    for (const zeitraum of [0, -3, 'bald', 12, null, '']) {
      for (const [option, policy] of [
        ['sofort', 'immediately'],
        ['nicht', 'never'],
      ]) {
        const form = pop3FormUpdate.parse({ loeschungVomPop3Konto: option, zeitraum });
        expect(incomingAccountUpdate.parse(pop3ToUpdate(form)).deletion).toEqual({ policy });
      }
    }
  });

  it('passes on how many mails may be deleted, on a change only', () => {
    const form = pop3FormUpdate.parse({ loeschungVomPop3Konto: 'sofort', loeschungBestaetigen: 3 });
    expect(incomingAccountUpdate.parse(pop3ToUpdate(form))).toEqual({
      deletion: { policy: 'immediately' },
      confirmRemoval: 3,
    });
    expect(pop3Words('confirmRemoval')).toBe('loeschungBestaetigen');
    const created = pop3FormCreate.safeParse({
      kontoname: 'a',
      server: 'b',
      benutzername: 'c',
      loeschungBestaetigen: 3,
    });
    expect(created.success).toBe(false);
  });

  it('SAL-52 a new account deletes nothing from its server', () => {
    const form = { kontoname: 'a', server: 'b', benutzername: 'c@example.test' };
    const created = incomingAccountCreate.parse(pop3ToCreate(pop3FormCreate.parse(form)));
    expect(created.deletion.policy).toBe('never');
  });

  it('SAL-115 SAL-116 reads „Absender“ line by line', () => {
    const senders = (absender: string) => smtpFormUpdate.parse({ absender }).absender;
    expect(senders('*')).toEqual(['*']);
    expect(senders('\r\n  a@example.test \r\n\r\nb@example.test\r\n')).toEqual([
      'a@example.test',
      'b@example.test',
    ]);
    expect(smtpFormUpdate.safeParse({ absender: ' \n ' }).success).toBe(false);
    expect(smtpFormUpdate.safeParse({ absender: 'a@example.test, b' }).success).toBe(false);
  });
});
