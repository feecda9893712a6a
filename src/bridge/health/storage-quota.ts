/** The storage that was agreed on for the archive. Nothing stops because of it; the vendor may raise it. */
import { finding, type Finding } from '../checks/finding.js';
import type { Language } from '../texts/index.js';

const GB = 1e9;
/** What comes with an archive that the vendor hosts. */
export const HOSTED_QUOTA_BYTES = 20 * GB;
/** From here on somebody should know. */
const NEARLY = 0.9;

export function quotaFindings(
  usedBytes: number,
  quotaBytes: number | null,
  language: Language,
): Finding[] {
  if (quotaBytes === null || usedBytes < quotaBytes * NEARLY) return [];
  const params = { used: inGb(usedBytes, language), quota: inGb(quotaBytes, language) };
  const code = usedBytes < quotaBytes ? 'storageNearlyUsed' : 'storageUsed';
  return [
    finding({ check: 'archive', outcome: 'warning', code, params, origin: 'archive' }, language),
  ];
}

const inGb = (bytes: number, language: Language): string =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / GB);
