/** Register „Mailzuordnung“: the table „Blacklist“, and what it does to later assignments. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startSaleswareStand, type SaleswareStand } from './assignment-stand.js';

let stand: SaleswareStand;

beforeAll(async () => {
  stand = await startSaleswareStand();
});
afterAll(() => stand.close());

interface Row {
  readonly eintrag: string;
  readonly art: string;
  readonly artText: string;
}
interface Body extends Record<string, unknown> {
  readonly blacklist: readonly Row[];
  readonly errors: readonly { readonly field: string; readonly message: string }[];
  readonly register: {
    readonly titel: string;
    readonly felder: readonly { readonly label: string }[];
    readonly hinweise: readonly { readonly text: string }[];
  };
}

const read = (language?: string) => stand.call<Body>('GET', '/mailzuordnung', { language });
const save = (entries: readonly string[], etag?: string) =>
  stand.call<Body>('PUT', '/mailzuordnung', {
    body: { blacklist: entries.map((eintrag) => ({ eintrag })) },
    etag,
  });

beforeEach(() => save([]));

describe('the register „Mailzuordnung“', () => {
  it('SAL-129 takes addresses and domains into the table', async () => {
    const entries = ['noreply@versand.example', '@Partner.example', '*.marktplatz.example'];
    expect((await save(entries)).status).toBe(200);
    const { blacklist } = (await read()).body;
    expect(blacklist.map(({ eintrag, art, artText }) => [eintrag, art, artText])).toEqual([
      ['*.marktplatz.example', 'subdomains', 'Subdomains'],
      ['noreply@versand.example', 'emailAdresse', 'E-Mail-Adresse'],
      ['partner.example', 'domain', 'Domain'],
    ]);
  });

  it('SAL-128 SAL-133 tells its readers what the manual says', async () => {
    const { register } = (await read()).body;
    expect(register.titel).toBe('Mailzuordnung');
    expect(register.felder[0]?.label).toBe('E-Mail-Adresse oder Domain');
    const told = register.hinweise.map(({ text }) => text).join('\n');
    expect(told).toContain(
      'Dabei werden E-Mail-Adressen, die bei Salesware-Benutzern und in Gruppen von Greyhound hinterlegt sind, automatisch bei der Zuordnung von ERP-Daten ignoriert.',
    );
    expect(told).toContain(
      'Kann anhand der Kriterien kein eindeutiger ERP-Datensatz ermittelt werden, werden keine ERP-Daten zugeordnet.',
    );
  });

  it('BRG-16 does so in English', async () => {
    const { register } = (await read('en')).body;
    expect(register.titel).toBe('Mail assignment');
    expect(register.felder[0]?.label).toBe('E-mail address or domain');
  });

  it('SAL-129 names wrong entries by their rows and saves nothing', async () => {
    const answer = await save(['gut@example.com', 'kein Eintrag', 'auch gut.example', '@']);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map(({ field }) => field)).toEqual([
      'blacklist.1.eintrag',
      'blacklist.2.eintrag',
      'blacklist.3.eintrag',
    ]);
    expect(answer.body.errors[0]?.message).toContain('Erwartet wird eine E-Mail-Adresse');
    expect((await read()).body.blacklist).toEqual([]);
  });

  it('BRG-08 does not overwrite what somebody else has saved meanwhile', async () => {
    const { etag } = await read();
    await save(['eins.example'], etag);
    const late = await save(['zwei.example'], etag);
    expect(late).toMatchObject({ status: 412, body: { code: 'preconditionFailed' } });
    expect((await read()).body.blacklist.map(({ eintrag }) => eintrag)).toEqual(['eins.example']);
  });
});

describe('an entry of the blacklist', () => {
  it.each([
    ['info@huber.example', true],
    ['INFO@Huber.Example', true],
    ['huber.example', true],
    ['@huber.example', true],
    ['*.huber.example', false],
    ['example', false],
  ])(
    'SAL-129 SAL-132 „%s“ keeps info@huber.example from being searched for: %s',
    async (entry, isIgnored) => {
      await save([entry]);
      const { zuordnungen, grund, spur } = await stand.open(
        await stand.draft('info@huber.example'),
      );
      expect(zuordnungen.length === 0).toBe(isIgnored);
      const traced = spur?.adressen.find(({ adresse }) => adresse === 'info@huber.example');
      expect(traced?.ignoriert?.grund).toBe(isIgnored ? 'blacklist' : undefined);
      if (isIgnored) expect(grund).toContain('stehen in der Blacklist');
    },
  );

  it('SAL-132 of sub-domains covers those only', async () => {
    await save(['*.marktplatz-mail.example']);
    const below = await stand.open(await stand.draft('x9@sub.marktplatz-mail.example'));
    const itself = await stand.open(await stand.draft('kaeufer77@marktplatz-mail.example'));
    expect([below.zuordnungen.length, itself.zuordnungen.length > 0]).toEqual([0, true]);
  });

  it('SAL-131 takes no assignment away, and its removal gives none', async () => {
    const before = await stand.draft('info@huber.example');
    await stand.open(before);
    await save(['huber.example']);
    expect((await stand.open(before)).zuordnungen).toHaveLength(4);
    const meanwhile = await stand.draft('info@huber.example');
    await stand.open(meanwhile);
    await save([]);
    const standing = await stand.call('GET', `/nachrichten/${meanwhile}/zuordnungen`);
    expect(standing.body['zuordnungen']).toEqual([]);
  });

  it('SAL-130 leaves other ways to the record: a second address, two numbers', async () => {
    await save(['huber.example']);
    const byOther = await stand.draft('info@huber.example', { kopie: ['schulz@web.example'] });
    expect((await stand.open(byOther)).grund).toContain('schulz@web.example (Kopie)');
    const text = 'Kundennummer K-1001, Auftrag AB-5001';
    const byNumbers = await stand.open(await stand.draft('info@huber.example', { text }));
    expect(byNumbers).toMatchObject({ schritt: '2c' });
    expect(byNumbers.grund).toContain('nur an Bestellung AB-5001');
  });
});
