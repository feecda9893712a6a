import { describe, expect, it } from '@jest/globals';
import {
  filled,
  portWith,
  requestOf,
  suggestionName,
  typedIn,
  type FilledForm,
  type SuggestedField,
  type Suggestions,
} from '../../fixtures/erp-host/connect/form.js';

const server = (protocol: 'pop3' | 'smtp', port: number, security: 'tls' | 'starttls') => ({
  protocol,
  host: `${protocol}.firma.test`,
  port,
  security,
  username: 'anna@firma.test',
});

const found: Suggestions = {
  address: 'anna@firma.test',
  found: {
    incoming: [server('pop3', 9950, 'tls'), server('pop3', 1100, 'starttls')],
    smtp: [server('smtp', 4650, 'tls')],
  },
  accountName: 'Anna',
};

const values = (form: FilledForm) =>
  Object.fromEntries(Object.entries(form).map(([name, { value }]) => [name, value]));

/** The form as a browser posts it. */
function posted(form: FilledForm, typed: Partial<Record<SuggestedField, string>> = {}) {
  const body = new URLSearchParams();
  for (const [name, { value, suggestion }] of Object.entries(form)) {
    body.set(name, typed[name as SuggestedField] ?? value);
    body.set(suggestionName(name as SuggestedField), suggestion);
  }
  return body;
}

describe('the form of „Postfach verbinden“', () => {
  it('TEC-22 TEC-23 is filled in from what was found', () => {
    expect(values(filled(found, {}))).toEqual({
      kontoname: 'Anna',
      benutzername: 'anna@firma.test',
      server: 'pop3.firma.test',
      port: '9950',
      verbindungsart: 'tls',
      smtpServer: 'smtp.firma.test',
      smtpPort: '4650',
      smtpVerbindungsart: 'tls',
    });
    const nothing = filled({ ...found, found: null }, {});
    expect(values(nothing)).toMatchObject({ server: 'pop.firma.test', port: '995' });
  });

  it('TEC-23 what was typed stays through every round, and is known as typed', () => {
    const typed = { server: 'mail.firma.test', port: '2110', kontoname: 'Empfang' };
    let form = filled(found, {});
    for (let round = 1; round <= 3; round += 1) {
      form = filled(found, typedIn(posted(form, typed)));
      expect(values(form)).toMatchObject(typed);
    }
    expect(typedIn(posted(form))).toEqual(typed);
    // an emptied field is filled in again
    const emptied = filled(found, typedIn(posted(form, { kontoname: '' })));
    expect(values(emptied)).toMatchObject({ ...typed, kontoname: 'Anna' });
  });

  it('TEC-28 a port that was typed stays until the encryption is chosen again', () => {
    const typed = typedIn(posted(filled(found, {}), { port: '2110', smtpPort: '2525' }));
    expect(values(filled(found, typed))).toMatchObject({ port: '2110', smtpPort: '2525' });
    expect(portWith(found, typed, 'port', 'starttls')).toBe(1100);
    expect(portWith(found, typed, 'port', 'tls')).toBe(9950);
    expect(portWith(found, typed, 'smtpPort', 'none')).toBe(587);
  });

  it('TEC-27 an encryption has the port that was found with it, else the one by custom', () => {
    expect(portWith(found, {}, 'port', 'starttls')).toBe(1100);
    expect(portWith(found, { port: '2110' }, 'port', 'tls')).toBe(9950);
    expect(portWith(found, {}, 'port', 'none')).toBe(110);
    expect(portWith(found, {}, 'smtpPort', 'starttls')).toBe(587);
  });

  it('is saved as it stands', () => {
    expect(requestOf(found.address, filled(found, { smtpPort: '465' }))).toEqual({
      name: 'Anna',
      emailAddress: 'anna@firma.test',
      username: 'anna@firma.test',
      incoming: { host: 'pop3.firma.test', port: 9950, security: 'tls' },
      smtp: { host: 'smtp.firma.test', port: 465, security: 'tls' },
    });
  });
});
