/** Assignments in Salesware's words, over HTTP, against the embedded archive. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSaleswareStand, type Opened, type SaleswareStand } from './assignment-stand.js';

let stand: SaleswareStand;

beforeAll(async () => {
  stand = await startSaleswareStand();
});
afterAll(() => stand.close());

const names = ({ zuordnungen }: Pick<Opened, 'zuordnungen'>) =>
  zuordnungen.map(({ typ, bezeichnung }) => `${typ} ${bezeichnung}`).sort();

interface Tab extends Record<string, unknown> {
  readonly nachrichten: readonly { readonly id: number; readonly betreff: string }[];
  readonly weiter: string | null;
}
const tab = async (path: string) => (await stand.call<Tab>('GET', `${path}/kommunikation`)).body;
const idsIn = async (path: string) => (await tab(path)).nachrichten.map(({ id }) => id);

describe('a click on a mail', () => {
  it('SAL-127 assigns it and says why, in the words of Salesware', async () => {
    const opened = await stand.open(await stand.draft('info@huber.example'));
    expect(names(opened)).toEqual([
      'angebot AN-3001',
      'artikel A10',
      'bestellung AB-5001',
      'kontakt C01',
    ]);
    expect(opened).toMatchObject({
      schritt: '2a',
      offen: false,
      grund:
        'info@huber.example (Empfänger) führt nur zu Bestellung AB-5001; dazu Kontakt C01, Angebot AN-3001, Artikel A10.',
    });
    expect(opened.spur?.adressen.map(({ adresse }) => adresse)).toContain('info@huber.example');
  });

  it('BRG-16 says so in English', async () => {
    const opened = await stand.open(await stand.draft('info@huber.example'), 'en');
    expect(opened.grund).toBe(
      'info@huber.example (recipient) leads to order AB-5001 only; along with it contact C01, offer AN-3001, article A10.',
    );
  });

  it('SAL-127 tells again why, when it is clicked again', async () => {
    const id = await stand.draft('info@huber.example');
    const first = await stand.open(id);
    const again = await stand.open(id);
    expect(again).toEqual(first);
    expect(again.lauf).not.toBeNull();
  });

  it('SAL-128 names the addresses of users and groups as ignored', async () => {
    await stand.push('users', [
      { id: 'anna', name: 'Anna', emails: ['anna@mueller-shop.example'], mayUseMail: true },
    ]);
    const id = await stand.draft('anna@mueller-shop.example', { kopie: ['info@huber.example'] });
    const { spur, zuordnungen } = await stand.open(id);
    expect(zuordnungen).not.toEqual([]);
    const ignored = spur?.adressen.map(({ adresse, ignoriert }) => [adresse, ignoriert?.text]);
    expect(ignored).toEqual([
      ['verkauf@example.test', 'Adresse einer Gruppe von Greyhound'],
      ['anna@mueller-shop.example', 'Adresse eines Salesware-Benutzers'],
      ['info@huber.example', undefined],
    ]);
  });

  it('says what Salesware calls an ambiguous result', async () => {
    const opened = await stand.open(await stand.draft('doppel@web.example'));
    expect(opened.zuordnungen).toEqual([]);
    expect(opened.grund).toContain('führt zu mehreren Bestellungen');
  });

  it('of a mail that the archive does not have is refused', async () => {
    const answer = await stand.call('POST', '/nachrichten/999999/oeffnen');
    expect(answer.status).toBe(404);
  });
});

describe('the tab „Kommunikation“', () => {
  it.each([
    ['/bestellungen/O01', 'order'],
    ['/angebote/F01', 'offer'],
    ['/kontakte/C01', 'contact'],
    ['/artikel/A10', 'article'],
  ])('SAL-126 %s shows the mails of the %s', async (path) => {
    const id = await stand.draft('info@huber.example', { betreff: `Zu ${path}` });
    expect(await idsIn(path)).not.toContain(id);
    await stand.open(id);
    expect((await tab(path)).nachrichten[0]).toMatchObject({ id, betreff: `Zu ${path}` });
  });

  it('SAL-126 is read page by page', async () => {
    const whole = await idsIn('/bestellungen/O01');
    expect(whole.length).toBeGreaterThan(2);
    const read: number[] = [];
    let weiter: string | null = '';
    while (weiter !== null) {
      const query: string = `?anzahl=2${weiter === '' ? '' : `&weiter=${weiter}`}`;
      const path = `/bestellungen/O01/kommunikation${query}`;
      const page: Tab = (await stand.call<Tab>('GET', path)).body;
      read.push(...page.nachrichten.map(({ id }) => id));
      weiter = page.weiter;
    }
    expect(read).toEqual(whole);
  });

  it('names a wrong page in its words', async () => {
    const path = '/bestellungen/O01/kommunikation';
    const wrong = [
      await stand.call('GET', `${path}?anzahl=0`),
      await stand.call('GET', `${path}?weiter=!`),
    ];
    expect(wrong.map(({ status, body }) => [status, body['field']])).toEqual([
      [400, 'anzahl'],
      [400, 'weiter'],
    ]);
  });
});

describe('assignments by hand', () => {
  it('SAL-173 are added and removed, and a removal is kept', async () => {
    const id = await stand.draft('fremd@unbekannt.example');
    const path = `/nachrichten/${id}/zuordnungen`;
    const added = await stand.call<Opened>('PUT', `${path}/bestellung/O02`);
    expect(added.body.zuordnungen).toMatchObject([
      { typ: 'bestellung', id: 'O02', bezeichnung: 'AB-5002', herkunft: 'manuell', lauf: null },
    ]);
    expect(await idsIn('/bestellungen/O02')).toContain(id);
    await stand.call('DELETE', `${path}/bestellung/O02`);
    const { body } = await stand.call<Opened>('GET', path);
    expect(body).toMatchObject({
      zuordnungen: [],
      entfernt: [{ typ: 'bestellung', id: 'O02', warAutomatisch: false }],
    });
  });

  it('SAL-143 SAL-173 an automatic one that was removed stays removed at the next click', async () => {
    const id = await stand.draft('info@huber.example');
    await stand.open(id);
    for (const record of ['bestellung/O01', 'angebot/F01', 'kontakt/C01', 'artikel/A10'])
      await stand.call('DELETE', `/nachrichten/${id}/zuordnungen/${record}`);
    const again = await stand.open(id);
    expect(again.zuordnungen).toEqual([]);
    expect(again.grund).toContain('von Hand entfernt');
    expect(again.entfernt.every(({ warAutomatisch }) => warAutomatisch)).toBe(true);
    expect(await idsIn('/bestellungen/O01')).not.toContain(id);
  });

  it('names what is wrong in its words', async () => {
    const id = await stand.draft('info@huber.example');
    const path = `/nachrichten/${id}/zuordnungen`;
    const unknownType = await stand.call('PUT', `${path}/rechnung/O01`);
    expect(unknownType).toMatchObject({ status: 400, body: { field: 'typ' } });
    const unknownRecord = await stand.call('PUT', `${path}/bestellung/O99`);
    expect(unknownRecord).toMatchObject({ status: 404, body: { code: 'recordUnknown' } });
  });

  it('a run is undone as a whole', async () => {
    const id = await stand.draft('info@huber.example');
    const { lauf } = await stand.open(id);
    const undone = await stand.call('POST', `/mailzuordnung/laeufe/${lauf}/zuruecknehmen`);
    expect(undone.body).toEqual({ lauf, nachricht: id, zurueckgenommen: true });
    expect((await stand.open(id)).zuordnungen).toEqual([]);
    const twice = await stand.call('POST', `/mailzuordnung/laeufe/${lauf}/zuruecknehmen`);
    expect(twice).toMatchObject({ status: 409, body: { code: 'runNotStanding' } });
  });

  it('a run is undone and decided anew where that is asked for', async () => {
    const id = await stand.draft('info@huber.example');
    const { lauf } = await stand.open(id);
    const path = `/mailzuordnung/laeufe/${lauf}/zuruecknehmen`;
    await stand.call('POST', path, { body: { erneutZuordnen: true } });
    const anew = await stand.open(id);
    expect(anew.zuordnungen).toHaveLength(4);
    expect(anew.lauf).not.toBe(lauf);
  });
});

describe('while the ERP does not answer', () => {
  beforeAll(async () => {
    const body = { source: 'live', url: 'https://erp.invalid/records', token: 'secret-token' };
    expect((await stand.api('PUT', '/api/v1/directory/source', { body })).status).toBe(200);
  });
  afterAll(() => stand.api('PUT', '/api/v1/directory/source', { body: { source: 'pushed' } }));

  it('a clicked mail stays open and says when it is tried again', async () => {
    const id = await stand.draft('info@huber.example');
    const answer = await stand.call<Opened>('POST', `/nachrichten/${id}/oeffnen`);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ offen: true, zuordnungen: [], schritt: null, lauf: null });
    expect(Date.parse(String(answer.body['erneutAm']))).toBeGreaterThan(Date.now());
    expect(JSON.stringify(answer.body)).not.toContain('secret-token');
  });
});
