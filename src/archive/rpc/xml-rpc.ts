/**
 * XML-RPC (http://xmlrpc.com/spec.md) as the vendor's client speaks it: `<i4>`, `<i8>` for 64 bits, strings bare in
 * `<value>`, members with default values left out. Values come and go in the form in which JSON has them, so that both
 * front ends share codec and methods.
 */
import { SaxesParser } from 'saxes';
import type { ScalarName, WireShape, WireType } from '../../greyhound/index.js';
import { RpcError } from '../errors.js';
import type { RpcCall } from './dispatcher.js';

/** Arrays and structs inside one another. */
const MAX_DEPTH = 64;

const scalars: Readonly<Record<string, (text: string) => unknown>> = {
  int: integer,
  i4: integer,
  // as text: not every one is a number of ours
  i8: (text) => String(integer(text)),
  double: (text) => {
    const number = Number(text);
    if (text.trim() === '' || !Number.isFinite(number)) throw malformed('<double> is no number');
    return number;
  },
  boolean: (text) => {
    if (!/^\s*[01]\s*$/.test(text)) throw malformed('<boolean> is neither 0 nor 1');
    return text.trim() === '1';
  },
  string: (text) => text,
  'dateTime.iso8601': (text) => text.trim(),
  base64: (text) => text,
  nil: () => null,
};

function integer(text: string): number | string {
  if (!/^\s*[+-]?\d{1,20}\s*$/.test(text)) throw malformed('an integer is none');
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text.trim();
}

/** Which elements may stand in which; what stands nowhere is refused. */
const children: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    '': ['methodCall'],
    methodCall: ['methodName', 'params'],
    params: ['param'],
    param: ['value'],
    value: [...Object.keys(scalars), 'array', 'struct'],
    array: ['data'],
    data: ['value'],
    struct: ['member'],
    member: ['name', 'value'],
  }).map(([parent, names]) => [parent, new Set(names)]),
);

const malformed = (what: string): RpcError =>
  new RpcError('badRequest', `The body is no XML-RPC call: ${what}.`);

/** What values are put into. */
interface Container {
  readonly isArray: boolean;
  readonly items: unknown[];
  readonly members: [name: string, value: unknown][];
  name: string;
}

const container = (isArray: boolean): Container => ({
  isArray,
  items: [],
  members: [],
  name: '',
});

/** A call as it comes in, piece by piece. */
export class CallReader {
  readonly #parser = new SaxesParser({ fileName: '' });
  readonly #open: string[] = [''];
  readonly #params = container(true);
  readonly #containers: Container[] = [this.#params];
  #name = '';
  #text = '';
  /** Of the `<value>` that is open, or was closed last; undefined until an element says more than bare text. */
  #value: unknown = undefined;

  constructor() {
    this.#parser.on('error', ({ message }) => {
      throw malformed(message);
    });
    this.#parser.on('doctype', () => {
      throw malformed('it declares a document type');
    });
    this.#parser.on('opentag', ({ name }) => this.#opened(name));
    this.#parser.on('closetag', ({ name }) => this.#closed(name));
    const take = (text: string) => (this.#text += text);
    this.#parser.on('text', take);
    this.#parser.on('cdata', take);
  }

  /** @throws RpcError badRequest */
  write(text: string): void {
    this.#parser.write(text);
  }

  /** @throws RpcError badRequest */
  end(): void {
    this.#parser.close();
    if (this.#name === '') throw malformed('it names no method');
  }

  /** After the end. */
  get call(): RpcCall {
    return { name: this.#name, params: this.#params.items };
  }

  #opened(name: string): void {
    const parent = this.#open.at(-1) ?? '';
    if (children.get(parent)?.has(name) !== true)
      throw malformed(`<${name.slice(0, 50)}> cannot stand in <${parent}>`);
    this.#open.push(name);
    this.#text = '';
    if (name === 'value') this.#value = undefined;
    if (name !== 'array' && name !== 'struct') return;
    if (this.#containers.length > MAX_DEPTH) throw malformed('it is nested too deep');
    this.#containers.push(container(name === 'array'));
  }

  #closed(name: string): void {
    this.#open.pop();
    const text = this.#text;
    this.#text = '';
    const within = this.#containers.at(-1) ?? this.#params;
    const scalar = scalars[name];
    if (scalar !== undefined) this.#value = scalar(text);
    else if (name === 'array' || name === 'struct') {
      this.#containers.pop();
      // fromEntries defines members: one called __proto__ is a member
      this.#value = within.isArray ? within.items : Object.fromEntries(within.members);
    } else if (name === 'value') {
      if (this.#value === undefined) this.#value = text;
      if (within.isArray) within.items.push(this.#value);
    } else if (name === 'name') within.name = text;
    else if (name === 'member') within.members.push([within.name, this.#value]);
    else if (name === 'methodName') this.#name = text.trim().slice(0, 200);
  }
}

/** Elements of an array that the contract does not know are written by what they are. */
type Shape = WireShape | { readonly element: null };

const HEAD = '<?xml version="1.0" encoding="UTF-8"?><methodResponse>';

/** @param result as JSON has it; a procedure answers an empty string, as the specification wants one value */
export const responseDocument = (type: WireType<unknown> | null, result: unknown): string => {
  const value = type === null ? '<value></value>' : valueXml(type, result);
  return `${HEAD}<params><param>${value}</param></params></methodResponse>`;
};

export const faultDocument = ({ number, message }: RpcError): string =>
  `${HEAD}<fault><value><struct>` +
  `<member><name>faultCode</name><value><i4>${String(number)}</i4></value></member>` +
  `<member><name>faultString</name><value>${escaped(message)}</value></member>` +
  '</struct></value></fault></methodResponse>';

function valueXml(type: WireType<unknown> | null, value: unknown): string {
  return `<value>${contentXml(type?.shape ?? shapeOf(value), value)}</value>`;
}

function contentXml(shape: Shape, value: unknown): string {
  if ('element' in shape) {
    const values = asList(value).map((one) => valueXml(shape.element, one));
    return `<array><data>${values.join('')}</data></array>`;
  }
  if ('members' in shape) return `<struct>${membersXml(shape.members, value)}</struct>`;
  return scalarXml(shape.scalar, value);
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const membersXml = (types: Readonly<Record<string, WireType<unknown>>>, value: unknown): string =>
  Object.entries(value ?? {})
    .map(([name, content]) => {
      const type = Object.hasOwn(types, name) ? types[name] : undefined;
      return `<member><name>${escaped(name)}</name>${valueXml(type ?? null, content)}</member>`;
    })
    .join('');

function scalarXml(name: ScalarName, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? '');
  if (name === 'string') return escaped(text);
  if (name === 'boolean') return `<boolean>${value === true ? '1' : '0'}</boolean>`;
  const element = name === 'i4' && !fitsInt32(Number(value)) ? 'i8' : name;
  return `<${element}>${escaped(text)}</${element}>`;
}

const fitsInt32 = (number: number): boolean => (number | 0) === number;

/** Of a member that the contract does not know and that is handed on. */
function shapeOf(value: unknown): Shape {
  if (typeof value === 'number') return { scalar: Number.isInteger(value) ? 'i4' : 'double' };
  if (typeof value === 'boolean') return { scalar: 'boolean' };
  if (Array.isArray(value)) return { element: null };
  return typeof value === 'object' && value !== null ? { members: {} } : { scalar: 'string' };
}

/** What XML 1.0 cannot hold becomes `?`; a carriage return would be read as a line break. */
const escaped = (text: string): string =>
  text
    .replace(/[^\P{Cc}\r\n\t]|\p{Cs}|[\ufffe\uffff]/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
