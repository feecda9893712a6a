/** The operations that are disturbed: how the archive stands before, what is done, and what has to stand afterwards. */
import { changesetRequest, type Save } from '../../src/bridge/changesets/index.js';
import type { AccountManagement } from '../../src/bridge/provisioning/index.js';
import { RpcGroup, type GreyhoundClient } from '../../src/greyhound/index.js';
import { INSTALLATION, wanted } from '../bridge/provisioning/stand.js';
import { incompleteness, takeCensus, type Census } from './archive-census.js';
import type { Contents, StoredElement } from './provisioning-stand.js';

export interface Scenario {
  readonly name: string;
  /** Accounts that stand before, beside a group and a signature that are nobody's. */
  readonly standing: readonly string[];
  /** After the standing accounts were saved. */
  readonly prepare: (client: GreyhoundClient) => Promise<void>;
  readonly operation: OperationName;
  /** Names of the accounts that it creates, with everything that belongs to them. */
  readonly creates: readonly string[];
  /** What stood before and is changed or deleted, by kind and name, and whether it was. */
  readonly changes: readonly Change[];
  /** How many elements it creates. */
  readonly created: number;
}

interface Change {
  readonly kind: 'pop3' | 'smtp' | 'group';
  readonly name: string;
  readonly isDone: (now: StoredElement | undefined) => boolean;
}

/** What is asked of the account management, as data: another process can do it as well. */
export type Command =
  | { readonly ask: 'save'; readonly parameters: readonly [Save] }
  | { readonly ask: 'repair'; readonly parameters: readonly [installationId: string, id: number] };

export async function carryOut(management: AccountManagement, command: Command): Promise<void> {
  if (command.ask === 'save') await management.saving.save(...command.parameters);
  else await management.provisioning.repair(...command.parameters);
}

const save = (request: unknown): Command => {
  const { baseVersion, ...changes } = changesetRequest.parse(request);
  const isGuarded = Object.keys(baseVersion).length > 0;
  const guard = isGuarded ? { baseVersion } : null;
  return { ask: 'save', parameters: [{ installationId: INSTALLATION, changes, guard }] };
};

const tlsException = () => ({ fingerprint: FINGERPRINT, reason: 'own certificate' });

/** What is asked for, of the archive as it stands. */
export const operations = {
  save: () =>
    Promise.resolve(
      save({
        incomingAccounts: {
          create: [
            wanted('Verkauf', { active: true, password: SECRET, tlsException: tlsException() }),
          ],
        },
      }),
    ),
  changeset: async ({ incomingAccounts, smtpAccounts, groups }: AccountManagement) => {
    const incoming = await incomingAccounts.list();
    const groupList = await groups.list();
    const idOf = (name: string, list: readonly { id: number; name: string }[]) =>
      list.find((entry) => entry.name === name)?.id;
    const changed = { port: 2110, password: SECRET, tlsException: tlsException() };
    return save({
      baseVersion: {
        incomingAccounts: incoming.version,
        smtpAccounts: (await smtpAccounts.list()).version,
        groups: groupList.version,
      },
      incomingAccounts: {
        create: [wanted('Verkauf', { active: true, password: SECRET })],
        update: [{ id: idOf('Einkauf', incoming.items), ...changed }],
        delete: [idOf('Versand', incoming.items)],
      },
      groups: { update: [{ id: idOf('Einkauf', groupList.items), email: 'neu@example.com' }] },
    });
  },
  delete: async ({ incomingAccounts }: AccountManagement) => {
    const { items, version } = await incomingAccounts.list();
    const baseVersion = { incomingAccounts: version };
    return save({ baseVersion, incomingAccounts: { delete: [items[0]?.id] } });
  },
  repair: async ({ incomingAccounts }: AccountManagement): Promise<Command> => {
    const { items } = await incomingAccounts.list();
    return { ask: 'repair', parameters: [INSTALLATION, items[0]?.id ?? 0] };
  },
} as const;
export type OperationName = keyof typeof operations;

/** A password that may stand nowhere in clear. */
export const SECRET = 'sehr geheimes Kennwort';
const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');

const isGone = (now: StoredElement | undefined): boolean => now === undefined;
const nothing = (): Promise<void> => Promise.resolve();

async function removeSome(client: GreyhoundClient): Promise<void> {
  const { filters, signatures, rules, smtpAccounts } = client;
  const named = { AdvancedFields: true };
  const remove = async (
    service: { [M in 'Lock' | 'Delete']: (parameters: { ID: number }) => Promise<unknown> },
    list: readonly { readonly ID: number; readonly Name: string }[],
    name: string,
  ): Promise<void> => {
    const ID = list.find((entry) => entry.Name === name)?.ID ?? 0;
    await service.Lock({ ID });
    await service.Delete({ ID });
  };
  await remove(rules, await rules.GetList({ TriggerOption: 0 }), 'Eingangsverarbeitung: Einkauf');
  const filterList = await filters.GetCompleteList(named);
  for (const name of ['Geprüft', 'Spamverdacht', 'Einkauf (Pool)']) {
    await remove(filters, filterList, name);
  }
  await remove(signatures, await signatures.GetList(named), 'Einkauf');
  await remove(smtpAccounts, await smtpAccounts.GetList(), 'Einkauf');
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'save of a new account',
    standing: [],
    prepare: nothing,
    operation: 'save',
    creates: ['Verkauf'],
    changes: [],
    created: 16,
  },
  {
    name: 'changeset',
    standing: ['Einkauf', 'Service', 'Versand'],
    prepare: nothing,
    operation: 'changeset',
    creates: ['Verkauf'],
    changes: [
      {
        kind: 'pop3',
        name: 'Einkauf',
        isDone: (now) =>
          now?.stored.includes('\\"Port\\":2110') === true && now.stored.includes('AB:AB'),
      },
      {
        kind: 'group',
        name: 'Einkauf',
        isDone: (now) => now?.stored.includes('neu@example.com') === true,
      },
      { kind: 'pop3', name: 'Versand', isDone: isGone },
      { kind: 'smtp', name: 'Versand', isDone: isGone },
    ],
    created: 8,
  },
  {
    name: 'delete of an account',
    standing: ['Einkauf', 'Service'],
    prepare: nothing,
    operation: 'delete',
    creates: [],
    changes: [
      { kind: 'pop3', name: 'Einkauf', isDone: isGone },
      { kind: 'smtp', name: 'Einkauf', isDone: isGone },
    ],
    created: 0,
  },
  {
    name: 'repair',
    standing: ['Einkauf', 'Service'],
    prepare: removeSome,
    operation: 'repair',
    creates: ['Einkauf'],
    changes: [],
    created: 6,
  },
];

/** Puts the scenario's beginning into an empty archive. */
export async function prepare(
  scenario: Scenario,
  management: AccountManagement,
  client: GreyhoundClient,
): Promise<void> {
  await client.groups.New({ Group: RpcGroup.make({ Name: 'Fremd', Email: 'fremd@example.com' }) });
  for (const name of scenario.standing) {
    await management.incomingAccounts.create(INSTALLATION, wanted(name));
  }
  await scenario.prepare(client);
}

/** Whether everything that the operation makes stands, once and complete. @returns what is wrong */
export function incompleteCreation(scenario: Scenario, census: Census): string[] {
  // A repair does not activate, and neither is the SMTP account that it brings back active.
  const isActive = scenario.operation !== 'repair';
  return scenario.creates.flatMap((name) => incompleteness(census, name, isActive));
}

export const census = takeCensus;

const keysOf = (contents: Contents, { kind, name }: Change): string[] =>
  [...contents]
    .filter(([, element]) => element.kind === kind && element.name === name)
    .map(([key]) => key);

export interface Comparison {
  /** What was not there before. */
  readonly created: readonly StoredElement[];
  /** Of the operation's changes: done, not done, and neither, by `kind name`. */
  readonly done: readonly string[];
  readonly undone: readonly string[];
  readonly mangled: readonly string[];
  /** What the operation had no business with and is different or gone. */
  readonly touched: readonly string[];
}

export function compare(scenario: Scenario, before: Contents, after: Contents): Comparison {
  const done: string[] = [];
  const undone: string[] = [];
  const mangled: string[] = [];
  const changing = new Set<string>();
  for (const change of scenario.changes) {
    for (const key of keysOf(before, change)) {
      changing.add(key);
      const now = after.get(key);
      const label = `${change.kind} ${change.name}`;
      if (now?.stored === before.get(key)?.stored) undone.push(label);
      else if (change.isDone(now)) done.push(label);
      else mangled.push(label);
    }
  }
  const touched = [...before].filter(
    ([key, { stored }]) => !changing.has(key) && after.get(key)?.stored !== stored,
  );
  const created = [...after].filter(([key]) => !before.has(key)).map(([, element]) => element);
  return {
    created,
    done,
    undone,
    mangled,
    touched: touched.map(([key, { name }]) => `${key} ${name}`),
  };
}
