/** Calls over HTTP, as the admin, in German unless told otherwise. */
import type { Product } from '../../support/product.js';

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly etag: string;
  /** Empty when nothing was answered. */
  readonly body: Body;
}

export interface Call {
  readonly body?: unknown;
  /** Of what is to be changed. */
  readonly etag?: string | undefined;
  readonly language?: string | undefined;
}

export async function callAt<Body = Record<string, unknown>>(
  product: Product,
  method: string,
  path: string,
  { body, etag, language = 'de' }: Call = {},
): Promise<Answer<Body>> {
  const response = await fetch(product.url + path, {
    method,
    headers: {
      authorization: `Bearer ${product.token}`,
      'accept-language': language,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(etag === undefined ? {} : { 'if-match': etag }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get('etag') ?? '',
    body: (text === '' ? {} : JSON.parse(text)) as Body,
  };
}
