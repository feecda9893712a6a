/** What every source of autoconfiguration is given, and what sources share. */
import { MailFailure } from '../../errors.js';
import type { NameServer } from '../../name-server.js';
import type { MailProvider, ProviderServer } from '../../providers/index.js';
import type { Candidate, ConfiguredServer } from '../candidate.js';
import type { Fetch } from '../documents.js';
import type { MailAddress } from '../names.js';

export interface SourceDependencies {
  readonly names: NameServer;
  readonly fetch: Fetch;
}

/** The preferred server first; empty when nothing is said there. @throws MailFailure when it could not be asked */
export type AskSource = (
  address: MailAddress,
  dependencies: SourceDependencies,
) => Promise<readonly Candidate[]>;

/** Servers of the provider table, for one address. */
export const providerCandidates = (
  provider: MailProvider,
  servers: readonly ProviderServer[],
  { address, localPart }: MailAddress,
  found: Pick<Candidate, 'source' | 'reason'>,
): Candidate[] =>
  servers.map(({ username, ...server }) => ({
    ...server,
    username: { address, localPart, own: null }[username],
    signIn: provider.signIn,
    provider,
    ...found,
  }));

export const candidates = (
  servers: readonly ConfiguredServer[],
  found: Omit<Candidate, keyof ConfiguredServer>,
): Candidate[] => servers.map((server) => ({ ...server, ...found }));

/**
 * The first answer that says something, in the order given and as soon as those before it are there.
 * @throws MailFailure of the first that failed, when none said anything
 */
export async function firstThatSays<T>(
  answers: readonly Promise<readonly T[]>[],
): Promise<readonly T[]> {
  // each is awaited in turn: none may be taken for unhandled meanwhile
  for (const answer of answers) answer.catch(() => undefined);
  let failure: unknown = null;
  for (const answer of answers) {
    try {
      const found = await answer;
      if (found.length > 0) return found;
    } catch (error) {
      if (!isAbsence(error)) failure ??= error;
    }
  }
  if (failure !== null) throw failure as Error;
  return [];
}

/** Nothing can be said under a name that does not exist. */
export const isAbsence = (error: unknown): boolean =>
  error instanceof MailFailure && error.code === 'nameNotFound';
