/**
 * An address that may be given to a browser or asked: encrypted, unless it is on this machine, and without credentials,
 * which would be shown again.
 * @returns null for any other text
 */
export function secureUrl(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const { protocol, hostname, username, password } = url;
  if (username !== '' || password !== '') return null;
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback) ? url : null;
}
