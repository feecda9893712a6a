/**
 * Signing in to a mail provider by OAuth 2.0. The structs and methods are the same for incoming and SMTP accounts:
 * `Start…` answers the address that a person has to open, `Check…` is asked until the person has decided.
 *
 * How the result reaches the account is not documented. It is taken for a text that belongs into the account's
 * `Password`, under whatever name it comes; an archive that sends none has kept it by itself.
 */
import { enumeration, struct, text, type ValueOf } from './codec.js';
import { method } from './service.js';

export const OAuth2State = {
  oasNone: 0,
  /** Neither confirmed nor rejected yet. */
  oasPending: 1,
  oasFinished: 2,
  /** Rejected, or failed. */
  oasFailed: 3,
} as const;

/** `Identifier` and `Kind` are handed back to `CheckOAuth2Authentication` as they came. */
export const RpcOAuth2Start = struct('RpcOAuth2Start', {
  Identifier: text,
  Kind: text,
  Url: text,
});
export type OAuth2Start = ValueOf<typeof RpcOAuth2Start>;

export const RpcOAuth2Progress = struct('RpcOAuth2Progress', {
  State: enumeration('RpcOAuth2State', OAuth2State),
  /** The name is this project's: the documentation does not give that of the second member. */
  Password: text,
});
export type OAuth2Progress = ValueOf<typeof RpcOAuth2Progress>;

export const oauth2Methods = {
  CheckOAuth2Authentication: method({ Identifier: text, Kind: text }, RpcOAuth2Progress),
  /** `Locale` is a language tag such as `de`. */
  StartOAuth2Authentication: method(
    { Host: text, RedirectUrl: text, Locale: text },
    RpcOAuth2Start,
  ),
} as const;

/** What has to be written into the account's `Password`; '' when the archive keeps it by itself. */
export function linkedCredential(progress: OAuth2Progress): string {
  if (progress.State !== OAuth2State.oasFinished) return '';
  if (progress.Password !== '') return progress.Password;
  const others = Object.entries(progress).filter(
    ([name]) => name !== 'State' && name !== 'Password',
  );
  const texts = others.map(([, value]) => value).filter((value) => typeof value === 'string');
  return texts.length === 1 ? (texts[0] ?? '') : '';
}
