/**
 * Whether a manifest can be used. What the schema cannot say is checked here as well: every text key, command,
 * operation, container and JSON Pointer leads somewhere, and every expression can be read. Each fault is reported with
 * the JSON path of the member that has to be changed.
 */
import type { z } from 'zod';
import { jsonPath } from './json-path.js';
import { textKey } from './localize.js';
import { authorSchema, hostPlaces, hostSchema, type Audience, type Manifest } from './schema.js';
import { parseWhen, WhenSyntaxError } from './when.js';

export interface ManifestProblem {
  /** RFC 9535, e.g. `$.contributes.views.settings[0].title`. */
  readonly path: string;
  readonly message: string;
}

export type ManifestCheck =
  | { readonly valid: true; readonly manifest: Manifest }
  | { readonly valid: false; readonly problems: readonly ManifestProblem[] };

type Path = readonly PropertyKey[];

/** @param audience an author is told of unknown members, a host passes them over */
export function validateManifest(value: unknown, audience: Audience = 'author'): ManifestCheck {
  const parsed = (audience === 'author' ? authorSchema : hostSchema).safeParse(value);
  const problems = parsed.success
    ? referenceProblems(parsed.data)
    : parsed.error.issues.flatMap(describe);
  return parsed.success && problems.length === 0
    ? { valid: true, manifest: parsed.data }
    : { valid: false, problems };
}

function describe(issue: z.core.$ZodIssue): ManifestProblem[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ path: jsonPath(issue.path), message: issue.message }];
  return issue.keys.map((key) => ({
    path: jsonPath([...issue.path, key]),
    message: 'There is no such member.',
  }));
}

function referenceProblems(manifest: Manifest): ManifestProblem[] {
  return [
    ...textProblems(manifest),
    ...expressionProblems(manifest),
    ...contributionProblems(manifest),
    ...hostApiProblems(manifest),
    ...pointerProblems(manifest),
  ];
}

/** Every string below `$.contributes` and the names at the top, with its path. */
function* strings(value: unknown, path: Path): Generator<[string, Path]> {
  if (typeof value === 'string') yield [value, path];
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* strings(item, [...path, index]);
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) yield* strings(item, [...path, key]);
}

function textProblems(manifest: Manifest): ManifestProblem[] {
  const { l10n, ...document } = manifest;
  const problems: ManifestProblem[] = [];
  const used = new Set<string>();
  for (const [text, path] of strings(document, [])) {
    const key = textKey(text);
    if (key === undefined) continue;
    used.add(key);
    for (const language of ['de', 'en'] as const) {
      if (!Object.hasOwn(l10n[language], key)) {
        problems.push({ path: jsonPath(path), message: `l10n.${language} has no text "${key}".` });
      }
    }
  }
  for (const language of ['de', 'en'] as const) {
    for (const key of Object.keys(l10n[language]).filter((candidate) => !used.has(candidate))) {
      const path = jsonPath(['l10n', language, key]);
      problems.push({ path, message: 'This text is used nowhere.' });
    }
  }
  return problems;
}

function expressionProblems(manifest: Manifest): ManifestProblem[] {
  const problems: ManifestProblem[] = [];
  for (const [text, path] of strings(manifest.contributes, ['contributes'])) {
    const member = path.at(-1);
    if (member !== 'when' && member !== 'enablement') continue;
    try {
      parseWhen(text);
    } catch (error) {
      if (!(error instanceof WhenSyntaxError)) throw error;
      problems.push({ path: jsonPath(path), message: error.message });
    }
  }
  return problems;
}

function contributionProblems({ contributes, activationEvents }: Manifest): ManifestProblem[] {
  const problems: ManifestProblem[] = [];
  const operations = new Set(contributes.endpoints.map((endpoint) => endpoint.operationId));
  const commands = new Set(contributes.commands.map((command) => command.id));
  const ownContainers = contributes.viewsContainers.map((container) => container.id);
  const containers = new Set<string>([...ownContainers, ...hostPlaces]);
  const views = Object.values(contributes.views).flat();
  const expect = (known: ReadonlySet<string>, id: string, what: string, path: Path): void => {
    if (!known.has(id)) problems.push({ path: jsonPath(path), message: `No ${what} "${id}".` });
  };
  const expectOperations = (named: object, path: Path): void => {
    for (const [id, at] of strings(named, path)) expect(operations, id, 'endpoint', at);
  };

  contributes.configuration.forEach((section, index) => {
    const path = ['contributes', 'configuration', index, 'operations'];
    expectOperations(section.operations, path);
  });
  for (const [container, list] of Object.entries(contributes.views)) {
    expect(containers, container, 'views container', ['contributes', 'views', container]);
    list.forEach((view, index) => {
      const path = ['contributes', 'views', container, index];
      expectOperations(view.operations, [...path, 'operations']);
      expectOperations(view.adapters ?? {}, [...path, 'adapters']);
    });
  }
  contributes.commands.forEach(({ operationId }, index) => {
    if (operationId === null) return;
    const path = ['contributes', 'commands', index, 'operationId'];
    expect(operations, operationId, 'endpoint', path);
  });
  for (const [place, items] of Object.entries(contributes.menus)) {
    items.forEach((item, index) => {
      const path = ['contributes', 'menus', place, index, 'command'];
      expect(commands, item.command, 'command', path);
    });
  }
  const viewIds = new Set(views.map((view) => view.id));
  activationEvents.forEach((event, index) => {
    const [kind, id] = event.split(':', 2);
    if (id === undefined) return;
    const isView = kind === 'onView';
    const path = ['activationEvents', index];
    expect(isView ? viewIds : commands, id, isView ? 'view' : 'command', path);
  });
  return problems;
}

/** What the bridge may call is configured where it says. */
const hostApiProblems = ({ contributes }: Manifest): ManifestProblem[] =>
  (contributes.hostApi ?? []).flatMap((operation, index) => {
    const { configuration } = operation;
    const section = contributes.configuration.find(({ id }) => id === configuration);
    const problem = (member: string, message: string) => ({
      path: jsonPath(['contributes', 'hostApi', index, member]),
      message,
    });
    if (section === undefined) return [problem('configuration', `No section "${configuration}".`)];
    return (['address', 'token'] as const)
      .filter((member) => !Object.hasOwn(section.properties, operation[member]))
      .map((member) => problem(member, `No property "${operation[member]}".`));
  });

function pointerProblems(manifest: Manifest): ManifestProblem[] {
  return manifest.critical.flatMap((pointer, index) =>
    resolves(manifest, pointer)
      ? []
      : [{ path: jsonPath(['critical', index]), message: `${pointer} leads to nothing.` }],
  );
}

/** RFC 6901 §4. */
function resolves(document: unknown, pointer: string): boolean {
  let value = document;
  for (const escaped of pointer.split('/').slice(1)) {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Record<string, unknown>)[key];
  }
  return true;
}
