/** Links in the caller's language. The reference never leaves. Pure. */
import { linkFailures } from '../texts/oauth-failures.js';
import { fill, messages, type Language, type Message, type MessageCode } from '../texts/index.js';
import type { AccountLink } from './account-links.js';
import type { LinkFailure, LinkSession } from './link.js';
import type { AccountLinkView, LinkView } from './schemas.js';

/** What the failure is called; one that nobody knows is at least told as one. */
export function failureText({ code }: LinkFailure): Message {
  if (Object.hasOwn(linkFailures, code)) return linkFailures[code as keyof typeof linkFailures];
  if (Object.hasOwn(messages, code)) return messages[code as MessageCode];
  return linkFailures.signInFailed;
}

function failureView(failure: LinkFailure | null, language: Language): LinkView['failure'] {
  if (failure === null) return null;
  const { detail, hint } = failureText(failure);
  return {
    code: failure.code,
    message: fill(detail, language, failure.params),
    hint: hint === undefined ? null : fill(hint, language, failure.params),
  };
}

const orNull = (text: string): string | null => (text === '' ? null : text);

/** `finished` is linked once the account that it was begun for has it; without an account it waits for its save. */
export function linkStateOf({ state, used, target }: LinkSession): LinkView['state'] {
  if (state !== 'finished') return state;
  return used || target.accountId === null ? 'linked' : 'pending';
}

export function linkViewOf(session: LinkSession, language: Language): LinkView {
  const isOpen = session.state === 'pending';
  return {
    linkId: session.id,
    state: linkStateOf(session),
    url: isOpen ? orNull(session.url) : null,
    userCode: isOpen ? orNull(session.userCode) : null,
    verificationUrl: isOpen ? orNull(session.verificationUrl) : null,
    expiresAt: session.expiresAt,
    provider: orNull(session.provider),
    signedInAs: orNull(session.signedInAs),
    failure: failureView(session.failure, language),
  };
}

export const accountLinkViewOf = (link: AccountLink, language: Language): AccountLinkView => ({
  state: link.state,
  provider: orNull(link.provider),
  signedInAs: orNull(link.signedInAs),
  linkedAt: link.linkedAt?.toISOString() ?? null,
  expiresAt: link.expiresAt?.toISOString() ?? null,
  expiresBecause: orNull(link.because),
  viaIncomingAccount: link.via,
  link: link.session === null ? null : linkViewOf(link.session, language),
  failure: failureView(link.failure, language),
});
