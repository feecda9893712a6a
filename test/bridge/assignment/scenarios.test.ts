/** The 75 scenarios of the rules, each through the preview of the API, with every way in which records are known. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  pushLines,
  sampleDirectory,
  sampleRef,
  scenarios,
  type SampleRecords,
  type Scenario,
  type ScenarioHistory,
} from '../../../fixtures/assignment/records.js';
import { recordLookUp } from '../../../fixtures/erp-host/record-lookup.js';
import { combinedDirectory } from '../../../src/bridge/directory/combined-directory.js';
import type { Directory } from '../../../src/bridge/directory/directory.js';
import { LiveDirectory } from '../../../src/bridge/directory/live/live-directory.js';
import {
  sourceNames,
  type SourceName,
} from '../../../src/bridge/directory/live/source-settings.js';
import type { PushedDirectory } from '../../../src/bridge/directory/store/pushed-directory.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import { createLogger } from '../../../src/platform/log.js';
import type { Answer } from '../http/bridge-harness.js';
import { openAssignmentStand, type AssignmentStand } from './assignment-stand.js';

const directory = sampleDirectory();
let stand: AssignmentStand;
let erp: LookUpErp;

/** The records of an ERP that is asked; a scenario may add to them. */
interface LookUpErp {
  records: SampleRecords;
  readonly url: string;
  close(): void;
}

async function startErp(): Promise<LookUpErp> {
  const state = { records: directory as SampleRecords };
  const server = createServer((request, response) => {
    void recordLookUp({ token: 'token', records: pushLines(state.records) })(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${String(port)}/records`;
  return Object.assign(state, { url, close: () => void server.close() });
}

const liveDirectory = (pushed: PushedDirectory) =>
  new LiveDirectory({
    settings: {
      read: () =>
        Promise.resolve({
          source: 'live',
          url: erp.url,
          token: 'token',
          timeoutMs: 30_000,
          cacheSeconds: 0,
          revision: 1,
        }),
    },
    connect: { egress: EgressPolicy.parse('127.0.0.0/8'), trust: {} },
    users: pushed,
    logger: createLogger('silent'),
  });

const sources: Readonly<Record<SourceName, (pushed: PushedDirectory) => Directory>> = {
  pushed: (pushed) => pushed,
  live: liveDirectory,
  both: (pushed) => combinedDirectory(() => Promise.resolve('both'), pushed, liveDirectory(pushed)),
};

async function open(source: SourceName): Promise<void> {
  erp = await startErp();
  stand = await openAssignmentStand({ directory: sources[source] });
  if (source !== 'live') await pushAll(directory);
  await stand.push(
    'users',
    directory.users.map((email) => ({ id: email, name: email, emails: [email], mayUseMail: true })),
  );
  for (const [name, email] of Object.entries(directory.groups)) await stand.group(name, email);
  const body = { entries: directory.blocklist };
  await stand.request('/assignment/blocklist', { method: 'PUT', body });
}

async function close(): Promise<void> {
  await stand.close();
  erp.close();
}

async function pushAll(records: SampleRecords): Promise<void> {
  for (const [type, lines] of Object.entries(pushLines(records)))
    if (lines.length > 0) await stand.push(type, lines);
}

async function removeAll(records: SampleRecords): Promise<void> {
  for (const [type, lines] of Object.entries(pushLines(records)))
    for (const { id } of lines)
      await stand.request(`/directory/${type}/${id}`, { method: 'DELETE' });
}

/** In the store, or in the ERP that is asked. */
async function withMore(
  source: SourceName,
  more: SampleRecords,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const { contacts, orders, offers } = directory;
  erp.records = {
    contacts: { ...contacts, ...more.contacts },
    orders: { ...orders, ...more.orders },
    offers: { ...offers, ...more.offers },
  };
  if (source === 'pushed') await pushAll(more);
  const answer = await work();
  if (source === 'pushed') await removeAll(more);
  return answer;
}

const refs = (ids: readonly string[] = []) => ids.map(sampleRef);
const removals = ({ removedAuto = [], removedManual = [] }: ScenarioHistory) => [
  ...refs(removedAuto).map((ref) => ({ ...ref, wasAutomatic: true })),
  ...refs(removedManual).map((ref) => ({ ...ref, wasAutomatic: false })),
];

const DATE = Date.parse('2026-11-20T10:00:00Z');
const at = (minutes: number) => new Date(DATE + minutes * 60_000).toISOString();

function previewOf({ mail, history = [], pre, policies = {}, fixturePatch }: Scenario) {
  const isHtml = mail.body.startsWith('<');
  const times = fixturePatch?.bodyRepeat === undefined ? 1 : (10 * 1024 * 1024) / mail.body.length;
  const body = mail.body.repeat(Math.ceil(times));
  return {
    message: {
      from: mail.from,
      to: mail.to,
      subject: mail.subject,
      date: at(0),
      ...(mail.reply_to === undefined ? {} : { replyTo: mail.reply_to }),
      ...(mail.cc === undefined ? {} : { cc: mail.cc }),
      ...(mail.bcc === undefined ? {} : { bcc: mail.bcc }),
      ...(isHtml ? { html: body } : { text: body }),
    },
    history: history.map((one, index) => ({
      assigned: refs(one.assigned),
      removed: removals(one),
      sameThread: one.thread ?? true,
      date: at(one.newer === true ? 10 : index - 100),
    })),
    ...(pre === undefined
      ? {}
      : {
          pre: {
            assigned: refs(pre.assigned),
            removed: removals({ removedAuto: pre.removedAuto ?? [] }),
            everOrder: pre.everOrder ?? false,
            everOffer: pre.everOffer ?? false,
          },
        }),
    policies,
  };
}

/** What a scenario shows, beside others. */
const shows: Readonly<Record<string, string>> = {
  'SC-01': 'SAL-134 SAL-135',
  'SC-02': 'SAL-137',
  'SC-03': 'SAL-136',
  'SC-05': 'SAL-139',
  'SC-08': 'SAL-140',
  'SC-09': 'SAL-136',
  'SC-11': 'SAL-141',
  'SC-12': 'SAL-142',
  'SC-15': 'SAL-138 SAL-146 SAL-155 SAL-156 SAL-157',
  'SC-16': 'SAL-144',
  'SC-18': 'SAL-147 SAL-156',
  'SC-19': 'SAL-147 SAL-157',
  'SC-20': 'SAL-148',
  'SC-22': 'SAL-152',
  'SC-23': 'SAL-152',
  'SC-25': 'SAL-133 SAL-153',
  'SC-26': 'SAL-153',
  'SC-29': 'SAL-154 SAL-172',
  'SC-32': 'SAL-145',
  'SC-33': 'SAL-145',
  'SC-37': 'SAL-128 SAL-149',
  'SC-38': 'SAL-129 SAL-149',
  'SC-40': 'SAL-130 SAL-150',
  'SC-41': 'SAL-132',
  'SC-42': 'SAL-129',
  'SC-43': 'SAL-128',
  'SC-45': 'SAL-151',
  'SC-46': 'SAL-151',
  'SC-47': 'SAL-151',
  'SC-48': 'SAL-150',
  'SC-55': 'SAL-158 SAL-159 SAL-163',
  'SC-57': 'SAL-159',
  'SC-61': 'SAL-161',
  'SC-54': 'SAL-166',
  'SC-63': 'SAL-164 SAL-165',
  'SC-64': 'SAL-168',
  'SC-65': 'SAL-169',
  'SC-66': 'SAL-171',
  'SC-67': 'SAL-167 SAL-170',
  'SC-70': 'SAL-143',
  'SC-71': 'SAL-143',
  'SC-72': 'SAL-155',
  'SC-74': 'SAL-162',
  'SC-75': 'BRG-14',
};
const title = ({ id }: Scenario) => `${shows[id] ?? ''} ${id}`.trim();

describe.each(sourceNames)('the scenarios, records %s', (source) => {
  beforeAll(() => open(source));
  afterAll(() => close());

  it.each(scenarios().map((scenario) => [title(scenario), scenario] as const))(
    '%s',
    async (_, scenario) => {
      const answer = await withMore(source, scenario.fixturePatch ?? {}, () =>
        stand.request('/assignment/preview', { method: 'POST', body: previewOf(scenario) }),
      );
      expect(answer.status).toBe(200);
      const { step, assignments } = answer.body as {
        step: string;
        assignments: { type: string; id: string }[];
      };
      const found = assignments.map(({ type, id }) => ({ type, id }));
      expect({ step, found: new Set(found) }).toEqual({
        step: scenario.step,
        found: new Set(refs(scenario.expect)),
      });
    },
    20_000,
  );
});
