/** Rules run by hand, and the check of their scripts. */
import { parseInboundRuleScript } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { ObjectStores } from '../objects/stores.js';
import type { TriggeredRules, ScriptCompiler } from '../rpc/ports.js';
import type { MailStore } from '../store/mail-store.js';
import { candidateOf, type FilingRule, type InboundFiling } from './inbound-filing.js';

export const inboundScriptCompiler: ScriptCompiler = {
  compile: (source) =>
    parseInboundRuleScript(source) === null
      ? {
          ok: false,
          message: 'This archive runs only the script that files incoming mail into a group.',
        }
      : { ok: true },
};

/** Items in one transaction. */
const CHUNK = 500;

export class StoredRuleRunner implements TriggeredRules {
  constructor(
    private readonly store: MailStore,
    private readonly objects: ObjectStores,
    private readonly filing: InboundFiling,
  ) {}

  async runOnItems(realmId: number, ruleId: number, itemIds: readonly number[]): Promise<void> {
    const rule = await this.objects.rules.get(realmId, ruleId);
    const rules = await this.filing.compile(realmId, [rule]);
    if (rules.length === 0)
      throw new RpcError('invalidValue', `The rule ${ruleId} cannot be run: see its message.`);
    await this.#run(realmId, rules, itemIds);
  }

  async trigger(realmId: number, trigger: number, itemIds: readonly number[]): Promise<void> {
    await this.#run(realmId, await this.filing.activeRules(realmId, trigger), itemIds);
  }

  async #run(
    realmId: number,
    rules: readonly FilingRule[],
    itemIds: readonly number[],
  ): Promise<void> {
    const now = this.store.clock.now();
    for (let at = 0; at < itemIds.length; at += CHUNK) {
      await this.store.items.transaction(async (items, database) => {
        const rows = await items.findAll(realmId, itemIds.slice(at, at + CHUNK));
        await this.filing.file(items, database, rows.map(candidateOf), { realmId, rules, now });
      });
    }
  }
}
