/**
 * The calendar of endings: links and client secrets that are going to end, or have. Told 30, 7 and 1 days before where
 * a date is known, and at once when it happened. Pure.
 */
import type { AccountKind } from './link.js';

const DAY_MS = 86_400_000;

/** Days before an end at which it is told. */
const TOLD_DAYS = [1, 7, 30] as const;

/** `later`: a date is known, and nobody needs to hear of it yet. */
export type Urgency = 'later' | (typeof TOLD_DAYS)[number] | 'ended';

/** What can end. */
export interface Lasting {
  readonly subject:
    { readonly kind: AccountKind; readonly accountId: number } | { readonly providerId: string };
  /** Of the account or the provider. */
  readonly name: string;
  /** null: no date is known. */
  readonly endsAt: Date | null;
  readonly hasEnded: boolean;
  /** What ends, or why it ended; '' when nobody knows. */
  readonly because: string;
}

/** null: it lasts, as far as anybody knows. */
export function urgencyOf({ endsAt, hasEnded }: Lasting, now: Date): Urgency | null {
  if (hasEnded) return 'ended';
  if (endsAt === null) return null;
  const leftMs = endsAt.getTime() - now.getTime();
  return TOLD_DAYS.find((days) => leftMs <= days * DAY_MS) ?? 'later';
}

/** Whole days that are left; 0 on the last one and after it. */
export const daysLeft = (endsAt: Date, now: Date): number =>
  Math.max(0, Math.floor((endsAt.getTime() - now.getTime()) / DAY_MS));

export interface LinkableAccount {
  readonly kind: AccountKind;
  readonly id: number;
  readonly name: string;
  /** null: it does not sign in by OAuth2. */
  readonly link: AccountLinkReport | null;
}

export interface AccountLinkReport {
  readonly state: 'unlinked' | 'linked' | 'ended';
  readonly provider: string;
  /** When it ends or ended. */
  readonly endsAt: Date | null;
  readonly because: string;
  /** Incoming account whose link it is; null: its own. */
  readonly via: number | null;
}

/** A provider whose client secret has a date. */
export interface ProviderReport {
  readonly id: string;
  readonly secretEndsAt: Date | null;
}

/** Each end once: a link that is another account's is told there, and the end of a secret with its provider. */
export function lastings(
  accounts: readonly LinkableAccount[],
  providers: readonly ProviderReport[],
  now: Date,
): Lasting[] {
  const isToldByProvider = ({ because, provider }: AccountLinkReport): boolean =>
    because === 'clientSecret' &&
    providers.some(({ id, secretEndsAt }) => id === provider && secretEndsAt !== null);
  const links = accounts.flatMap(({ kind, id: accountId, name, link }): Lasting[] => {
    if (link === null || link.via !== null || link.state === 'unlinked') return [];
    const { state, because } = link;
    const endsAt = state === 'linked' && isToldByProvider(link) ? null : link.endsAt;
    return [{ subject: { kind, accountId }, name, endsAt, hasEnded: state === 'ended', because }];
  });
  const secrets = providers.flatMap(({ id: providerId, secretEndsAt: endsAt }): Lasting[] =>
    endsAt === null
      ? []
      : [
          {
            subject: { providerId },
            name: providerId,
            endsAt,
            hasEnded: endsAt <= now,
            because: 'clientSecret',
          },
        ],
  );
  return [...links, ...secrets];
}
