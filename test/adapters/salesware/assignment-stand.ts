/** A product with the sample records and one account, and mails to click: drafts to customers, which need no mail server. */
import { pushLines, sampleDirectory } from '../../../fixtures/assignment/records.js';
import type { Scope } from '../../../src/bridge/http/route.js';
import { openBridgeDatabase, tablesOf } from '../../../src/bridge/store/database.js';
import { DEFAULT_INSTALLATION } from '../../../src/bridge/store/installation.js';
import { Tokens } from '../../../src/bridge/tokens/index.js';
import { systemClock } from '../../../src/platform/clock.js';
import { randomIds } from '../../../src/platform/ids.js';
import { startProduct, type Product } from '../../support/product.js';
import { callAt, type Answer, type Call } from './calls.js';

const ADAPTER = '/adapters/salesware';

export interface Assigned {
  readonly typ: string;
  readonly id: string;
  readonly bezeichnung: string;
  readonly herkunft: string;
  readonly lauf: string | null;
}

export interface Opened extends Record<string, unknown> {
  readonly zuordnungen: readonly Assigned[];
  readonly entfernt: readonly (Assigned & { readonly warAutomatisch: boolean })[];
  readonly grund: string;
  readonly schritt: string | null;
  readonly lauf: string | null;
  readonly spur: {
    readonly adressen: readonly {
      readonly adresse: string;
      readonly ignoriert: { readonly grund: string; readonly text: string } | null;
    }[];
  } | null;
}

export interface SaleswareStand extends Product {
  readonly groupId: number;
  call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    call?: Call,
  ): Promise<Answer<Body>>;
  /** Without a prefix. */
  api<Body = Record<string, unknown>>(
    method: string,
    path: string,
    call?: Call,
  ): Promise<Answer<Body>>;
  push(type: string, records: readonly object[]): Promise<void>;
  /** @returns id of a mail that nobody has clicked yet */
  draft(to: string, mail?: Readonly<Record<string, unknown>>): Promise<number>;
  open(id: number, language?: string): Promise<Opened>;
  tokenWith(...scopes: readonly Scope[]): Promise<string>;
}

export async function startSaleswareStand(): Promise<SaleswareStand> {
  const product = await startProduct();
  const { api, call } = callsOf(product);
  const push = pushTo(product);
  for (const [type, records] of Object.entries(pushLines(sampleDirectory())))
    await push(type, records);
  const konto = {
    kontoname: 'Verkauf',
    server: 'pop.example.test',
    benutzername: 'verkauf@example.test',
    passwort: 'geheim',
  };
  await call('POST', '/pop3-konten', { body: konto });
  const groups = await call<{ gruppen: readonly { id: number }[] }>('GET', '/gruppen');
  const groupId = groups.body.gruppen[0]?.id ?? 0;
  const draft = async (to: string, mail: Readonly<Record<string, unknown>> = {}) => {
    const body = { gruppe: groupId, an: [to], betreff: 'Frage', entwurf: true, ...mail };
    return Number((await call('POST', '/nachrichten', { body })).body['id']);
  };
  const open = async (id: number, language?: string) =>
    (await call<Opened>('POST', `/nachrichten/${id}/oeffnen`, { language })).body;
  const tokenWith = (...scopes: readonly Scope[]) => newToken(product.dataDir, scopes);
  return { ...product, groupId, call, api, push, draft, open, tokenWith };
}

function callsOf(product: Product) {
  const api = <Body = Record<string, unknown>>(method: string, path: string, call: Call = {}) =>
    callAt<Body>(product, method, path, call);
  const call = <Body = Record<string, unknown>>(method: string, path: string, given: Call = {}) =>
    api<Body>(method, `${ADAPTER}${path}`, given);
  return { api, call };
}

/** As `main.js token create` makes one. */
async function newToken(dataDir: string, scopes: readonly Scope[]): Promise<string> {
  const database = await openBridgeDatabase(dataDir);
  const common = { installationId: DEFAULT_INSTALLATION, clock: systemClock, ids: randomIds };
  const tokens = new Tokens({ database: tablesOf(database), ...common });
  const token = await tokens.create('narrow', scopes);
  await database.destroy();
  return token;
}

const pushTo =
  ({ url, token }: Product) =>
  async (type: string, records: readonly object[]): Promise<void> => {
    const response = await fetch(`${url}/api/v1/directory/${type}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: records.map((record) => JSON.stringify(record)).join('\n'),
    });
    if (!response.ok) throw new Error(await response.text());
  };
