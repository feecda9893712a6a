/** What the codec reads and writes where the contract leaves it open. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  always,
  asSet,
  binary,
  bool,
  dateTime,
  double,
  enumeration,
  includes,
  int,
  int64,
  list,
  RpcDetailedItem,
  RpcFilter,
  RpcGroup,
  RpcPop3Account,
  RpcRule,
  RpcSignature,
  RpcSmtpAccount,
  setOf,
  struct,
  text,
  WireError,
  type WireType,
} from '../../src/greyhound/index.js';

const colour = enumeration('Colour', { cRed: 0, cGreen: 1, cBlue: 2 });
const colours = setOf('Colours', { cRed: 0, cGreen: 1, cBlue: 2 });
const utc = (...parts: [number, number, number, number?, number?, number?]) =>
  new Date(Date.UTC(...parts));

const reading: [what: string, type: WireType<unknown>, wire: unknown, value: unknown][] = [
  ['int: number', int, 7, 7],
  ['int: numeric string', int, '7', 7],
  ['int: empty string', int, '', 0],
  ['int: boolean', int, true, 1],
  ['int: null is missing', int, null, 0],
  ['int64: number', int64, 7, 7n],
  ['int64: string beyond 2^53', int64, '9223372036854775807', 9223372036854775807n],
  ['int64: missing', int64, undefined, 0n],
  ['double: number', double, 1.5, 1.5],
  ['double: string', double, '1.5', 1.5],
  ['string: number', text, 7, '7'],
  ['string: null', text, null, ''],
  ['boolean: true', bool, true, true],
  ['boolean: 1', bool, 1, true],
  ['boolean: "1"', bool, '1', true],
  ['boolean: "0"', bool, '0', false],
  ['boolean: 0', bool, 0, false],
  ['boolean: missing', bool, undefined, false],
  ['date: compact', dateTime, '20260102T03:04:05+00:00', utc(2026, 0, 2, 3, 4, 5)],
  ['date: extended with Z', dateTime, '2026-01-02T03:04:05Z', utc(2026, 0, 2, 3, 4, 5)],
  ['date: offset with colon', dateTime, '20260102T03:04:05+01:30', utc(2026, 0, 2, 1, 34, 5)],
  ['date: offset without colon', dateTime, '2026-01-02T03:04:05-0200', utc(2026, 0, 2, 5, 4, 5)],
  [
    'date: fraction',
    dateTime,
    '2026-01-02T03:04:05.25Z',
    new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 250)),
  ],
  [
    'date: without offset is local time',
    dateTime,
    '20260102T03:04:05',
    new Date(2026, 0, 2, 3, 4, 5),
  ],
  ['date: empty', dateTime, '', null],
  ['date: null', dateTime, null, null],
  ['date: 0', dateTime, 0, null],
  ['date: 1970', dateTime, '19700101T00:00:00+00:00', null],
  ["date: Delphi's zero", dateTime, '1899-12-30T00:00:00Z', null],
  ['binary: base64', binary, 'AP8=', Buffer.from([0, 255])],
  ['binary: line breaks', binary, 'AP\r\n8=\n', Buffer.from([0, 255])],
  ['binary: URL-safe alphabet', binary, '-_8', Buffer.from([251, 255])],
  ['binary: empty', binary, '', Buffer.alloc(0)],
  ['enum: ordinal', colour, 2, 2],
  ['enum: numeric string', colour, '2', 2],
  ['enum: identifier in any case', colour, 'CGREEN', 1],
  ['enum: unknown ordinal', colour, 99, 99],
  ['enum: missing', colour, undefined, 0],
  ['set: sum', colours, 5, 5],
  ['set: numeric string', colours, '5', 5],
  ['set: array of ordinals', colours, [0, 2, 2], 5],
  ['set: array of identifiers', colours, ['cRed', 'cblue'], 5],
  ['set: one identifier', colours, 'cBlue', 4],
  ['set: all', colours, -1, -1],
  ['set: unknown bits', colours, 2 ** 20 + 1, 2 ** 20 + 1],
  ['list: empty string', list(int), '', []],
  ['list: null', list(int), null, []],
  ['struct: null', struct('S', { A: int }), null, { A: 0 }],
];

describe('reading is tolerant', () => {
  it.each(reading)('%s', (_what, type, wire, value) => {
    expect(type.decode(wire, 'x')).toEqual(value);
  });

  it('keeps a member called __proto__ as a member', () => {
    const wire = '{"Name":"n","__proto__":{"Polluted":true}}';
    const group = RpcGroup.decode(JSON.parse(wire), 'x');
    expect(JSON.stringify(RpcGroup.encode(group))).toBe(wire);
    expect('Polluted' in group).toBe(false);
  });

  it('fills what is missing and keeps what it does not know', () => {
    const given = { Name: 'n', name: 'other case', Newer: { Deep: [null, 0] } };
    expect(RpcSignature.decode(given, 'x')).toEqual({ ...RpcSignature.empty(), ...given });
  });
});

const refused: [what: string, type: WireType<unknown>, wire: unknown][] = [
  ['int: text', int, 'x'],
  ['int: fraction', int, 1.5],
  ['int: object', int, {}],
  ['int64: fraction', int64, 1.5],
  ['int64: text', int64, 'x'],
  ['string: object', text, {}],
  ['boolean: 2', bool, 2],
  ['date: words', dateTime, 'tomorrow'],
  ['date: month 13', dateTime, '20261301T00:00:00Z'],
  ['binary: number', binary, 7],
  ['enum: unknown identifier', colour, 'cPink'],
  ['set: ordinal beyond 31', colours, [32]],
  ['set: negative ordinal', colours, [-1]],
  ['list: object', list(int), {}],
  ['struct: array', RpcGroup, []],
];
describe('what cannot be read', () => {
  it.each(refused)('%s', (_what, type, wire) => {
    expect(() => type.decode(wire, 'Here')).toThrow(WireError);
    expect(() => type.decode(wire, 'Here')).toThrow(/^Here: expected /);
  });

  it('is named by its place, without its value', () => {
    const broken = { Groups: [{ GroupRef: 1 }, { GroupRef: 'private' }] };
    expect(() => RpcSignature.decode(broken, 'Signature')).toThrow(
      'Signature.Groups[1].GroupRef: expected int',
    );
  });
});

describe('writing is plain', () => {
  it('always sends Delete, whose zero empties the mailbox', () => {
    expect(RpcPop3Account.encode(RpcPop3Account.make({ Delete: 0 }))).toEqual({ Delete: 0 });
    expect(RpcPop3Account.encode(RpcPop3Account.make({ Delete: 1 }))).toEqual({ Delete: 1 });
  });

  it('leaves other defaults out, also in structs within structs', () => {
    expect(RpcGroup.encode(RpcGroup.empty())).toEqual({});
    expect(RpcDetailedItem.encode(RpcDetailedItem.empty())).toEqual({});
    const inner = struct('S', { A: always(int) });
    expect(struct('T', { S: inner }).encode({ S: { A: 0 } })).toEqual({ S: { A: 0 } });
  });

  const writing: [what: string, written: unknown, wire: unknown][] = [
    ['int64 within 2^53', int64.encode(7n), 7],
    ['int64 beyond 2^53', int64.encode(2n ** 53n), '9007199254740992'],
    ['date', dateTime.encode(utc(2026, 0, 2, 3, 4, 5)), '20260102T03:04:05+00:00'],
    ['no date', dateTime.encode(null), ''],
    ['bytes', binary.encode(Buffer.from([251, 255])), '+/8='],
    ['all of a set', colours.encode(-1), -1],
    ['bit 31 with its sign', colours.encode(asSet(31)), -(2 ** 31)],
    ['bit 31 with others', colours.encode(asSet(0, 31)), 1 - 2 ** 31],
  ];
  it.each(writing)('%s', (_what, written, wire) => {
    expect(written).toEqual(wire);
  });
});

describe('sets', () => {
  it('know their ordinals in either sign', () => {
    for (const set of [asSet(3, 31), -1, -(2 ** 31) + 8]) {
      expect([includes(set, 3), includes(set, 31)]).toEqual([true, true]);
    }
    expect(includes(asSet(3, 31), 4)).toBe(false);
  });
});

describe('a value that goes over the wire and back', () => {
  const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const date = fc
    .date({ min: new Date(1000), max: new Date(4e12), noInvalidDate: true })
    .map((at) => {
      at.setUTCMilliseconds(0);
      return at;
    });
  const bytes = fc.uint8Array().map((array) => Buffer.from(array));

  function arbitrary(type: WireType<unknown>): fc.Arbitrary<unknown> {
    if ('members' in type) return structValue(type as WireType<unknown> & { members: object });
    if (type.label === 'dateTime.iso8601') return fc.option(date);
    if (type.label === 'binary') return bytes;
    if (type.label === 'string') return fc.string({ unit: 'binary' });
    if (type.label === 'boolean') return fc.boolean();
    if (type.label === 'int64') return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    if (type.label.startsWith('array of')) return fc.constant(type.empty());
    return int32;
  }

  function structValue(type: { members: object }): fc.Arbitrary<object> {
    const members = Object.entries(type.members) as [string, WireType<unknown>][];
    const declared = fc.record(
      Object.fromEntries(members.map(([name, member]) => [name, arbitrary(member)])),
    );
    const newer = fc.dictionary(
      fc.string().filter((name) => !Object.hasOwn(type.members, name)),
      // through JSON once: it has no -0
      fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
    );
    return fc.tuple(declared, newer).map(([known, unknown]) =>
      // not spread: a member called __proto__ is a member
      Object.fromEntries([...Object.entries(known), ...Object.entries(unknown)]),
    );
  }

  const types: [string, WireType<unknown>][] = [
    ['RpcPop3Account', RpcPop3Account],
    ['RpcSmtpAccount', RpcSmtpAccount],
    ['RpcGroup', RpcGroup],
    ['RpcSignature', RpcSignature],
    ['RpcFilter', RpcFilter],
    ['RpcRule', RpcRule],
    ['RpcDetailedItem', RpcDetailedItem],
  ];
  it.each(types)('is the same: %s, with unknown members, ordinals and bits', (_name, type) => {
    fc.assert(
      fc.property(arbitrary(type), (value) => {
        const wire: unknown = JSON.parse(JSON.stringify(type.encode(value)));
        expect(type.decode(wire, 'x')).toEqual(value);
      }),
      { numRuns: 60 },
    );
  });
});
