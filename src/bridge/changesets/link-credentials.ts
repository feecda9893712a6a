/** A request with the text that each of its links stands for. Each link is good for one account. */
import { fieldAt } from '../accounts/account-rules.js';
import type { IncomingAccountCreate } from '../accounts/schemas.js';
import { refuse } from '../failure.js';
import type { AccountKind } from '../oauth/link.js';
import type { LinkPort, LinkWish } from '../oauth/link-port.js';
import type { AccountSnapshot } from '../provisioning/snapshot.js';
import { smtpFor } from '../provisioning/wanted.js';
import type { SaveRequest } from './plan-changes.js';
import type { Changes } from './schemas.js';

interface Linkable {
  readonly linkId?: string | undefined;
  readonly host?: string | undefined;
  readonly username?: string | undefined;
}

/** @throws BridgeFailure as LinkPort.credentialFor; linkUsed for a link that is named twice */
export async function withCredentials(
  { changes, path }: Pick<SaveRequest, 'changes' | 'path'>,
  present: AccountSnapshot,
  links: LinkPort,
): Promise<Changes> {
  const { incomingAccounts, smtpAccounts } = changes;
  const credentials = new LinkCredentials(links, present);
  const all = <C, R>(
    entries: readonly C[],
    link: (entry: C, path: string) => Promise<R>,
    pathOf: (index: number) => string,
  ): Promise<R[]> => Promise.all(entries.map((entry, index) => link(entry, pathOf(index))));
  return {
    ...changes,
    incomingAccounts: {
      ...incomingAccounts,
      create: await all(
        incomingAccounts.create,
        (create, at) => credentials.ofNewIncoming(create, at),
        (index) => path('incomingAccounts', 'create', index),
      ),
      update: await all(
        incomingAccounts.update,
        (update, at) => credentials.ofChanged('incoming', update, at),
        (index) => path('incomingAccounts', 'update', index),
      ),
    },
    smtpAccounts: {
      ...smtpAccounts,
      create: await all(
        smtpAccounts.create,
        (create, at) => credentials.of(create, wishOf('smtp', null, create), at),
        (index) => path('smtpAccounts', 'create', index),
      ),
      update: await all(
        smtpAccounts.update,
        (update, at) => credentials.ofChanged('smtp', update, at),
        (index) => path('smtpAccounts', 'update', index),
      ),
    },
  };
}

class LinkCredentials {
  readonly #seen = new Set<string>();

  constructor(
    private readonly links: LinkPort,
    private readonly present: AccountSnapshot,
  ) {}

  async of<C extends Linkable>(given: C, wish: LinkWish, path: string): Promise<C> {
    const { linkId } = given;
    if (linkId === undefined) return given;
    const field = fieldAt(path, 'linkId');
    if (this.#seen.has(linkId)) throw refuse('linkUsed', { field });
    this.#seen.add(linkId);
    return { ...given, credential: await this.links.credentialFor(linkId, wish, field) };
  }

  /** With the SMTP account that goes along, which may have a link of its own. */
  async ofNewIncoming(create: IncomingAccountCreate, path: string): Promise<IncomingAccountCreate> {
    const { emailAddress = null, username, smtp } = create;
    const address = emailAddress ?? username;
    const linked = await this.of(
      create,
      { ...wishOf('incoming', null, create), emailAddress },
      path,
    );
    if (smtp?.linkId === undefined) return linked;
    const wish = wishOf('smtp', null, smtpFor(create, address, smtp));
    const place = fieldAt(path, 'smtp');
    return { ...linked, smtp: await this.of(smtp, { ...wish, emailAddress: address }, place) };
  }

  /** A link says by itself that the account signs in by OAuth2 from now on. */
  ofChanged<C extends Linkable & { readonly id: number }>(
    kind: AccountKind,
    update: C,
    path: string,
  ): Promise<C> {
    const accounts: readonly {
      readonly ID: number;
      readonly Host: string;
      readonly Username: string;
    }[] = this.present[kind];
    const account = accounts.find(({ ID }) => ID === update.id);
    // one that does not exist is refused by the plan
    if (update.linkId === undefined || account === undefined) return Promise.resolve(update);
    const { host = account.Host, username = account.Username } = update;
    const wish = wishOf(kind, update.id, { host, username });
    return this.of({ authentication: 'oauth2', ...update }, wish, path);
  }
}

const wishOf = (
  kind: AccountKind,
  accountId: number | null,
  { host = '', username = '' }: Linkable,
): LinkWish => ({ kind, accountId, host, username, emailAddress: null });
