/** Texts in the two languages of the product, with `{name}` for values. */
export type Language = 'de' | 'en';

export type Localized = Readonly<Record<Language, string>>;

/** What a person is told: what happened, and what to do about it where there is something to do. */
export interface Message {
  readonly title: Localized;
  readonly detail: Localized;
  readonly hint?: Localized;
}

type Pair = readonly [de: string, en: string];

/** A message from its German and English words. */
export const message = (title: Pair, detail: Pair, hint?: Pair): Message => ({
  title: { de: title[0], en: title[1] },
  detail: { de: detail[0], en: detail[1] },
  ...(hint === undefined ? {} : { hint: { de: hint[0], en: hint[1] } }),
});

export type TextParams = Readonly<Record<string, string | number>>;

/** The text with its values; a value that is not known is shown as a dash. */
export const fill = (text: Localized, language: Language, params: TextParams = {}): string =>
  text[language].replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? '–'));
