/**
 * What a user typed as a search over the index (item-search.ts): every word must occur, each in any of the fields;
 * "in quotes" stand whole words in their order. A word is found anywhere in others from three characters on, one of two
 * at the beginning of words, one of a single character as a word of its own: what is looked for always has the three
 * characters that the index is made of. Signs between letters count as the gap between words (AB-2024/0815 finds
 * AB 2024 0815), so nothing that is typed can be an operator of SQLite.
 */
import { includes, SearchField } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import { foldSpelling, spellingsOf } from './folding.js';

/** Columns of the index, with the field of the contract that asks for each. */
export const searchColumns = {
  address: SearchField.sfAddress,
  subject: SearchField.sfSubject,
  body: SearchField.sfData,
  number: SearchField.sfNumber,
  remarks: SearchField.sfRemarks,
  attachments: SearchField.sfAttachments,
} as const;
export type SearchColumn = keyof typeof searchColumns;

export interface SearchQuery {
  readonly columns: readonly SearchColumn[];
  /** Each must occur; of each, one spelling suffices. */
  readonly terms: readonly (readonly string[])[];
}

export const MAX_SEARCH_CHARACTERS = 1000;

/**
 * @param fields 0 for all
 * @returns null when nothing is searched for; without terms or columns when nothing can be found
 * @throws RpcError invalidValue when it is too long
 */
export function searchQuery(searchFor: string, fields: number): SearchQuery | null {
  if (searchFor.trim() === '') return null;
  if (searchFor.length > MAX_SEARCH_CHARACTERS)
    throw new RpcError('invalidValue', `SearchFor: more than ${MAX_SEARCH_CHARACTERS} characters`);
  const all = Object.keys(searchColumns) as SearchColumn[];
  const isWanted = (column: SearchColumn) => includes(fields, searchColumns[column]);
  const terms = [
    ...phrasesOf(searchFor).map((phrase) => spellingsOf(phrase).map(asWords)),
    ...wordsOf(searchFor).map((word) => spellingsOf(word).map(longEnough)),
  ];
  const distinct = new Map(terms.map((spellings) => [spellings.join('|'), spellings]));
  return {
    columns: fields === 0 ? all : all.filter(isWanted),
    terms: [...distinct.values()],
  };
}

const QUOTED = /["„“”]([^"„“”]*)["„“”]/g;

const isSearchable = (text: string): boolean => foldSpelling(text) !== '';
const phrasesOf = (text: string): string[] =>
  [...text.matchAll(QUOTED)].map(([, phrase = '']) => phrase).filter(isSearchable);
const wordsOf = (text: string): string[] =>
  text.replace(QUOTED, ' ').split(/\s+/).filter(isSearchable);

const asWords = (folded: string): string => ` ${folded} `;

function longEnough(folded: string): string {
  const characters = Array.from(folded).length;
  if (characters > 2) return folded;
  return characters === 2 ? ` ${folded}` : asWords(folded);
}

/** In FTS5's language (sqlite.org/fts5.html §3). Folded text has no quotation marks. */
export function matchExpression({ columns, terms }: SearchQuery): string {
  const anyOf = (spellings: readonly string[]) =>
    `{${columns.join(' ')}} : (${spellings.map((one) => `"${one}"`).join(' OR ')})`;
  return terms.map(anyOf).join(' AND ');
}
