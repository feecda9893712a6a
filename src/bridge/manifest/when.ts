/**
 * The expressions of `when` and `enablement`:
 *
 *     expr  := and ('||' and)*      and := unary ('&&' unary)*
 *     unary := '!' unary | '(' expr ')' | 'true' | 'false' | key [cmp]
 *     cmp   := ('=='|'!='|'<'|'<='|'>'|'>=') literal | ['not'] 'in' '[' literal (',' literal)* ']' | 'contains' literal
 *
 * A literal is a number, `true`, `false` or text in single quotes (`\'` and `\\` inside). No functions, no regular
 * expressions, at most 500 characters. Logic is three-valued (Kleene): a key that is absent, or of a type that the
 * comparison has no answer for, is unknown, and only a definite `true` shows or enables. An expression decides what
 * is shown; it never authorises.
 *
 * A host in another language proves its own evaluator with `fixtures/erp-host/when-vectors.json`.
 */
export type WhenLiteral = string | number | boolean;
export type WhenValue = WhenLiteral | readonly WhenLiteral[];
/** What the host knows at the moment, e.g. `{ 'selection.active': true }`. */
export type WhenContext = Readonly<Record<string, WhenValue | undefined>>;
/** null is *unknown*. */
export type Truth = boolean | null;

type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type WhenExpression =
  | { readonly kind: 'or' | 'and'; readonly terms: readonly WhenExpression[] }
  | { readonly kind: 'not'; readonly term: WhenExpression }
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'key'; readonly key: string }
  | {
      readonly kind: 'compare';
      readonly key: string;
      readonly operator: Comparison;
      readonly literal: WhenLiteral;
    }
  | {
      readonly kind: 'in';
      readonly key: string;
      readonly negated: boolean;
      readonly literals: readonly WhenLiteral[];
    }
  | { readonly kind: 'contains'; readonly key: string; readonly literal: WhenLiteral };

export const WHEN_MAX_LENGTH = 500;

/** An expression outside the grammar; `position` counts characters from 0. */
export class WhenSyntaxError extends Error {
  override readonly name = 'WhenSyntaxError';

  constructor(
    readonly position: number,
    expected: string,
  ) {
    super(`at character ${position}: ${expected}`);
  }
}

type TokenKind = 'operator' | 'number' | 'text' | 'word' | 'end';

interface Token {
  readonly kind: TokenKind;
  readonly source: string;
  readonly position: number;
}

const tokenPattern =
  /\s*(?:(?<operator>\|\||&&|==|!=|<=|>=|[!<>()[\],])|(?<number>-?\d+(?:\.\d+)?)|(?<text>'(?:[^'\\]|\\['\\])*')|(?<word>[A-Za-z_][\w.:-]*))/uy;

const comparisons: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const reservedWords: ReadonlySet<string> = new Set(['true', 'false', 'not', 'in', 'contains']);

function tokens(expression: string): Token[] {
  const found: Token[] = [];
  let position = 0;
  const end = expression.trimEnd().length;
  while (position < end) {
    tokenPattern.lastIndex = position;
    const match = tokenPattern.exec(expression);
    const [kind, source] = Object.entries(match?.groups ?? {}).find(
      (entry): entry is [string, string] => (entry[1] as string | undefined) !== undefined,
    ) ?? ['end', ''];
    if (match === null || kind === 'end') {
      const blanks = /^\s*/u.exec(expression.slice(position))?.[0].length ?? 0;
      throw new WhenSyntaxError(position + blanks, 'unreadable text');
    }
    position += match[0].length;
    found.push({ kind: kind as TokenKind, source, position: position - source.length });
  }
  return [...found, { kind: 'end', source: 'the end', position: end }];
}

class Parser {
  #next = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): WhenExpression {
    const expression = this.#or();
    if (this.#peek().kind !== 'end') this.#fail('an operator or the end is expected');
    return expression;
  }

  #peek(): Token {
    const token = this.tokens[this.#next] ?? this.tokens.at(-1);
    if (token === undefined) throw new WhenSyntaxError(0, 'an expression is expected');
    return token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #accept(source: string): boolean {
    const { kind, source: found } = this.#peek();
    if ((kind !== 'operator' && kind !== 'word') || found !== source) return false;
    this.#next += 1;
    return true;
  }

  #expect(source: string): void {
    if (!this.#accept(source)) this.#fail(`"${source}" is expected`);
  }

  #fail(expected: string): never {
    throw new WhenSyntaxError(this.#peek().position, expected);
  }

  #or(): WhenExpression {
    return this.#joined('||', 'or', () => this.#and());
  }

  #and(): WhenExpression {
    return this.#joined('&&', 'and', () => this.#unary());
  }

  #joined(operator: string, kind: 'or' | 'and', term: () => WhenExpression): WhenExpression {
    const first = term();
    const terms = [first];
    while (this.#accept(operator)) terms.push(term());
    return terms.length === 1 ? first : { kind, terms };
  }

  #unary(): WhenExpression {
    if (this.#accept('!')) return { kind: 'not', term: this.#unary() };
    if (this.#accept('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    if (this.#accept('true')) return { kind: 'constant', value: true };
    if (this.#accept('false')) return { kind: 'constant', value: false };
    const { kind, source } = this.#peek();
    if (kind !== 'word' || reservedWords.has(source)) this.#fail('a key is expected');
    return this.#comparison(this.#take().source);
  }

  #comparison(key: string): WhenExpression {
    const { kind, source } = this.#peek();
    if (kind === 'operator' && comparisons.has(source)) {
      this.#next += 1;
      return { kind: 'compare', key, operator: source as Comparison, literal: this.#literal() };
    }
    if (this.#accept('contains')) return { kind: 'contains', key, literal: this.#literal() };
    if (this.#accept('in')) return { kind: 'in', key, negated: false, literals: this.#list() };
    if (this.#accept('not')) {
      this.#expect('in');
      return { kind: 'in', key, negated: true, literals: this.#list() };
    }
    return { kind: 'key', key };
  }

  #list(): WhenLiteral[] {
    this.#expect('[');
    const literals = [this.#literal()];
    while (this.#accept(',')) literals.push(this.#literal());
    this.#expect(']');
    return literals;
  }

  #literal(): WhenLiteral {
    const { kind, source } = this.#peek();
    if (kind === 'number') return Number(this.#take().source);
    if (kind === 'text')
      return this.#take()
        .source.slice(1, -1)
        .replaceAll(/\\(['\\])/gu, '$1');
    if (source === 'true' || source === 'false') return this.#take().source === 'true';
    return this.#fail('a number, true, false or text in single quotes is expected');
  }
}

/** @throws WhenSyntaxError */
export function parseWhen(expression: string): WhenExpression {
  if (expression.length > WHEN_MAX_LENGTH) {
    throw new WhenSyntaxError(WHEN_MAX_LENGTH, `at most ${WHEN_MAX_LENGTH} characters are allowed`);
  }
  return new Parser(tokens(expression)).whole();
}

const negate = (truth: Truth): Truth => (truth === null ? null : !truth);

/** *or* ends at the first true, *and* at the first false; otherwise one unknown makes the whole unknown. */
function join(terms: readonly Truth[], decisive: boolean): Truth {
  if (terms.includes(decisive)) return decisive;
  return terms.includes(null) ? null : !decisive;
}

function compare(value: WhenValue | undefined, operator: Comparison, literal: WhenLiteral): Truth {
  if (value === undefined || typeof value === 'object') return null;
  if (operator === '==') return value === literal;
  if (operator === '!=') return value !== literal;
  if (typeof value !== 'number' || typeof literal !== 'number') return null;
  if (operator === '<') return value < literal;
  if (operator === '<=') return value <= literal;
  return operator === '>' ? value > literal : value >= literal;
}

function evaluate(expression: WhenExpression, context: WhenContext): Truth {
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'or':
    case 'and':
      return join(
        expression.terms.map((term) => evaluate(term, context)),
        expression.kind === 'or',
      );
    case 'not':
      return negate(evaluate(expression.term, context));
  }
  const value = Object.hasOwn(context, expression.key) ? context[expression.key] : undefined;
  switch (expression.kind) {
    case 'key':
      return typeof value === 'boolean' ? value : null;
    case 'compare':
      return compare(value, expression.operator, expression.literal);
    case 'contains':
      return typeof value === 'object' ? value.includes(expression.literal) : null;
    case 'in': {
      if (value === undefined || typeof value === 'object') return null;
      return expression.literals.includes(value) !== expression.negated;
    }
  }
}

/** What an expression says about a context; null when it cannot be known. @throws WhenSyntaxError */
export const evaluateWhen = (expression: string, context: WhenContext): Truth =>
  evaluate(parseWhen(expression), context);

/** Whether a contribution is shown or enabled: without an expression always, with one only on a definite true. */
export const holds = (expression: string | undefined, context: WhenContext): boolean =>
  expression === undefined || evaluateWhen(expression, context) === true;
