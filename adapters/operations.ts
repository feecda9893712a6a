/**
 * How an adapter reaches the bridge: it calls the operations of the HTTP API, by operationId and in the same process.
 * Input is validated by the operation's own schemas; what fails comes back with the field named in the ERP's words.
 */
import {
  BridgeFailure,
  InvalidInput,
  validate,
  type AnyRoute,
  type Reply,
  type RequestContext,
  type RouteDefinition,
  type Scope,
} from '../src/bridge/index.js';

/** What a call hands over; the rest of the context (caller, If-Match, language) is the adapter's own request's. */
export interface OperationInput {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/** From a field of the model, as a dotted path, to the ERP's word for it. */
export type FieldWords = (modelField: string) => string;

export class Operations {
  readonly #byId: ReadonlyMap<string, RouteDefinition>;

  constructor(routes: readonly AnyRoute[]) {
    this.#byId = new Map(routes.map((route) => [route.operationId, route as RouteDefinition]));
  }

  /** @throws Error for an operation that the bridge does not have: the adapter was built for another version */
  #get(operationId: string): RouteDefinition {
    const found = this.#byId.get(operationId);
    if (found === undefined) throw new Error(`the bridge has no operation "${operationId}"`);
    return found;
  }

  scopeOf(operationId: string): Scope | null {
    return this.#get(operationId).scope;
  }

  resumes(operationId: string): boolean {
    return this.#get(operationId).resumes === true;
  }

  bodyLimitBytes(operationId: string): number | undefined {
    return this.#get(operationId).bodyLimitBytes;
  }

  needsIfMatch(operationId: string): boolean {
    return this.#get(operationId).needsIfMatch === true;
  }

  /** @throws what the operation throws, fields in the ERP's words */
  async call(
    operationId: string,
    context: RequestContext<unknown, unknown, unknown>,
    input: OperationInput,
    words: FieldWords = (field) => field,
  ): Promise<Reply> {
    const operation = this.#get(operationId);
    const { language } = context;
    try {
      return await operation.handler({
        ...context,
        params: operation.params && validate(operation.params, input.params ?? {}, language),
        query: operation.query && validate(operation.query, input.query ?? {}, language),
        body: operation.body && validate(operation.body, input.body, language),
      });
    } catch (error) {
      throw inWords(error, words);
    }
  }
}

/** The same failure about the same field, named as the caller knows it. */
function inWords(error: unknown, words: FieldWords): unknown {
  if (error instanceof InvalidInput) {
    return new InvalidInput(error.errors.map((one) => ({ ...one, field: words(one.field) })));
  }
  if (!(error instanceof BridgeFailure) || error.field === undefined) return error;
  const { code, disposition, origin, params, field } = error;
  return new BridgeFailure(code, {
    disposition,
    origin,
    params,
    field: words(field),
    cause: error,
  });
}
