import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BridgeFailure } from '../../../../src/bridge/failure.js';
import { EgressPolicy } from '../../../../src/platform/egress.js';
import {
  makeTestCertificates,
  type TestCertificates,
} from '../../../../fixtures/servers/test-certificates.js';
import { makeTemporaryDirectory } from '../../../support/temporary-directory.js';
import { answering, asking, loopback, RunningErp, TOKEN, type Answering } from './running-erp.js';

const ADDRESS = 'info@huber.example';

let erp: RunningErp;
const opened: RunningErp[] = [];
beforeEach(async () => {
  erp = await RunningErp.start();
  opened.push(erp);
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const failureOf = async (promise: Promise<unknown>): Promise<BridgeFailure> =>
  promise.then(
    () => {
      throw new Error('it answered');
    },
    (error: unknown) => error as BridgeFailure,
  );

const told = { id: 'O1', emails: [ADDRESS], references: [] };
const records = (...list: unknown[]) => answering({ records: list });

const cases: readonly [name: string, answer: Answering, params: object][] = [
  ['5xx', answering({ records: [] }, 503), { reason: 'statusRefused', status: 503 }],
  ['4xx', answering({ records: [] }, 404), { reason: 'statusRefused', status: 404 }],
  ['401', answering({}, 401), { reason: 'tokenRefused', status: 401 }],
  ['403', answering({}, 403), { reason: 'tokenRefused', status: 403 }],
  ['no JSON', (_, response) => response.end('<html>Anmelden</html>'), { reason: 'answerNotJson' }],
  [
    'half an answer',
    (_, response) => {
      response.writeHead(200, { 'Content-Length': '999' }).write('{"records":[');
      void sleep(20).then(() => response.destroy());
    },
    { reason: 'connectionLost' },
  ],
  ['hanging up', (_, response) => response.destroy(), { reason: 'connectionLost' }],
  [
    'silence after the headers',
    (_, response) => response.writeHead(200).write('{'),
    { reason: 'tooSlow' },
  ],
  [
    'more than 10 MB',
    (_, response) => response.end(`{"records":[],"x":"${'x'.repeat(10 * 1024 * 1024)}"}`),
    { reason: 'answerTooLarge' },
  ],
  ['no records', answering({}), { reason: 'answerInvalid', member: 'records' }],
  ['null', answering(null), { reason: 'answerInvalid', member: 'records' }],
  ['no id', records({ ...told, id: 7 }), { reason: 'answerInvalid', member: 'records.0.id' }],
  [
    'a visibility that is no list',
    records(told, { ...told, visibleTo: 'admins' }),
    { reason: 'answerInvalid', member: 'records.1.visibleTo' },
  ],
  [
    'more in a wrong shape',
    answering({ records: [], more: { addresses: ADDRESS } }),
    { reason: 'answerInvalid', member: 'more.addresses' },
  ],
  [
    'one record of an address that has more',
    answering({ records: [told], more: { addresses: [ADDRESS.toUpperCase()] } }),
    { reason: 'answerInvalid', member: 'more.addresses' },
  ],
];

describe('no usable answer is no answer at all:', () => {
  it.each(cases)('%s', async (_name, answer, params) => {
    erp.answer = answer;
    const { reason } = params as { reason: string };
    const { directory } = asking(erp.url, { timeoutMs: reason === 'tooSlow' ? 500 : 5000 });
    expect(
      await failureOf(
        directory.trade('order', { addresses: [ADDRESS], references: [], bodyReferences: [] }),
      ),
    ).toMatchObject({
      code: 'directoryUnavailable',
      disposition: reason === 'tokenRefused' ? 'actionRequired' : 'transient',
      origin: 'erp',
      params: { host: '127.0.0.1', ...params },
    });
  });

  it('nobody listens', async () => {
    const { url } = erp;
    await erp.close();
    const failure = await failureOf(asking(url).directory.contacts([ADDRESS]));
    expect(failure.params).toEqual({ host: '127.0.0.1', reason: 'connectionRefused' });
  });

  it('a redirect is not followed', async () => {
    const other = await RunningErp.start();
    opened.push(other);
    erp.answer = (_, response) => response.writeHead(307, { Location: other.url }).end();
    const failure = await failureOf(asking(erp.url).directory.contacts([ADDRESS]));
    expect([failure.params['reason'], other.asked]).toEqual(['redirected', []]);
  });

  it('an address inside the network is not asked', async () => {
    const connect = { ...loopback, egress: EgressPolicy.parse('') };
    const failure = await failureOf(asking(erp.url, {}, connect).directory.contacts([ADDRESS]));
    expect([failure.params['reason'], erp.asked]).toEqual(['egressBlocked', []]);
  });

  it('without address and token there is nobody to ask', async () => {
    const failure = await failureOf(asking(erp.url, { token: null }).directory.contacts([ADDRESS]));
    expect([failure.params['reason'], failure.disposition]).toEqual(['notSetUp', 'actionRequired']);
  });

  it('neither token nor question nor answer stands in the failure or in the log', async () => {
    const made = asking(erp.url, { timeoutMs: 500 });
    for (const answer of [...cases.map(([, one]) => one), ...cases.map(([, one]) => one)]) {
      erp.answer = answer;
      made.settings = { ...made.settings, revision: made.settings.revision + 1 };
      for (let count = 0; count < (answer === cases[0]?.[1] ? 5 : 1); count += 1) {
        const failure = await failureOf(made.directory.contacts([ADDRESS]));
        const { cause } = failure;
        const shown = JSON.stringify([failure, cause]) + String(failure.stack) + String(cause);
        expect(shown).not.toMatch(new RegExp(`${TOKEN}|huber|Anmelden`, 'i'));
      }
    }
    expect(made.log()).toContain('directoryUnavailable');
    expect(made.log()).not.toMatch(new RegExp(`${TOKEN}|huber|Anmelden`, 'i'));
  });
});

describe('TLS', () => {
  let folder: Awaited<ReturnType<typeof makeTemporaryDirectory>>;
  let secure: RunningErp;

  const start = async (certificates: TestCertificates) => {
    const [key, cert] = await Promise.all([
      readFile(certificates.keyPath, 'utf8'),
      readFile(certificates.certificatePath, 'utf8'),
    ]);
    secure = await RunningErp.start(undefined, { key, cert });
    return { ...loopback, trust: { ca: [certificates.caCertificate] } };
  };
  beforeEach(async () => {
    folder = await makeTemporaryDirectory();
  });
  afterEach(async () => {
    await secure.close();
    await folder.remove();
  });

  it('is verified', async () => {
    const trusting = await start(await makeTestCertificates(folder.path));
    const { directory } = asking(secure.url, {}, trusting);
    expect((await directory.contacts([ADDRESS])).size).toBe(1);
    const failure = await failureOf(asking(secure.url).directory.contacts([ADDRESS]));
    expect(failure.params['reason']).toBe('certificateUntrusted');
    expect(secure.asked).toHaveLength(1);
  });

  it('is for the name that was given', async () => {
    const subjectAltName = 'DNS:erp.example';
    const trusting = await start(await makeTestCertificates(folder.path, { subjectAltName }));
    const failure = await failureOf(asking(secure.url, {}, trusting).directory.contacts([ADDRESS]));
    expect([failure.params['reason'], secure.asked]).toEqual(['certificateNameMismatch', []]);
  });
});
