/** What the installation has chosen to differ in; with a revision, so that two who change it at once notice. */
import type { Kysely } from 'kysely';
import { defaultPolicies, type Policies } from './decision/decision.js';
import type { AssignmentSchema } from './schema.js';

export class PolicyStore {
  constructor(
    private readonly database: Kysely<AssignmentSchema>,
    private readonly installationId: string,
  ) {}

  async read(): Promise<Policies> {
    return (await this.readRevision()).policies;
  }

  /** Revision 0: nobody has chosen anything yet. */
  async readRevision(): Promise<{ readonly policies: Policies; readonly revision: number }> {
    const row = await this.database
      .selectFrom('assignment_policy')
      .selectAll()
      .where('installation_id', '=', this.installationId)
      .executeTakeFirst();
    if (row === undefined) return { policies: defaultPolicies, revision: 0 };
    const chosen = JSON.parse(row.policies) as Partial<Policies>;
    return { policies: { ...defaultPolicies, ...chosen }, revision: row.revision };
  }

  /** @param revision that the caller knows; undefined: any. @returns null: it was another one */
  async change(change: Partial<Policies>, revision: number | undefined): Promise<number | null> {
    return this.database.transaction().execute(async (transaction) => {
      const store = new PolicyStore(transaction, this.installationId);
      const current = await store.readRevision();
      if (revision !== undefined && revision !== current.revision) return null;
      const row = {
        policies: JSON.stringify({ ...current.policies, ...change }),
        revision: current.revision + 1,
      };
      await transaction
        .insertInto('assignment_policy')
        .values({ installation_id: this.installationId, ...row })
        .onConflict((conflict) => conflict.column('installation_id').doUpdateSet(row))
        .execute();
      return row.revision;
    });
  }
}
