/** Sending from Salesware: the mail leaves once, and is assigned if that can be done. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSaleswareStand, type Opened, type SaleswareStand } from './assignment-stand.js';
import { callAt, type Call } from './calls.js';

let stand: SaleswareStand;

beforeAll(async () => {
  stand = await startSaleswareStand();
  interface Accounts extends Record<string, unknown> {
    readonly konten: readonly { readonly id: number }[];
  }
  const { konten } = (await stand.call<Accounts>('GET', '/smtp-konten')).body;
  await stand.call('POST', `/smtp-konten/${konten[0]?.id ?? 0}/aktivieren`);
});
afterAll(() => stand.close());

interface Sent extends Record<string, unknown> {
  readonly id: number;
  readonly zustand: string;
  readonly zuordnung:
    | ({ readonly gelungen: true } & Opened)
    | { readonly gelungen: false; readonly code: string; readonly meldung: string }
    | null;
}

const mail = (change: Readonly<Record<string, unknown>> = {}) => ({
  gruppe: stand.groupId,
  an: ['info@huber.example'],
  betreff: 'Ihre Bestellung',
  text: 'Sie ist unterwegs.',
  ...change,
});
const send = (body: object, call: Call = {}) =>
  stand.call<Sent>('POST', '/nachrichten', { ...call, body });
const sentMessages = async (): Promise<number> => {
  const { body } = await stand.api('GET', '/api/v1/messages?limit=200');
  return (body['messages'] as unknown[]).length;
};

describe('sending a mail', () => {
  it('SAL-125 assigns it', async () => {
    const answer = await send(mail());
    expect(answer).toMatchObject({
      status: 202,
      body: { zustand: 'inWarteschlange', zuordnung: { gelungen: true, schritt: '2a' } },
    });
    const path = `/nachrichten/${answer.body.id}/zuordnungen`;
    expect((await stand.call<Opened>('GET', path)).body.zuordnungen).toHaveLength(4);
  });

  it('SAL-125 a draft is not assigned: it was not sent', async () => {
    const answer = await send(mail({ entwurf: true }));
    expect(answer.body).toMatchObject({ zustand: 'entwurf', zuordnung: null });
    const path = `/nachrichten/${answer.body.id}/zuordnungen`;
    expect((await stand.call<Opened>('GET', path)).body.zuordnungen).toEqual([]);
  });

  it('SAL-130 an address of the blacklist is still written to', async () => {
    await stand.call('PUT', '/mailzuordnung', {
      body: { blacklist: [{ eintrag: 'huber.example' }] },
    });
    const answer = await send(mail());
    expect(answer).toMatchObject({
      status: 202,
      body: { zustand: 'inWarteschlange', zuordnung: { gelungen: true, zuordnungen: [] } },
    });
    await stand.call('PUT', '/mailzuordnung', { body: { blacklist: [] } });
  });

  it('goes on when the assignment fails, and says so', async () => {
    const token = await stand.tokenWith('messages:send');
    const before = await sentMessages();
    const answer = await callAt<Sent>(
      { ...stand, token },
      'POST',
      '/adapters/salesware/nachrichten',
      { body: mail() },
    );
    expect(answer).toMatchObject({
      status: 202,
      body: { zustand: 'inWarteschlange', zuordnung: { gelungen: false, code: 'forbidden' } },
    });
    expect(answer.body.zuordnung).toHaveProperty('meldung', expect.stringMatching(/\S/));
    expect(await sentMessages()).toBe(before + 1);
  });

  it('goes on while the ERP does not answer; the assignment is made later', async () => {
    const source = { source: 'live', url: 'https://erp.invalid/records', token: 'secret-token' };
    await stand.api('PUT', '/api/v1/directory/source', { body: source });
    const answer = await send(mail());
    expect(answer).toMatchObject({
      status: 202,
      body: { zustand: 'inWarteschlange', zuordnung: { gelungen: true, offen: true } },
    });
    await stand.api('PUT', '/api/v1/directory/source', { body: { source: 'pushed' } });
  });
});

describe('what may not be sent', () => {
  it.each([
    ['absender', { gruppe: undefined }],
    ['an', { an: [] }],
    ['an.0', { an: ['kein-empfaenger'] }],
    ['betreff', { betreff: 'a\r\nBcc: b@example.com' }],
    ['weiterleitungVon', { antwortAuf: 1, weiterleitungVon: 2 }],
    [
      'anhaenge.0.inhaltBase64',
      { anhaenge: [{ name: 'a.pdf', dateityp: 'application/pdf', inhaltBase64: '?' }] },
    ],
    ['subject', { subject: 'in the words of the API' }],
  ])('is named as the form calls it: %s', async (field, change) => {
    const before = await sentMessages();
    const answer = await send(mail(change));
    expect({ status: answer.status, field: answer.body['field'] }).toEqual({ status: 400, field });
    expect(await sentMessages()).toBe(before);
  });
});
