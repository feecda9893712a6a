/** The address of an archive's API as people write it: a host, an IP address or a whole URL. */

/**
 * @returns the base address without a trailing slash, `https` when no scheme was written; null when it is none, or
 *   carries credentials, a query or a fragment
 */
export function normalizeArchiveUrl(written: string): string | null {
  const text = written.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(withScheme)) return null;
  const url = new URL(withScheme);
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!plain || !['https:', 'http:'].includes(url.protocol)) return null;
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** The port that is used, written or not. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
