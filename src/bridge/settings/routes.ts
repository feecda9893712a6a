/** `/api/v1/settings`: the archive connection. */
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { host, line, name, password } from '../accounts/fields.js';
import { findingsReply, findingsSchema } from '../checks/finding.js';
import { route, type AnyRoute, type Language } from '../http/route.js';
import { refuse } from '../failure.js';
import { because } from '../texts/fields.js';
import { fill } from '../texts/index.js';
import { settingsNotices, type NoticeCode } from '../texts/notices.js';
import { normalizeArchiveUrl } from './archive-url.js';
import { checkSettings } from './check-settings.js';
import type { EffectiveSettings, Settings } from './settings.js';

const isCertificate = (pem: string): boolean => {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
};

/** A host, an address or a URL; becomes the base address. */
const archiveUrl = name(500)
  .refine((written) => normalizeArchiveUrl(written) !== null, because('archiveUrl'))
  .transform((written) => normalizeArchiveUrl(written));

const settingsChange = z.strictObject({
  enabled: z.boolean().optional(),
  url: archiveUrl.nullable().optional(),
  username: line(255).nullable().optional(),
  password,
  serverName: host.nullable().optional(),
  caCertificate: z
    .string()
    .max(100_000)
    .refine(isCertificate, because('certificate'))
    .nullable()
    .optional(),
  managedByVendor: z.boolean().optional(),
});

const settingsView = z.object({
  enabled: z.boolean(),
  /** Which archive is in use; `none`: not configured. */
  archive: z.enum(['embedded', 'remote', 'none']),
  url: z.string().nullable(),
  /** null when the vendor manages the account. */
  username: z.string().nullable(),
  passwordSet: z.boolean(),
  serverName: z.string().nullable(),
  caCertificate: z.string().nullable(),
  managedByVendor: z.boolean(),
  /** Members that the environment fixes. */
  managedByEnvironment: z.array(z.enum(['url', 'username', 'password'])),
  /** What a form should tell its reader. */
  notices: z.array(z.object({ code: z.string(), text: z.string() })),
});

export interface SettingsRouteDependencies {
  readonly settings: Settings;
  readonly clientId: string;
}

export const settingsRoutes = ({
  settings,
  clientId,
}: SettingsRouteDependencies): readonly AnyRoute[] => [
  route({
    operationId: 'getSettings',
    method: 'get',
    path: '/api/v1/settings',
    summary: 'Archive connection and activation',
    tag: 'settings',
    scope: 'settings:read',
    responses: { 200: { description: 'The settings in force', schema: settingsView } },
    handler: async ({ language }) => reply(await settings.read(), settings, language),
  }),
  route({
    operationId: 'putSettings',
    method: 'put',
    path: '/api/v1/settings',
    summary: 'Change the archive connection; what is left out stays',
    tag: 'settings',
    scope: 'settings:write',
    body: settingsChange,
    responses: { 200: { description: 'The settings now in force', schema: settingsView } },
    handler: async ({ body, ifMatch, language }) => {
      const revision = ifMatch === undefined || ifMatch === '*' ? undefined : Number(ifMatch);
      if (Number.isNaN(revision)) throw refuse('preconditionFailed');
      return reply(await settings.update(body, revision), settings, language);
    },
  }),
  route({
    operationId: 'checkSettings',
    method: 'post',
    path: '/api/v1/settings/check',
    summary: 'Try the archive connection with saved or unsaved values; changes nothing',
    tag: 'settings',
    scope: 'settings:write',
    body: settingsChange.optional(),
    bodyOptional: true,
    responses: { 200: { description: 'Findings', schema: findingsSchema } },
    handler: async ({ body, language }) => {
      const wanted = await settings.preview(body ?? {});
      return findingsReply(await checkSettings(wanted, clientId, language));
    },
  }),
];

const notices = Object.keys(settingsNotices) as NoticeCode[];

function reply(current: EffectiveSettings, settings: Settings, language: Language) {
  const { password: stored, revision, username, ...open } = current;
  const shown = notices.filter((code) => code !== 'credentialsOfVendor' || current.managedByVendor);
  return {
    status: 200,
    etag: String(revision),
    body: {
      ...open,
      username: current.managedByVendor ? null : username,
      passwordSet: stored !== null && stored !== '',
      managedByEnvironment: Object.keys(settings.managedByEnvironment),
      notices: shown.map((code) => ({ code, text: fill(settingsNotices[code], language) })),
    },
  };
}
