/** What a pushed record is found by. ERP data is dirty: what cannot be used is told, and everything else serves. */
import type { PushedRecord, warningCodes } from '../schemas.js';
import { addressKey, referenceKey } from '../search-key.js';

/** Search keys, each once. */
export interface RecordKeys {
  readonly emails: readonly string[];
  readonly references: readonly string[];
  /** Of contacts with the same address, active ones (0) come before others (1). */
  readonly rank: 0 | 1;
}

export interface KeyWarning {
  readonly field: string;
  readonly code: (typeof warningCodes)[number];
}

export interface DerivedKeys {
  readonly keys: RecordKeys;
  readonly warnings: readonly KeyWarning[];
}

export function recordKeys(record: PushedRecord): DerivedKeys {
  const warnings: KeyWarning[] = [];
  const emails = new Set<string>();
  for (const [index, text] of (record.emails ?? []).entries())
    for (const key of addressesIn(text))
      if (key === null) warnings.push({ field: `emails.${index}`, code: 'addressUnusable' });
      else emails.add(key);
  const references = new Set<string>();
  for (const { field, text } of referenceTexts(record)) {
    const key = referenceKey(text);
    if (key === null) warnings.push({ field, code: 'referenceUnusable' });
    else references.add(key);
  }
  const rank = 'active' in record && !record.active ? 1 : 0;
  return { keys: { emails: [...emails], references: [...references], rank }, warnings };
}

/** What stands between several addresses in one text, and around one of them. */
const separators = /[\s;,|/<>()[\]"]+/;

/** `Max <m@x.de>; info@x.de` → both; null stands for one that cannot be used. */
function addressesIn(text: string): (string | null)[] {
  const candidates = text.split(separators).filter((part) => part.includes('@'));
  if (candidates.length === 0) return [null];
  return candidates.map((part) => addressKey(part.replace(/^mailto:/i, '')));
}

function referenceTexts(record: PushedRecord): { field: string; text: string }[] {
  if (!('references' in record || 'number' in record)) return [];
  const { number, references = [] } = record;
  const own = number == null || number === '' ? [] : [{ field: 'number', text: number }];
  return [...own, ...references.map((text, index) => ({ field: `references.${index}`, text }))];
}
