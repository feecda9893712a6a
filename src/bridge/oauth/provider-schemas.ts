/** Providers as administrators enter them and see them. */
import { z } from 'zod';
import { line, name, password } from '../accounts/fields.js';
import { because } from '../texts/fields.js';
import { secureUrl } from '../../platform/secure-url.js';

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,49}$/);

function isIssuer(text: string): boolean {
  const url = secureUrl(text);
  return url?.search === '' && url.hash === '';
}

const hostPattern = z.string().regex(/^(?:\*\.)?[^\s*/\\@]{1,253}$/);

/** What is left out stays as it is stored; null takes it away. */
const fields = z.strictObject({
  id,
  kind: z.enum(['google', 'microsoft', 'openid']),
  issuer: line(500).refine(isIssuer, because('issuer')).nullable().optional(),
  /** Microsoft: directory id or domain; null for work accounts of every organisation. */
  tenant: line(100).nullable().optional(),
  clientId: name(500),
  /** Write-only; left out, empty or the placeholder: the stored one stays. */
  clientSecret: password,
  /** When the provider stops to accept the secret. */
  clientSecretExpiresOn: z.iso.date().nullable().optional(),
  /** Mail servers whose accounts sign in here, beside the kind's own; `*.example.com` for all below. */
  hosts: z.array(hostPattern).max(100).optional(),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/))
    .max(50)
    .optional(),
  /** Google: the consent screen is in test mode; a sign-in ends after seven days. */
  testing: z.boolean().optional(),
});

export const providerChange = fields
  .refine(({ kind, issuer }) => kind !== 'openid' || issuer !== null, {
    path: ['issuer'],
    ...because('issuerNeeded'),
  })
  .refine(({ kind, tenant }) => kind === 'microsoft' || tenant == null, {
    path: ['tenant'],
    ...because('tenantOfMicrosoft'),
  });
export type ProviderChange = z.infer<typeof providerChange>;

export const providerList = z.strictObject({
  /** The list as it should be. */
  providers: z.array(providerChange).max(50),
});

export const providerView = z.object({
  id: z.string(),
  kind: z.enum(['google', 'microsoft', 'openid', 'unknown']),
  issuer: z.string().nullable(),
  tenant: z.string().nullable(),
  clientId: z.string(),
  clientSecretSet: z.boolean(),
  clientSecretExpiresOn: z.iso.date().nullable(),
  hosts: z.array(z.string()),
  scopes: z.array(z.string()),
  testing: z.boolean(),
  /** To be registered at the provider. */
  redirectUrl: z.string().nullable(),
});
export type ProviderView = z.infer<typeof providerView>;
