/** Global variables of rule scripts. All together they are text, one `Name=Value` a line, sorted by name. */
import type { ArchiveDatabase } from '../store/database.js';
import { invalid, requirePrintable } from './validation.js';

function requireGlobal(name: string, value: string): void {
  if (name === '' || name.includes('=')) throw invalid('Name', 'must not be empty or contain "="');
  requirePrintable('Name', name);
  requirePrintable('Value', value);
}

export class RuleGlobals {
  constructor(private readonly database: ArchiveDatabase) {}

  /** '' when there is none of that name. */
  async get(realmId: number, name: string): Promise<string> {
    const rows = await this.#rows(realmId);
    return rows.find((row) => row.name === name)?.value ?? '';
  }

  async getAll(realmId: number): Promise<string> {
    const rows = await this.#rows(realmId);
    return rows.map(({ name, value }) => `${name}=${value}\n`).join('');
  }

  /** @throws RpcError invalidValue */
  async put(realmId: number, name: string, value: string): Promise<undefined> {
    requireGlobal(name, value);
    await this.database
      .insertInto('rule_globals')
      .values({ realm_id: realmId, name, value })
      .onConflict((conflict) => conflict.columns(['realm_id', 'name']).doUpdateSet({ value }))
      .execute();
  }

  /** Replaces all. @throws RpcError invalidValue */
  async putAll(realmId: number, text: string): Promise<undefined> {
    const lines = text.split(/\r?\n/).filter((line) => line !== '');
    const globals = new Map(
      lines.map((line): [string, string] => {
        const equals = line.indexOf('=');
        if (equals < 0) throw invalid('Globals', 'every line has to be Name=Value');
        return [line.slice(0, equals), line.slice(equals + 1)];
      }),
    );
    for (const [name, value] of globals) requireGlobal(name, value);
    await this.database.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('rule_globals').where('realm_id', '=', realmId).execute();
      for (const [name, value] of globals) {
        await transaction
          .insertInto('rule_globals')
          .values({ realm_id: realmId, name, value })
          .execute();
      }
    });
  }

  async delete(realmId: number, name: string): Promise<undefined> {
    await this.database
      .deleteFrom('rule_globals')
      .where('realm_id', '=', realmId)
      .where('name', '=', name)
      .execute();
  }

  #rows(realmId: number) {
    return this.database
      .selectFrom('rule_globals')
      .select(['name', 'value'])
      .where('realm_id', '=', realmId)
      .orderBy('name')
      .execute();
  }
}
