/**
 * A client that repeats its request with the same Idempotency-Key gets one mail, whatever happened to the bridge or to
 * its calls meanwhile: the calls to disturb are those that a run without faults makes, so a new one is covered by
 * itself.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FaultProxy, type ProxiedCall, type Treatment } from '../../fixtures/fault-proxy.js';
import { RpcGroup, SmtpAuthenticate, SmtpEncrypt } from '../../src/greyhound/index.js';
import { RunningArchive } from '../archive/retrieval/running-archive.js';
import { makeCertificate } from '../mail/scripted-server.js';
import { compileSource, type CompiledSource } from '../support/compiled-source.js';
import { ProductProcess } from '../support/product-process.js';
import { waitFor } from '../support/wait-for.js';
import { extent, isFull, report } from './extent.js';
import { standingOf } from './submitting-archive.js';
import { StoppingSmtp } from './stopping-smtp.js';

let source: CompiledSource;
let archive: RunningArchive;
let proxy: FaultProxy;
let smtp: StoppingSmtp;
let product: ProductProcess;
let groupId: number;

beforeAll(async () => {
  source = await compileSource();
  smtp = await StoppingSmtp.start(makeCertificate('IP:127.0.0.1'));
  archive = await RunningArchive.open();
  await archive.addSmtp({
    Host: '127.0.0.1',
    Port: smtp.port,
    Encrypt: SmtpEncrypt.seNo,
    Authenticate: SmtpAuthenticate.saNone,
  });
  groupId = await archive.client.groups.New({
    Group: RpcGroup.make({ Name: 'Shop', Email: 'shop@example.test' }),
  });
  proxy = await FaultProxy.start(archive.port);
  product = await ProductProcess.open(source, {
    environment: {
      MB_ARCHIVE_URL: proxy.url,
      MB_ARCHIVE_USERNAME: 'bridge',
      MB_ARCHIVE_PASSWORD: 'geheim',
    },
  });
  expect((await product.request('PUT', '/api/v1/settings', { enabled: true })).status).toBe(200);
}, 120_000);
afterAll(async () => {
  await product.close();
  await proxy.close();
  await archive.close();
  smtp.close();
  await source.remove();
});
beforeEach(() => proxy.reset());

let number = 0;
const contentBase64 = Buffer.from('0123456789').toString('base64');
const files = ['a.txt', 'b.txt'].map((name) => ({ name, contentBase64 }));

/** A request as a client makes it, once and again, until it is answered. */
interface Scenario {
  readonly name: string;
  readonly path: () => Promise<string>;
  readonly body: (subject: string) => unknown;
  readonly becomes: 'sent' | 'draft';
}

const newMail = (given: Record<string, unknown>) => (subject: string) => ({
  ...{ groupId, to: ['kunde@example.net'], subject, text: 'Guten Tag' },
  ...given,
});
const messages = () => Promise.resolve('/api/v1/messages');

const scenarios: readonly Scenario[] = [
  { name: 'a plain mail', path: messages, body: newMail({}), becomes: 'sent' },
  {
    name: 'a mail with attachments',
    path: messages,
    body: newMail({ attachments: files }),
    becomes: 'sent',
  },
  {
    name: 'a draft with attachments',
    path: messages,
    body: newMail({ attachments: files, draft: true }),
    becomes: 'draft',
  },
];

const post = async (path: string, body: unknown, key: string) => {
  const response = await product.request('POST', path, body, { 'Idempotency-Key': key });
  return { status: response.status, body: (await response.json()) as { id?: number } };
};

/** Connects the bridge to the archive: what it asks once a connection belongs to no request. */
const connected = () =>
  waitFor(
    async () => (await product.request('GET', '/api/v1/groups')).status === 200 || undefined,
    { timeoutMs: 20_000, what: 'a connected bridge' },
  );

/** The bridge is killed when the call is held, and started again. */
async function killWhenHeld(request: Promise<unknown>): Promise<void> {
  const lost = request.catch(() => null);
  const isHeld = await Promise.race([proxy.held().then(() => true), lost.then(() => false)]);
  expect(isHeld).toBe(true);
  await product.kill();
  await lost;
  proxy.heal();
  // the archive drops the locks of a client that has been silent for a minute
  archive.clock.advance(61_000);
  await product.start();
  await connected();
}

/** Repeats the request as a client does that got no answer, or one that promises nothing. */
const untilAccepted = (path: string, body: unknown, key: string) =>
  waitFor(
    async () => {
      const answer = await post(path, body, key).catch(() => null);
      return answer?.status === 202 ? answer : undefined;
    },
    { timeoutMs: 20_000, what: `an accepted repetition of ${key}` },
  );

async function calls({ path, body }: Scenario): Promise<ProxiedCall[]> {
  number += 1;
  const where = await path();
  await connected();
  proxy.reset();
  expect((await post(where, body(`undisturbed ${number}`), `undisturbed-${number}`)).status).toBe(
    202,
  );
  return proxy.calls.filter(isChosen);
}

/** In the short form only calls that change something. */
const isChosen = ({ method }: ProxiedCall) =>
  isFull || /^(?:RpcItems\.(?:New|Put)|ItemNewAttachment)$/.test(method);

/** Exactly one item, where it was to go, whole, and taken by the server once. */
async function expectOne(subject: string, id: number | undefined, scenario: Scenario) {
  const found = (await archive.list()).filter(({ Subject }) => Subject === subject);
  const told = { subject, ids: found.map(({ ID }) => ID) };
  expect(told).toEqual({ subject, ids: [id] });
  const item = await archive.client.items.Get({ ID: id ?? 0, MarkAsReading: false });
  const wanted = 'attachments' in (scenario.body('') as object) ? ['a.txt', 'b.txt'] : [];
  expect([subject, item.Attachments.map(({ Name }) => Name)]).toEqual([subject, wanted]);
  if (scenario.becomes === 'draft') return;
  await waitFor(
    async () => {
      const now = await archive.client.items.Get({ ID: item.ID, MarkAsReading: false });
      return standingOf(now) === 'sent' ? true : undefined;
    },
    { timeoutMs: 10_000, what: `${subject} sent` },
  );
  const messageId = item.Properties.Email.MessageID.slice(1, -1);
  expect([subject, smtp.taken.get(messageId)]).toEqual([subject, 1]);
}

/** @returns number of runs */
async function disturbEveryCall(
  scenario: Scenario,
  treatments: readonly Treatment[],
  disturb: (request: Promise<unknown>) => Promise<unknown>,
): Promise<number> {
  const names = (await calls(scenario)).map(({ name }) => name);
  for (const name of names)
    for (const treatment of treatments) {
      number += 1;
      const subject = `${scenario.name}, ${treatment} at ${name}, run ${number}`;
      const where = await scenario.path();
      const body = scenario.body(subject);
      proxy.reset();
      let isDisturbed = false;
      proxy.onCall = (call) => {
        if (call.name !== name || isDisturbed) return 'pass';
        isDisturbed = true;
        return treatment;
      };
      await disturb(post(where, body, subject.replaceAll(/[ ,]/g, '-')));
      expect([subject, isDisturbed]).toEqual([subject, true]);
      proxy.heal();
      const answer = await untilAccepted(where, body, subject.replaceAll(/[ ,]/g, '-'));
      await expectOne(subject, answer.body.id, scenario);
    }
  return names.length * treatments.length;
}

describe('a request to send that is repeated with its Idempotency-Key', () => {
  it.each(scenarios.slice(0, extent({ short: 2, full: 3 })))(
    'makes $name once, with the bridge killed at every call',
    async (scenario) => {
      const kills = await disturbEveryCall(scenario, ['holdBefore', 'holdAfter'], killWhenHeld);
      report(`submission-repeated-killed-${scenarios.indexOf(scenario)}`, {
        scenario: scenario.name,
        kills,
      });
    },
    900_000,
  );

  it.each(scenarios)(
    'makes $name once, with every call disturbed',
    async (scenario) => {
      // a refusal is an answer, and is repeated as it is
      const all = ['dropBefore', 'loseAnswer', 'errorAfter', 'unavailable', 'garbage'];
      const faults = all.slice(0, extent({ short: 3, full: all.length })) as Treatment[];
      const disturb = async (request: Promise<unknown>) => {
        await request;
        archive.clock.advance(61_000);
      };
      const runs = await disturbEveryCall(scenario, faults, disturb);
      report(`submission-repeated-faults-${scenarios.indexOf(scenario)}`, {
        scenario: scenario.name,
        runs,
      });
    },
    900_000,
  );

  it('releases a draft once, with the bridge killed at every call', async () => {
    const draft = async () => {
      const body = newMail({ draft: true, attachments: files })(`Entwurf ${number}`);
      const { body: made } = await post('/api/v1/messages', body, `draft-${number}`);
      return made.id ?? 0;
    };
    const first = await draft();
    proxy.reset();
    expect((await post(`/api/v1/messages/${first}/send`, {}, 'first-draft')).status).toBe(202);
    const names = proxy.calls.filter(isChosen).map(({ name }) => name);
    for (const name of names)
      for (const treatment of ['holdBefore', 'holdAfter'] as const) {
        number += 1;
        const id = await draft();
        const key = `send-${number}`;
        proxy.reset();
        proxy.onCall = (call) => (call.name === name ? treatment : 'pass');
        await killWhenHeld(post(`/api/v1/messages/${id}/send`, {}, key));
        const answer = await untilAccepted(`/api/v1/messages/${id}/send`, {}, key);
        const subject = `Entwurf ${number}`;
        expect([name, treatment, answer.body.id]).toEqual([name, treatment, id]);
        const scenario = { ...scenarios[1]!, becomes: 'sent' } as const;
        await expectOne(subject, id, scenario);
      }
    report('submission-repeated-draft', { kills: names.length * 2 });
  }, 900_000);

  it('makes one mail of 20 requests at the same time', async () => {
    const requests = Array.from({ length: 20 }, () =>
      post('/api/v1/messages', newMail({ attachments: files })('zwanzig'), 'twenty'),
    );
    const answers = await Promise.all(requests);
    const ids = new Set(answers.map(({ body }) => body.id));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 202));
    expect(ids.size).toBe(1);
    await expectOne('zwanzig', [...ids][0], scenarios[1]!);
  }, 60_000);
});
