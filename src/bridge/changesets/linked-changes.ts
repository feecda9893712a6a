/** The SMTP accounts that a link goes along to, and the links that a planned save uses and ends. Pure. */
import type { SmtpAccount } from '../../greyhound/index.js';
import { sameName } from '../accounts/fields.js';
import { accountKey } from '../oauth/link.js';
import type { LinkEnd, LinkUse, TouchedLinks } from '../oauth/link-port.js';
import { accountSteps } from '../provisioning/plan.js';
import { usesOAuth2, type AccountSnapshot } from '../provisioning/snapshot.js';
import type { Plan } from '../provisioning/steps.js';
import type { Limits } from '../provisioning/verify.js';
import { createKey, smtpCreateStep, updateStep } from './plan-changes.js';
import type { Changes } from './schemas.js';

type SmtpUpdate = Changes['smtpAccounts']['update'][number];

/**
 * An archive without RpcMailBridge does not know that an SMTP account signs in through the incoming account of its
 * name: the link is written to both, and taken from both (SAL-112). One with a link of its own is left alone.
 */
export function withSmtpCopies(
  changes: Changes,
  present: AccountSnapshot,
  limits: Limits,
): Changes {
  if (present.hasMailBridge) return changes;
  const { incomingAccounts, smtpAccounts } = changes;
  const isOpen = (smtp: SmtpAccount): boolean =>
    present.smtp.indexOf(smtp) < limits.smtp &&
    !smtpAccounts.delete.includes(smtp.ID) &&
    !smtpAccounts.update.some(({ id }) => id === smtp.ID);
  const copies = incomingAccounts.update.flatMap(({ id: from, credential, unlink }) =>
    partnersOf(from, present)
      .filter(isOpen)
      .flatMap(({ ID: id }): SmtpUpdate[] => {
        if (credential !== undefined) return [{ id, authentication: 'oauth2', credential }];
        const isCopy = recordOf(present, id)?.via === from;
        return unlink === true && isCopy ? [{ id, unlink: true }] : [];
      }),
  );
  const update = [...smtpAccounts.update, ...copies];
  return { ...changes, smtpAccounts: { ...smtpAccounts, update } };
}

const recordOf = ({ links }: AccountSnapshot, id: number) =>
  links.records.get(accountKey({ kind: 'smtp', id }));

/** SMTP accounts that sign in through this incoming account, or would if it were linked. */
function partnersOf(incomingId: number, present: AccountSnapshot): readonly SmtpAccount[] {
  const name = present.incoming.find(({ ID }) => ID === incomingId)?.Name;
  if (name === undefined) return [];
  return present.smtp.filter((smtp) => {
    const { linkedAt = null, via = null } = recordOf(present, smtp.ID) ?? {};
    const hasOwn = linkedAt !== null && via !== incomingId;
    return sameName(smtp.Name, name) && usesOAuth2('smtp', smtp) && !hasOwn;
  });
}

/** With the steps by which the journal tells what became of them. */
export const touchedLinks = (
  changes: Changes,
  plan: Plan,
  present: AccountSnapshot,
): TouchedLinks => ({
  uses: [...newUses(changes, plan), ...changedUses(changes)],
  ends: endsOf(changes, plan, present),
});

function newUses({ incomingAccounts, smtpAccounts }: Changes, plan: Plan): LinkUse[] {
  const isMade = (stepId: string): boolean =>
    plan.steps.some(({ id, action }) => id === stepId && action === 'create');
  const incoming = incomingAccounts.create.flatMap(({ linkId, credential, smtp }, index) => {
    const [step, smtpStep] = accountSteps(createKey(incomingAccounts.create, index));
    // an SMTP account that stood before gets nothing
    if (!isMade(smtpStep)) return use(linkId, step);
    const isCopied = !!credential && plan.inputs.smtp.get(smtpStep)?.Password === credential;
    return [...use(linkId, step, isCopied ? smtpStep : null), ...use(smtp?.linkId, smtpStep)];
  });
  const submission = smtpAccounts.create.flatMap(({ linkId }, index) =>
    use(linkId, smtpCreateStep(index)),
  );
  return [...incoming, ...submission];
}

function changedUses({ incomingAccounts, smtpAccounts }: Changes): LinkUse[] {
  const isCopyOf = (credential: string | undefined) => (smtp: SmtpUpdate) =>
    smtp.linkId === undefined && smtp.credential === credential;
  const incoming = incomingAccounts.update.flatMap(({ id, linkId, credential }) => {
    const copy = smtpAccounts.update.find(isCopyOf(credential));
    const copyStep = copy === undefined ? null : updateStep('smtpAccount', copy.id);
    return use(linkId, updateStep('incomingAccount', id), copyStep);
  });
  const submission = smtpAccounts.update.flatMap(({ id, linkId }) =>
    use(linkId, updateStep('smtpAccount', id)),
  );
  return [...incoming, ...submission];
}

const use = (
  linkId: string | undefined,
  stepId: string,
  copyStepId: string | null = null,
): LinkUse[] => (linkId === undefined ? [] : [{ linkId, stepId, copyStepId }]);

/** Whoever is unlinked, signs in otherwise from now on, or goes. */
function endsOf(changes: Changes, plan: Plan, { links }: AccountSnapshot): LinkEnd[] {
  const lists = [
    ['incoming', changes.incomingAccounts.update],
    ['smtp', changes.smtpAccounts.update],
  ] as const;
  const unlinked = lists.flatMap(([kind, updates]) =>
    updates.flatMap(({ id, unlink, authentication = 'oauth2' }): LinkEnd[] =>
      unlink === true || authentication !== 'oauth2'
        ? [{ account: { kind, id }, stepId: updateStep(elements[kind], id) }]
        : [],
    ),
  );
  const deleted = plan.steps.flatMap((step): LinkEnd[] =>
    step.action === 'delete'
      ? [{ account: { kind: kinds[step.element], id: step.existingId }, stepId: step.id }]
      : [],
  );
  return [...unlinked, ...deleted].filter(({ account }) => links.records.has(accountKey(account)));
}

const elements = { incoming: 'incomingAccount', smtp: 'smtpAccount' } as const;
const kinds = { incomingAccount: 'incoming', smtpAccount: 'smtp' } as const;
