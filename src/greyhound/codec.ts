/**
 * The one codec between our values and JSON on the wire, used by the client and by the embedded archive.
 *
 * Reading is tolerant: a missing member, null and the type's default are the same thing; enums come as ordinal,
 * numeric string or identifier; sets as sum, list or numeric string; dates in compact or extended form. Members
 * that a struct does not declare are kept as they came and written back, and so are unknown ordinals and bits:
 * a newer server must not lose data because an older program saved an object.
 * Writing is plain: numbers for enums and sets, compact dates with offset, defaults left out, except for members
 * marked `always`, whose zero value means something dangerous (RpcPop3Account.Delete: 0 empties the mailbox).
 */
export interface WireType<T> {
  /** For documentation and messages, e.g. `int`, `RpcPop3Account`. */
  readonly label: string;
  readonly shape: WireShape;
  /** The value that a missing member stands for. */
  empty(): T;
  /** @throws WireError when the value cannot be read as this type. */
  decode(value: unknown, path: string): T;
  encode(value: T): unknown;
  isEmpty(value: T): boolean;
}

/** What XML-RPC has to be told beside the value: the element of a scalar, or what it consists of. */
export type WireShape =
  | { readonly scalar: ScalarName }
  | { readonly element: WireType<unknown> }
  | { readonly members: Readonly<Record<string, WireType<unknown>>> };
export type ScalarName =
  'i4' | 'i8' | 'double' | 'boolean' | 'string' | 'dateTime.iso8601' | 'base64';

export type ValueOf<W> = W extends WireType<infer T> ? T : never;

/** A value that is not what the contract says; `path` names the member, the value itself is not repeated. */
export class WireError extends Error {
  override readonly name = 'WireError';
  constructor(
    readonly path: string,
    readonly expected: string,
  ) {
    super(`${path}: expected ${expected}`);
  }
}

const isAbsent = (value: unknown): value is null | undefined =>
  value === null || value === undefined;

function numeric(value: unknown, path: string, label: string): number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw new WireError(path, label);
  return number;
}

function scalar<T>(
  label: string,
  name: ScalarName,
  zero: T,
  read: (value: unknown, path: string) => T,
  write: (value: T) => unknown = (value) => value,
): WireType<T> {
  return {
    label,
    shape: { scalar: name },
    empty: () => zero,
    decode: (value, path) => (isAbsent(value) ? zero : read(value, path)),
    encode: write,
    isEmpty: (value) => value === zero,
  };
}

/** 32-bit integer. */
export const int = scalar('int', 'i4', 0, (value, path) => {
  if (value === '') return 0;
  const number = numeric(value, path, 'int');
  if (!Number.isInteger(number)) throw new WireError(path, 'int');
  return number;
});

/** 64-bit integer: a decimal string beyond 2^53 in either direction. */
export const int64 = scalar<bigint>(
  'int64',
  'i8',
  0n,
  (value, path) => {
    if (value === '') return 0n;
    try {
      if (typeof value === 'string' || typeof value === 'number') return BigInt(value);
    } catch {
      // falls through to the one error below
    }
    throw new WireError(path, 'int64');
  },
  (value) => {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  },
);

export const double = scalar('double', 'double', 0, (value, path) =>
  numeric(value, path, 'double'),
);

export const text = scalar('string', 'string', '', (value, path) => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new WireError(path, 'string');
});

export const bool = scalar('boolean', 'boolean', false, (value, path) => {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === '1' || value === 'true') return true;
  if (value === 0 || value === '0' || value === 'false' || value === '') return false;
  throw new WireError(path, 'boolean');
});

const datePattern =
  /^(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

function parseDate(value: string): Date | null | undefined {
  const match = datePattern.exec(value.trim());
  if (!match) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '0', zone] =
    match;
  const local = `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}`;
  const offset =
    zone === undefined
      ? ''
      : /^z$/i.test(zone)
        ? 'Z'
        : `${zone.slice(0, 3)}:${zone.length > 3 ? zone.slice(-2) : '00'}`;
  const date = new Date(local + offset);
  if (Number.isNaN(date.getTime())) return undefined;
  return date.getTime() <= 0 ? null : date;
}

const pad = (value: number, length = 2): string => String(value).padStart(length, '0');

/** `YYYYMMDDThh:mm:ss+00:00`, always UTC: the offset is written so that nobody has to guess. */
export function formatWireDate(date: Date): string {
  return (
    `${pad(date.getUTCFullYear(), 4)}${pad(date.getUTCMonth() + 1)}${pad(date.getUTCDate())}` +
    `T${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}+00:00`
  );
}

/** Point in time; null stands for "no date" (missing, empty, 0, Delphi's 1899-12-30, anything up to 1970). */
export const dateTime = scalar<Date | null>(
  'dateTime.iso8601',
  'dateTime.iso8601',
  null,
  (value, path) => {
    if (value === '' || value === 0 || value === '0') return null;
    const date = typeof value === 'string' ? parseDate(value) : undefined;
    if (date === undefined) throw new WireError(path, 'dateTime.iso8601');
    return date;
  },
  (value) => (value === null ? '' : formatWireDate(value)),
);

/** Bytes in base64; line breaks and the URL-safe alphabet are accepted. */
export const binary: WireType<Buffer> = {
  label: 'binary',
  shape: { scalar: 'base64' },
  empty: () => Buffer.alloc(0),
  decode(value, path) {
    if (isAbsent(value)) return Buffer.alloc(0);
    if (typeof value !== 'string') throw new WireError(path, 'binary');
    return Buffer.from(value.replace(/\s+/g, ''), 'base64');
  },
  encode: (value) => value.toString('base64'),
  isEmpty: (value) => value.length === 0,
};

type Ordinals = Readonly<Record<string, number>>;

function ordinalOf(ordinals: Ordinals, value: unknown, path: string, label: string): number {
  if (typeof value === 'string' && !/^\s*-?\d+\s*$/.test(value)) {
    const wanted = value.trim().toLowerCase();
    const entry = Object.entries(ordinals).find(([name]) => name.toLowerCase() === wanted);
    if (!entry) throw new WireError(path, label);
    return entry[1];
  }
  const number = numeric(value, path, label);
  if (!Number.isInteger(number)) throw new WireError(path, label);
  return number;
}

/** An enum: the ordinal. Ordinals we do not know are kept. */
export function enumeration(label: string, ordinals: Ordinals): WireType<number> {
  return scalar(label, 'i4', 0, (value, path) =>
    value === '' ? 0 : ordinalOf(ordinals, value, path, label),
  );
}

const BIT_31 = 2 ** 31;

/**
 * A set: bit n stands for ordinal n. -1 is "all"; bits we do not know are kept. On the wire a set is a signed 32-bit
 * integer, so that bit 31 is written with its sign.
 */
export function setOf(label: string, ordinals: Ordinals): WireType<number> {
  const read = (value: unknown, path: string): number => {
    if (value === '') return 0;
    if (Array.isArray(value)) {
      return value.reduce<number>((sum, element, index) => {
        const ordinal = ordinalOf(ordinals, element, `${path}[${String(index)}]`, label);
        if (ordinal < 0 || ordinal > 31) throw new WireError(path, label);
        return includes(sum, ordinal) ? sum : sum + 2 ** ordinal;
      }, 0);
    }
    if (typeof value === 'string' && !/^\s*-?\d+\s*$/.test(value)) {
      return 2 ** ordinalOf(ordinals, value, path, label);
    }
    return ordinalOf(ordinals, value, path, label);
  };
  return scalar(label, 'i4', 0, read, (value) =>
    value >= BIT_31 && value < 2 * BIT_31 ? value - 2 * BIT_31 : value,
  );
}

/** Is ordinal n in the set? Works for -1 (all) and for bit 31 in either sign. */
export const includes = (set: number, ordinal: number): boolean => ((set >>> ordinal) & 1) === 1;

/** The set of the given ordinals. */
export const asSet = (...ordinals: readonly number[]): number =>
  ordinals.reduce((sum, ordinal) => sum + 2 ** ordinal, 0);

export function list<T>(element: WireType<T>): WireType<T[]> {
  return {
    label: `array of ${element.label}`,
    shape: { element: element },
    empty: () => [],
    decode(value, path) {
      if (isAbsent(value) || value === '') return [];
      if (!Array.isArray(value)) throw new WireError(path, `array of ${element.label}`);
      return value.map((entry, index) => element.decode(entry, `${path}[${String(index)}]`));
    },
    encode: (value) => value.map((entry) => element.encode(entry)),
    isEmpty: (value) => value.length === 0,
  };
}

const alwaysSent = new WeakSet();

/** Marks a struct member that is written even when it has its default value. */
export function always<T>(type: WireType<T>): WireType<T> {
  const marked = { ...type };
  alwaysSent.add(marked);
  return marked;
}

/** Members of any types; each must be a WireType of its own value. */
type Members<M> = { readonly [K in keyof M]: WireType<ValueOf<M[K]>> };
export type StructValue<M> = { -readonly [K in keyof M]: ValueOf<M[K]> };

export interface StructType<M> extends WireType<StructValue<M>> {
  readonly members: M;
  /** A value with every member, those not given being empty. */
  make(given?: Partial<StructValue<M>>): StructValue<M>;
}

/** A struct; members by exact name. Undeclared members travel along (see the head of this file). */
export function struct<const M extends Members<M>>(label: string, members: M): StructType<M> {
  const entries = Object.entries<WireType<unknown>>(members as Record<string, WireType<unknown>>);
  const blank = (): StructValue<M> => {
    const value: Record<string, unknown> = {};
    for (const [name, member] of entries) value[name] = member.empty();
    return value as StructValue<M>;
  };
  const type: StructType<M> = {
    label,
    shape: { members: members },
    members,
    empty: blank,
    make: (given = {}) => ({ ...blank(), ...given }),
    decode(value, path) {
      if (isAbsent(value) || value === '') return type.empty();
      if (typeof value !== 'object' || Array.isArray(value)) throw new WireError(path, label);
      const source = value as Record<string, unknown>;
      const result: Record<string, unknown> = { ...source };
      for (const [name, member] of entries) {
        result[name] = member.decode(
          Object.hasOwn(source, name) ? source[name] : null,
          `${path}.${name}`,
        );
      }
      return result as StructValue<M>;
    },
    encode(value) {
      const source = value as Record<string, unknown>;
      const written = entries.flatMap(([name, member]): [string, unknown][] => {
        const content = source[name];
        if (isAbsent(content)) return [];
        const isNeeded = !member.isEmpty(content) || alwaysSent.has(member);
        return isNeeded ? [[name, member.encode(content)]] : [];
      });
      const undeclared = Object.entries(source).filter(([name]) => !Object.hasOwn(members, name));
      // fromEntries defines members: one called __proto__ stays a member.
      return Object.fromEntries([...written, ...undeclared]);
    },
    isEmpty: (value) => Object.keys(type.encode(value) as object).length === 0,
  };
  return type;
}
