/**
 * `{{Name}}` in a text stands for the value of that name; case and spaces around the name do not matter. A name that
 * has no value stays as it is, so that it is seen before the text is sent. In HTML a value is text, never markup.
 */
import type { VariableItem } from '../../greyhound/index.js';

const placeholder = /\{\{\s*([^{}\s](?:[^{}]{0,98}[^{}\s])?)\s*\}\}/g;

const keyOf = (name: string): string => name.trim().toLowerCase();

/** The first of two variables with one name counts. */
export function replaceVariables(
  text: string,
  variables: readonly VariableItem[],
  written: (value: string) => string = (value) => value,
): string {
  const values = new Map([...variables].reverse().map(({ Name, Data }) => [keyOf(Name), Data]));
  return text.replace(placeholder, (whole, name: string) => {
    const value = values.get(keyOf(name));
    return value === undefined ? whole : written(value);
  });
}

/** The names in a text, each once, in their order. */
export function variablesIn(text: string): VariableItem[] {
  const names = new Map<string, string>();
  for (const [, name = ''] of text.matchAll(placeholder))
    if (!names.has(keyOf(name))) names.set(keyOf(name), name);
  return [...names.values()].map((Name) => ({ Name, Data: '' }));
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** A text as it stands in HTML. */
export const htmlOfText = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => escapes[character] ?? '').replace(/\r?\n/g, '<br>');
