/**
 * The form of manifest.json. One definition yields two schemas: for authors (and our tests) every unknown property is
 * an error; for hosts it is passed over, so that an older host reads a newer manifest.
 */
import { z } from 'zod';
import { scopes } from '../http/route.js';

export type Audience = 'author' | 'host';

type Shape = Readonly<Record<string, z.ZodType>>;

const identifier = z.string().regex(/^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*$/);
const text = z.string().min(1).describe('Plain text, or %key% of a text in l10n');
/** MAJOR.MINOR.PATCH with optional pre-release (semver.org 2.0.0). */
const version = z.string().regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/);
const versionRange = z
  .string()
  .regex(/^[\^~>=<]*\d+(\.\d+){0,2}( +[\^~>=<]*\d+(\.\d+){0,2})*$/)
  .describe('Range of versions; * is refused');
const expression = z
  .string()
  .min(1)
  .max(500)
  .describe('Expression; what it says decides display only');
const pointer = z
  .string()
  .regex(/^(\/([^~/]|~[01])*)+$/)
  .describe('JSON Pointer (RFC 6901)');
const path = z.string().regex(/^\/[^\s?#]*$/);
const operationId = identifier.describe('An operationId of contributes.endpoints');
const commandId = identifier.describe('An id of contributes.commands');
const contextArguments = z
  .record(identifier, identifier)
  .describe('Parameter of the operation to the context key that holds its value');
const jsonSchema = z.record(z.string(), z.unknown()).describe('JSON Schema 2020-12');

/** Where in a host's own pages a view may stand, beside the containers that the plugin brings. */
export const hostPlaces = [
  'order/detail',
  'offer/detail',
  'contact/detail',
  'article/detail',
] as const;

const resultKinds = ['none', 'refresh', 'findings', 'openWindow', 'operation'] as const;

function definitions(object: <S extends Shape>(shape: S) => z.ZodObject<S>) {
  const property = object({
    type: z.enum(['string', 'boolean', 'integer']),
    title: text,
    description: text.optional(),
    format: z.enum(['uri', 'hostname', 'multiline']).optional(),
    default: z.union([z.string(), z.boolean(), z.int()]).optional(),
    enum: z.array(z.string()).min(1).optional(),
    minimum: z.int().optional(),
    maximum: z.int().optional(),
    enumLabels: z.array(text).min(1).optional(),
    nullable: z.boolean().optional(),
    readOnly: z.boolean().optional(),
    secret: z.boolean().optional().describe('Write-only: a read never holds it'),
    scope: z.enum(['installation', 'user']),
    order: z.int(),
    warning: text.optional().describe('Shown before the value is changed'),
    when: expression.optional(),
    enablement: expression.optional(),
  });
  const section = object({
    id: identifier,
    title: text,
    description: text.optional(),
    order: z.int(),
    operations: object({ read: operationId, write: operationId, check: operationId.optional() }),
    properties: z.record(identifier, property),
  });
  const view = object({
    id: identifier,
    title: text,
    order: z.int(),
    when: expression.optional(),
    path: path.optional().describe('Page for a frame; without it the host draws the view itself'),
    operations: z.record(identifier, operationId),
    arguments: contextArguments.optional(),
    adapters: z
      .record(identifier, z.record(identifier, operationId))
      .optional()
      .describe("The same register in an ERP's own words, by adapter"),
  });
  const command = object({
    id: commandId,
    title: text,
    enablement: expression.optional(),
    operationId: operationId.nullable().describe('null: the host does it without calling'),
    arguments: contextArguments.optional(),
    confirm: text.optional(),
    result: z.enum(resultKinds),
  });
  const menuItem = object({
    command: commandId,
    when: expression.optional(),
    group: z.string().regex(/^[a-z]+@\d+$/),
  });
  const endpoint = object({
    operationId: identifier,
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    path,
    scopes: z.array(z.enum(scopes)),
  });
  const hostOperation = object({
    id: identifier,
    purpose: text,
    method: z.enum(['GET', 'POST']),
    permission: z
      .string()
      .regex(/^[a-z]+:[a-z]+$/)
      .describe('What the token has to allow'),
    configuration: identifier.describe('Section of contributes.configuration'),
    address: identifier.describe('Property of that section that holds the address'),
    token: identifier.describe('Property of that section that holds the bearer token'),
    request: jsonSchema,
    response: jsonSchema,
  });
  const contributes = object({
    configuration: z.array(section).min(1),
    viewsContainers: z.array(object({ id: identifier, title: text, order: z.int() })).min(1),
    views: z.record(z.union([identifier, z.enum(hostPlaces)]), z.array(view).min(1)),
    commands: z.array(command),
    menus: z.record(z.string().min(1), z.array(menuItem).min(1)),
    endpoints: z.array(endpoint).min(1),
    hostApi: z
      .array(hostOperation)
      .optional()
      .describe('What the bridge may call at the host; each operation only once it is configured'),
  });
  return object({
    $schema: z.string().optional(),
    manifestVersion: z.literal(1),
    id: z
      .string()
      .regex(/^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$/)
      .describe('Reverse domain name'),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
    publisher: z.string().min(1),
    displayName: text,
    description: text.optional(),
    version,
    main: z
      .string()
      .regex(/^[^/].*\.js$/)
      .describe('Module that exports activate and deactivate'),
    activationEvents: z
      .array(z.string().regex(/^(onStartup|on(View|Command):[A-Za-z0-9.]+)$/))
      .min(1),
    engines: object({ 'mail-bridge-host': versionRange, node: versionRange.optional() }),
    critical: z.array(pointer).describe('What a host must understand or refuse the plugin'),
    runtime: object({ baseUrl: z.url({ protocol: /^https?$/ }), health: path }),
    l10n: object({
      de: z.record(z.string(), z.string().min(1)),
      en: z.record(z.string(), z.string().min(1)),
    }),
    contributes,
  });
}

export const authorSchema = definitions((shape) => z.strictObject(shape));
export const hostSchema = definitions((shape) => z.object(shape));

export type Manifest = z.infer<typeof authorSchema>;
export type ManifestEndpoint = Manifest['contributes']['endpoints'][number];
export type ManifestHostOperation = NonNullable<Manifest['contributes']['hostApi']>[number];

/** JSON Schema 2020-12 of the manifest. */
export function manifestJsonSchema(audience: Audience): Record<string, unknown> {
  const schema = audience === 'author' ? authorSchema : hostSchema;
  return {
    title: 'Mail bridge plugin manifest',
    ...z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }),
  };
}
