/** Who lets users sign in, as the archive keeps it. The client secret goes in and never comes out. */
import {
  ArchiveFailure,
  OAuth2ProviderKind,
  RpcOAuth2Provider,
  type GreyhoundClient,
  type OAuth2Provider,
} from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { archiveFaultMeaning, failedCheck } from '../archive-faults.js';
import { isRealPassword } from '../accounts/fields.js';
import { refuse, type BridgeFailure } from '../failure.js';
import { clientWithMailBridge } from '../client-with-mail-bridge.js';
import type { ProviderChange, ProviderView } from './provider-schemas.js';

const kinds = ['google', 'microsoft', 'openid'] as const;

const kindOrdinals: Readonly<Record<ProviderChange['kind'], number>> = {
  google: OAuth2ProviderKind.opGoogle,
  microsoft: OAuth2ProviderKind.opMicrosoft,
  openid: OAuth2ProviderKind.opOpenId,
};

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

const orNull = (text: string): string | null => (text === '' ? null : text);

export class Providers {
  constructor(private readonly access: ArchiveAccess) {}

  async list(): Promise<ProviderView[]> {
    const { mailBridge } = await clientWithMailBridge(this.access);
    return (await mailBridge.GetOAuth2ProviderList()).map(viewOf);
  }

  /**
   * Makes the list what is given; what a provider in it leaves out stays as it is stored. One that accounts are linked
   * through cannot be left out: that is found out before anything is changed.
   * @throws BridgeFailure oauthProviderInUse, oauthProviderInvalid
   */
  async replace(wanted: readonly ProviderChange[]): Promise<ProviderView[]> {
    const { mailBridge } = await clientWithMailBridge(this.access);
    const stored = await mailBridge.GetOAuth2ProviderList();
    const leaving = stored.filter(({ ID }) => !wanted.some(({ id }) => id === ID));
    if (leaving.length > 0) {
      const statuses = await mailBridge.GetStatusList();
      const isUsed = ({ ID }: OAuth2Provider) =>
        statuses.some(({ OAuth2 }) => OAuth2.ProviderRef === ID);
      const used = leaving.find(isUsed);
      if (used !== undefined) throw inUse(used);
    }
    for (const [index, change] of wanted.entries()) {
      const before = stored.find(({ ID }) => ID === change.id);
      const Provider = providerFor(change, before);
      await accepted(Provider, `providers.${String(index)}`, () =>
        mailBridge.PutOAuth2Provider({ Provider }),
      );
    }
    // a secret that is gone cannot be had back: last
    for (const provider of leaving) await this.#remove(mailBridge, provider);
    return this.list();
  }

  /** What the archive finds out about the provider as it is given. */
  async check(change: ProviderChange) {
    const { mailBridge } = await clientWithMailBridge(this.access);
    const stored = await mailBridge.GetOAuth2ProviderList();
    const before = stored.find(({ ID }) => ID === change.id);
    const Provider = providerFor(change, before);
    return accepted(Provider, '', () => mailBridge.CheckOAuth2Provider({ Provider }));
  }

  async #remove(
    mailBridge: GreyhoundClient['mailBridge'],
    provider: OAuth2Provider,
  ): Promise<void> {
    try {
      await mailBridge.DeleteOAuth2Provider({ ID: provider.ID });
    } catch (error) {
      const told = failedCheck(error);
      if (told?.code !== 'providerInUse') throw error;
      // linked through it a moment ago
      throw inUse(provider);
    }
  }
}

const inUse = ({ ID: provider }: OAuth2Provider): BridgeFailure =>
  refuse('oauthProviderInUse', { field: 'providers', params: { provider } });

/** @throws BridgeFailure oauthProviderInvalid in the archive's words, when it does not take the provider */
async function accepted<R>(
  { ID: provider }: OAuth2Provider,
  field: string,
  call: () => Promise<R>,
): Promise<R> {
  try {
    return await call();
  } catch (error) {
    const isRefused = error instanceof ArchiveFailure && error.code === 'archiveFault';
    if (!isRefused || archiveFaultMeaning(error) !== null) throw error;
    const params = { provider, serverText: String(error.params['serverText'] ?? '') };
    throw refuse('oauthProviderInvalid', {
      ...(field === '' ? {} : { field }),
      params,
      cause: error,
    });
  }
}

/** The provider to write: what is given, for the rest what is stored. */
export function providerFor(
  change: ProviderChange,
  before: OAuth2Provider | undefined,
): OAuth2Provider {
  const stored = before ?? RpcOAuth2Provider.make();
  const { clientSecretExpiresOn: expiresOn } = change;
  return {
    ...stored,
    ID: change.id,
    Kind: kindOrdinals[change.kind],
    ClientId: change.clientId,
    ClientSecret: isRealPassword(change.clientSecret) ? change.clientSecret : '',
    Issuer: change.issuer === undefined ? stored.Issuer : (change.issuer ?? ''),
    Tenant: change.tenant === undefined ? stored.Tenant : (change.tenant ?? ''),
    Hosts: change.hosts?.join('\n') ?? stored.Hosts,
    Scopes: change.scopes?.join(' ') ?? stored.Scopes,
    Testing: change.testing ?? stored.Testing,
    ClientSecretExpires:
      expiresOn === undefined
        ? stored.ClientSecretExpires
        : expiresOn === null
          ? null
          : new Date(`${expiresOn}T00:00:00Z`),
  };
}

const viewOf = (provider: OAuth2Provider): ProviderView => ({
  id: provider.ID,
  kind: kinds[provider.Kind] ?? 'unknown',
  issuer: orNull(provider.Issuer),
  tenant: orNull(provider.Tenant),
  clientId: provider.ClientId,
  clientSecretSet: provider.ClientSecretSet,
  clientSecretExpiresOn: provider.ClientSecretExpires?.toISOString().slice(0, 10) ?? null,
  hosts: words(provider.Hosts),
  scopes: words(provider.Scopes),
  testing: provider.Testing,
  redirectUrl: orNull(provider.RedirectUrl),
});
