/** When a link is going to end, as far as anybody can know. Pure. */
import type { OAuth2Provider } from '../../greyhound/index.js';
import type { Grant } from './grant-store.js';
import { kindOf } from './provider-kinds.js';

const DAY_MS = 86_400_000;

/** `lifetime`: the provider gave the grant an end of its own. */
export type EndingCause = 'clientSecret' | 'inactivity' | 'testing' | 'lifetime';

export interface Ending {
  readonly at: Date;
  readonly by: EndingCause;
}

type Times = Pick<Grant, 'flow' | 'grantedAt' | 'refreshedAt' | 'refreshExpiresAt'>;

/** The first of all that are known; null: none is. */
export function endingOf(grant: Times, provider: OAuth2Provider): Ending | null {
  const { testingDays, inactivityDays } = kindOf(provider.Kind);
  const isOfPerson = grant.flow !== 'application';
  const endings: (Ending | null)[] = [
    provider.ClientSecretExpires === null
      ? null
      : { at: provider.ClientSecretExpires, by: 'clientSecret' },
    grant.refreshExpiresAt === null ? null : { at: grant.refreshExpiresAt, by: 'lifetime' },
    isOfPerson && provider.Testing && testingDays !== null
      ? { at: afterDays(grant.grantedAt, testingDays), by: 'testing' }
      : null,
    isOfPerson && inactivityDays !== null
      ? { at: afterDays(grant.refreshedAt, inactivityDays), by: 'inactivity' }
      : null,
  ];
  const known = endings.filter((ending) => ending !== null);
  known.sort((one, other) => one.at.getTime() - other.at.getTime());
  return known[0] ?? null;
}

const afterDays = (from: Date, days: number): Date => new Date(from.getTime() + days * DAY_MS);
