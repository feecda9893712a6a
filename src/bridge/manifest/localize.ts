/** Texts of the manifest: `%key%` stands for a text of the `l10n` bundles. */
import type { Manifest } from './schema.js';

type ManifestLanguage = 'de' | 'en';

/** The key of a `%key%`, undefined for plain text. */
export const textKey = (text: string): string | undefined => /^%([^%\s]+)%$/.exec(text)?.[1];

/** A copy with every `%key%` replaced by its text. */
export function localizeManifest(manifest: Manifest, language: ManifestLanguage): Manifest {
  const texts = manifest.l10n[language];
  const resolve = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const key = textKey(value);
      return key === undefined ? value : (texts[key] ?? value);
    }
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item)]));
  };
  const { l10n, ...document } = manifest;
  return { ...(resolve(document) as Omit<Manifest, 'l10n'>), l10n };
}
