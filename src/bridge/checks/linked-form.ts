/** A form with what its finished link stands for. A check does not use the link up. */
import { isEmailAddress } from '../accounts/fields.js';
import type { AccountKind } from '../oauth/link.js';
import type { LinkPort } from '../oauth/link-port.js';

interface LinkedForm {
  readonly linkId?: string | undefined;
  readonly host?: string | undefined;
  readonly username?: string | undefined;
  readonly emailAddress?: string | undefined;
}

interface SavedAccount {
  readonly ID: number;
  readonly Host: string;
  readonly Username: string;
}

/**
 * A link says by itself that the account signs in by OAuth2.
 * @param saved null for an account that is not saved yet
 * @throws BridgeFailure as LinkPort.credentialFor
 */
export async function linkedForm<F extends LinkedForm>(
  form: F,
  kind: AccountKind,
  saved: SavedAccount | null,
  links: Pick<LinkPort, 'credentialFor'>,
): Promise<F> {
  if (form.linkId === undefined) return form;
  const { host = saved?.Host ?? '', username = saved?.Username ?? '', emailAddress } = form;
  const address = emailAddress !== undefined && isEmailAddress(emailAddress) ? emailAddress : null;
  const accountId = saved?.ID ?? null;
  const wish = { kind, accountId, host, username, emailAddress: address };
  const credential = await links.credentialFor(form.linkId, wish, 'linkId');
  return { authentication: 'oauth2', ...form, credential };
}
