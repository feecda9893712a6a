/** The plan as a pure function. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  RpcFilter,
  RpcGroup,
  RpcPop3Account,
  RpcRule,
  RpcSignature,
} from '../../../src/greyhound/index.js';
import { inboundRuleScript } from '../../../src/greyhound/inbound-rule-script.js';
import { planChanges } from '../../../src/bridge/changesets/plan-changes.js';
import { changesetRequest } from '../../../src/bridge/changesets/schemas.js';
import { nothingKnown } from '../../../src/bridge/oauth/link.js';
import { readCondition, wireFilter } from '../../../src/bridge/provisioning/filter-definitions.js';
import { planRepair } from '../../../src/bridge/provisioning/repair.js';
import { submissionServerFor } from '../../../src/bridge/provisioning/smtp-derivation.js';
import { ruleName, type ArchiveSnapshot } from '../../../src/bridge/provisioning/snapshot.js';
import type { Plan } from '../../../src/bridge/provisioning/steps.js';
import { licensedLimits } from '../../../src/bridge/provisioning/verify.js';

const empty: ArchiveSnapshot = {
  incoming: [],
  smtp: [],
  groups: [],
  signatures: [],
  filters: [],
  rules: [],
  inboundRules: [],
  hasMailBridge: true,
  units: { IntervalSeconds: 1, TimeoutSeconds: 1, DeleteAgeDays: 1 },
  statuses: [],
  links: nothingKnown,
};

const planFor = (create: unknown[], present: ArchiveSnapshot): Plan => {
  const changes = changesetRequest.parse({ incomingAccounts: { create } });
  return planChanges({ changes, guarded: false, path: () => '' }, present, licensedLimits);
};

/** The archive after a plan: every creation gets the next id. */
function afterPlan(plan: Plan, before: ArchiveSnapshot): ArchiveSnapshot {
  const ids = new Map<string, number>();
  let last = 1000;
  const result = {
    ...before,
    incoming: [...before.incoming],
    smtp: [...before.smtp],
    groups: [...before.groups],
    signatures: [...before.signatures],
    filters: [...before.filters],
    rules: [...before.rules],
    inboundRules: [...before.inboundRules],
  };
  for (const step of plan.steps) {
    if (step.action === 'reuse' && step.existingId !== null) ids.set(step.id, step.existingId);
    if (step.action !== 'create') continue;
    const ID = (last += 1);
    ids.set(step.id, ID);
    const ref = (id: string | null): number => (id === null ? 0 : (ids.get(id) ?? -1));
    if (step.element === 'group') {
      result.groups.push(RpcGroup.make({ ID, Name: step.name, Email: step.address }));
    } else if (step.element === 'signature') {
      const Groups = [{ GroupRef: ref(step.groupStep), DefaultKinds: 1 }];
      result.signatures.push(RpcSignature.make({ ID, Name: step.name, Groups }));
    } else if (step.element === 'filter') {
      const refs = { groupId: ref(step.groupStep), parentId: ref(step.parentStep) };
      result.filters.push(RpcFilter.make({ ...wireFilter(step.filter, step.name, refs), ID }));
    } else if (step.element === 'incomingAccount') {
      result.incoming.push(RpcPop3Account.make({ ...plan.inputs.pop3.get(step.id), ID }));
    } else if (step.element === 'smtpAccount') {
      const account = plan.inputs.smtp.get(step.id);
      if (account) result.smtp.push({ ...account, ID });
    } else {
      const SourceCode = inboundRuleScript({
        groupId: ref(step.groupStep),
        address: step.address,
        accountId: ref(step.accountStep),
      });
      const rule = RpcRule.make({ ID, Name: step.name, SourceCode });
      result.rules.push(rule);
      result.inboundRules.push(rule);
    }
  }
  return result;
}

const accounts = fc
  .uniqueArray(fc.stringMatching(/^[A-Za-z][a-z0-9]{0,8}$/), {
    minLength: 1,
    maxLength: 4,
    selector: (name) => name.toLowerCase(),
  })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.record({
          name: fc.constant(name),
          host: fc.constantFrom('pop3.example.com', 'mail.example.org'),
          username: fc.constant(`${name.toLowerCase()}@example.com`),
          password: fc.constant('geheim'),
          active: fc.boolean(),
        }),
      ),
    ),
  );

describe('plans of new accounts', () => {
  it('every step stands after those it depends on, or the graph has no other order', () => {
    fc.assert(
      fc.property(accounts, (create) => {
        const { steps } = planFor(create, empty);
        const ids = steps.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        const done = new Set<string>();
        let progressed = true;
        while (progressed) {
          const ready = steps.filter(
            ({ id, dependsOn }) => !done.has(id) && dependsOn.every((other) => done.has(other)),
          );
          for (const { id } of ready) done.add(id);
          progressed = ready.length > 0;
        }
        expect(done.size).toBe(steps.length);
      }),
    );
  });

  it('SAL-80 SAL-81 activation depends on verification, and verification on everything', () => {
    fc.assert(
      fc.property(accounts, (create) => {
        const { steps } = planFor(create, empty);
        const active = create.filter((account) => account.active).length;
        const activations = steps.filter(({ action }) => action === 'activate');
        expect(activations).toHaveLength(active * 2);
        for (const { dependsOn } of activations) expect(dependsOn).toEqual(['verify']);
        const verify = steps.find(({ action }) => action === 'verify');
        const others = steps.filter(({ action }) => action !== 'activate' && action !== 'verify');
        expect(verify?.dependsOn).toHaveLength(others.length);
      }),
    );
  });

  it('SAL-74 16 objects for the first account, 8 for each further', () => {
    fc.assert(
      fc.property(accounts, (create) => {
        const made = planFor(create, empty).steps.filter(({ action }) => action === 'create');
        expect(made).toHaveLength(16 + 8 * (create.length - 1));
      }),
    );
  });

  it('SAL-59 a plan made from the result of a plan creates nothing', () => {
    fc.assert(
      fc.property(accounts, (create) => {
        const after = afterPlan(planFor(create, empty), empty);
        for (const { ID } of after.incoming) {
          const again = planRepair(ID, after, licensedLimits);
          expect(again.steps.filter(({ action }) => action !== 'reuse')).toEqual([]);
        }
      }),
    );
  });

  it('SAL-21 SAL-103 the limit is never exceeded', () => {
    fc.assert(
      fc.property(accounts, fc.nat(10), (create, standing) => {
        const incoming = Array.from({ length: standing }, (_, index) =>
          RpcPop3Account.make({
            ID: index + 1,
            Name: `#${String(index)}`,
            Username: `#${String(index)}`,
          }),
        );
        const plan = () => planFor(create, { ...empty, incoming });
        if (standing + create.length > 10) {
          expect(plan).toThrow(expect.objectContaining({ code: 'accountLimitReached' }));
        } else expect(plan).not.toThrow();
      }),
    );
  });

  it('BRG-12 no step holds a secret', () => {
    fc.assert(
      fc.property(accounts, (create) => {
        expect(JSON.stringify(planFor(create, empty).steps)).not.toContain('geheim');
      }),
    );
  });
});

describe('what is derived', () => {
  it.each([
    ['pop.example.com', 'smtp.example.com', 587],
    ['pop3.example.com', 'smtp.example.com', 587],
    ['imap.example.com', 'smtp.example.com', 587],
    ['mail.example.com', 'mail.example.com', 587],
    ['popular.example.com', 'popular.example.com', 587],
    ['pop.gmx.net', 'mail.gmx.net', 587],
    ['securepop.t-online.de', 'securesmtp.t-online.de', 465],
    ['pop.strato.de', 'smtp.strato.de', 465],
    ['w0123456.kasserver.com', 'w0123456.kasserver.com', 465],
    ['outlook.office365.com', 'smtp.office365.com', 587],
  ])('SMTP server for %s is %s:%i', (incoming, host, port) => {
    expect(submissionServerFor(incoming)).toMatchObject({ host, port });
  });

  it.each([
    ['Verkauf (Pool)', 'pool'],
    ['Verkauf (Meine Mails)', 'mine'],
    ['Verkauf (Offene Mails)', null],
    ['Pool', null],
  ])('read condition of %s is %s', (name, condition) => {
    expect(readCondition(name)).toBe(condition);
  });

  it('SAL-71 the rule carries the name of the account', () => {
    expect(ruleName('Verkauf')).toBe('Eingangsverarbeitung: Verkauf');
  });
});
