/** Whether the mailbox on a server can be linked here: a provider that is set up has to serve it. */
import { Failure } from '../../platform/failure.js';
import { hostFits, providerOfHost } from '../../mail/providers/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import type { ProviderView } from './provider-schemas.js';
import { Providers } from './providers.js';

export interface LinkOffer {
  /** For `host` of the link. */
  readonly host: string;
  /** What people know the provider by. */
  readonly name: string;
}

const kindNames: Readonly<Record<string, string>> = { google: 'Google', microsoft: 'Microsoft' };

/** For the first of the hosts that can be linked; null when none can. */
export type LinkOffers = (hosts: readonly string[]) => LinkOffer | null;

/**
 * Asks the archive who is set up. One without RpcMailBridge does not tell: there the table of known providers counts.
 */
export const linkOffersOf = (access: ArchiveAccess) => async (): Promise<LinkOffers> => {
  const configured = await configuredProviders(access);
  return (hosts) => {
    for (const host of hosts) {
      const name = linkedBy(host, configured);
      if (name !== null) return { host, name };
    }
    return null;
  };
};

/** null: not told. None when the archive cannot be asked: then nothing can be linked either. */
async function configuredProviders(access: ArchiveAccess): Promise<readonly ProviderView[] | null> {
  try {
    return (await access.hasMailBridge()) ? await new Providers(access).list() : null;
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}

/** The name of who links mailboxes on this server. */
export function linkedBy(host: string, configured: readonly ProviderView[] | null): string | null {
  const known = providerOfHost(host);
  const table = known?.oauth ?? null;
  if (configured === null) return table === null ? null : (kindNames[table] ?? null);
  const serving = configured.find(
    ({ kind, hosts }) => kind === table || hosts.some((pattern) => hostFits(pattern, host)),
  );
  if (serving === undefined) return null;
  return kindNames[serving.kind] ?? known?.name ?? capitalized(serving.id);
}

const capitalized = (id: string): string => `${id.charAt(0).toUpperCase()}${id.slice(1)}`;
