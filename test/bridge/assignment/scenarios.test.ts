/** The 75 scenarios of the rules, each through the preview of the API, with the records pushed as an ERP does. */
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
import { openAssignmentStand, type AssignmentStand } from './assignment-stand.js';

let stand: AssignmentStand;
const directory = sampleDirectory();

beforeAll(async () => {
  stand = await openAssignmentStand();
  await pushAll(directory);
  await stand.push(
    'users',
    directory.users.map((email) => ({ id: email, name: email, emails: [email], mayUseMail: true })),
  );
  for (const [name, email] of Object.entries(directory.groups)) await stand.group(name, email);
  const body = { entries: directory.blocklist };
  await stand.request('/assignment/blocklist', { method: 'PUT', body });
});

afterAll(() => stand.close());

async function pushAll(records: SampleRecords): Promise<void> {
  for (const [type, lines] of Object.entries(pushLines(records)))
    if (lines.length > 0) await stand.push(type, lines);
}

async function removeAll(records: SampleRecords): Promise<void> {
  for (const [type, lines] of Object.entries(pushLines(records)))
    for (const { id } of lines)
      await stand.request(`/directory/${type}/${id}`, { method: 'DELETE' });
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

describe('the scenarios', () => {
  it.each(scenarios().map((scenario) => [title(scenario), scenario] as const))(
    '%s',
    async (_, scenario) => {
      const patch = scenario.fixturePatch ?? {};
      await pushAll(patch);
      const answer = await stand.request('/assignment/preview', {
        method: 'POST',
        body: previewOf(scenario),
      });
      await removeAll(patch);
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
