/**
 * Criteria of a filter or an item query as a condition on `items`. Rules of reading: 0 and empty leave a criterion
 * unused, -1 in a set stands for all; a criterion that names what this archive does not keep (contacts, user fields)
 * matches nothing. Ages are days back from now, sizes bytes. `SearchFor` is not among them: it asks an index of its own
 * (search/item-search.ts).
 */
import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import {
  DateField,
  includes,
  Operator,
  type Filter,
  type ItemFilter,
} from '../../greyhound/index.js';
import type { ArchiveSchema } from '../store/database.js';

type Builder = ExpressionBuilder<ArchiveSchema, 'items'>;
type Condition = Expression<SqlBool>;
/** What filter and item query share. */
export type Criteria = Pick<Filter, keyof Filter & keyof ItemFilter>;

const DAY_MS = 86_400_000;

const operators = {
  [Operator.oLessEqual]: '<=',
  [Operator.oLess]: '<',
  [Operator.oEqual]: '=',
  [Operator.oGreater]: '>',
  [Operator.oGreaterEqual]: '>=',
} as const;

const dateColumns = {
  [DateField.dfStartDate]: 'start_date',
  [DateField.dfEndDate]: 'end_date',
  [DateField.dfCreated]: 'created',
  [DateField.dfModified]: 'modified',
} as const;

export function matchesCriteria(eb: Builder, criteria: Criteria, now: Date): Condition {
  return eb.and([
    ...references(eb, criteria),
    ...sets(eb, criteria),
    ...dates(eb, criteria),
    ...ranges(eb, criteria, now),
  ]);
}

export function matchesItemFilter(eb: Builder, filter: ItemFilter, now: Date): Condition {
  return eb.and([
    matchesCriteria(eb, filter, now),
    ...anyOf(eb, 'id', filter.ItemRefs),
    ...(filter.ContactRef === 0 ? [] : [nothing(eb)]),
    ...(filter.FirstChar === '' ? [] : [startsWith(eb, filter.FirstChar)]),
  ]);
}

const nothing = (eb: Builder): Condition => eb('items.id', '<', 0);

function anyOf(
  eb: Builder,
  column: 'id' | 'group_ref' | 'user_ref' | 'topic_ref' | 'color_ref',
  ids: readonly number[],
): Condition[] {
  return ids.length === 0 ? [] : [eb(column, 'in', ids)];
}

const references = (eb: Builder, criteria: Criteria): Condition[] => [
  ...anyOf(eb, 'group_ref', criteria.GroupRefs),
  ...anyOf(eb, 'user_ref', criteria.UserRefs),
  ...anyOf(eb, 'topic_ref', criteria.TopicRefs),
  ...anyOf(eb, 'color_ref', criteria.ColorRefs),
];

/** Ordinals 0 to 31 of a set. */
const ordinals = (set: number): number[] =>
  Array.from({ length: 32 }, (_, ordinal) => ordinal).filter((ordinal) => includes(set, ordinal));

function sets(eb: Builder, criteria: Criteria): Condition[] {
  const member = (column: 'kind' | 'state' | 'priority', set: number): Condition[] =>
    set === 0 || set === -1 ? [] : [eb(column, 'in', ordinals(set))];
  const flags = (mask: number, wanted: number): Condition[] =>
    mask === 0 || mask === -1 ? [] : [sql<SqlBool>`(items.flags & ${mask}) = ${wanted}`];
  return [
    ...member('kind', criteria.Kinds),
    ...member('state', criteria.States),
    ...member('priority', criteria.Priorities),
    ...flags(criteria.PositiveFlags, criteria.PositiveFlags),
    ...flags(criteria.NegativeFlags, 0),
  ];
}

function dates(eb: Builder, criteria: Criteria): Condition[] {
  const compare = (field: number, operator: number, date: Date | null): Condition[] => {
    const column = dateColumns[field as keyof typeof dateColumns] as string | undefined;
    const sign = operators[operator as keyof typeof operators] as string | undefined;
    if (date === null) return [];
    if (column === undefined || sign === undefined) return [nothing(eb)];
    return [
      eb(column as (typeof dateColumns)[0], sign as (typeof operators)[0], date.toISOString()),
    ];
  };
  return [
    ...compare(criteria.StartField, criteria.StartOperator, criteria.StartDate),
    ...compare(criteria.EndField, criteria.EndOperator, criteria.EndDate),
  ];
}

function ranges(eb: Builder, criteria: Criteria, now: Date): Condition[] {
  const daysFromNow = (days: number) => new Date(now.getTime() + days * DAY_MS).toISOString();
  const { MinAge, MaxAge, MinRemind, MaxRemind, MinSize, MaxSize, MinClassified } = criteria;
  return [
    ...(MinAge === 0 ? [] : [eb('start_date', '<=', daysFromNow(-MinAge))]),
    ...(MaxAge === 0 ? [] : [eb('start_date', '>=', daysFromNow(-MaxAge))]),
    ...(MinRemind === 0 ? [] : [eb('remind', '>=', daysFromNow(MinRemind))]),
    ...(MaxRemind === 0 ? [] : [eb('remind', '<=', daysFromNow(MaxRemind))]),
    ...(MinSize === 0 ? [] : [eb('size', '>=', MinSize)]),
    ...(MaxSize === 0 ? [] : [eb('size', '<=', MaxSize)]),
    // no item has a contact
    ...(MinClassified > 0 ? [nothing(eb)] : []),
  ];
}

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

const startsWith = (eb: Builder, text: string): Condition =>
  sql<SqlBool>`${eb.ref('from_text')} like ${`${escapeLike(text)}%`} escape '\\'`;
