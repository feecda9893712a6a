/**
 * Addresses and domains that lead to no record (SAL-129 to SAL-132): `someone@example.com`; `example.com` or
 * `@example.com` for exactly that domain; `*.example.com` for its sub-domains.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.js';
import { addressKey, domainKey } from '../directory/search-key.js';
import type { AssignmentSchema } from './schema.js';

export type BlocklistKind = 'address' | 'domain' | 'subdomains';

export interface BlocklistEntry {
  /** In lower case, domain in punycode. */
  readonly value: string;
  readonly kind: BlocklistKind;
  /** ERP user; null: the ERP itself. */
  readonly by: string | null;
  readonly at: string;
}

/** The entry as it is kept; null for what is neither address nor domain. */
export function blocklistValue(text: string): string | null {
  const given = text.trim();
  if (given.startsWith('*.')) {
    const domain = domainKey(given.slice(2));
    return domain === null ? null : `*.${domain}`;
  }
  return given.startsWith('@')
    ? domainKey(given.slice(1))
    : (addressKey(given) ?? domainKey(given));
}

const kindOf = (value: string): BlocklistKind =>
  value.startsWith('*.') ? 'subdomains' : value.includes('@') ? 'address' : 'domain';

/** @returns for a search key the entry that covers it, else null */
export function blocklistMatcher(
  values: Iterable<string>,
  domainEntryMatchesSubdomains: boolean,
): (address: string) => string | null {
  const entries = new Set(values);
  return (address) => {
    if (entries.has(address)) return address;
    const domain = address.slice(address.lastIndexOf('@') + 1);
    if (entries.has(domain)) return domain;
    for (let dot = domain.indexOf('.'); dot > 0; dot = domain.indexOf('.', dot + 1)) {
      const parent = domain.slice(dot + 1);
      if (entries.has(`*.${parent}`)) return `*.${parent}`;
      if (domainEntryMatchesSubdomains && entries.has(parent)) return parent;
    }
    return null;
  };
}

export interface BlocklistOptions {
  readonly database: Kysely<AssignmentSchema>;
  readonly installationId: string;
  readonly clock: Clock;
}

export class Blocklist {
  constructor(private readonly options: BlocklistOptions) {}

  /** In the order of their values. */
  async entries(): Promise<BlocklistEntry[]> {
    const rows = await this.options.database
      .selectFrom('assignment_blocklist')
      .selectAll()
      .where('installation_id', '=', this.options.installationId)
      .orderBy('entry')
      .execute();
    return rows.map(({ entry, by_user: by, at }) => ({
      value: entry,
      kind: kindOf(entry),
      by,
      at,
    }));
  }

  /** What runs need to know of it. */
  async values(): Promise<string[]> {
    const rows = await this.options.database
      .selectFrom('assignment_blocklist')
      .select('entry')
      .where('installation_id', '=', this.options.installationId)
      .execute();
    return rows.map(({ entry }) => entry);
  }

  /**
   * The whole list anew; what stays keeps who entered it and when.
   * @param isCurrent whether the list is still the one that the caller knows; asked within the transaction
   * @returns false: it is not, and nothing was changed
   */
  async replace(
    values: ReadonlySet<string>,
    by: string | null,
    isCurrent: (entries: readonly BlocklistEntry[]) => boolean,
  ): Promise<boolean> {
    const { database, installationId, clock } = this.options;
    const at = clock.now().toISOString();
    return database.transaction().execute(async (transaction) => {
      const present = await new Blocklist({ ...this.options, database: transaction }).entries();
      if (!isCurrent(present)) return false;
      const known = new Set(present.map(({ value }) => value));
      for (const { value } of present)
        if (!values.has(value))
          await transaction
            .deleteFrom('assignment_blocklist')
            .where('installation_id', '=', installationId)
            .where('entry', '=', value)
            .execute();
      const rows = [...values]
        .filter((value) => !known.has(value))
        .map((entry) => ({ installation_id: installationId, entry, by_user: by, at }));
      for (const row of rows)
        await transaction.insertInto('assignment_blocklist').values(row).execute();
      return true;
    });
  }
}
