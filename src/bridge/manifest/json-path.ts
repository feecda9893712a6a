/** Where in a document something stands, as a JSON path (RFC 9535), e.g. `$.engines['mail-bridge-host']`. */
export const jsonPath = (segments: readonly PropertyKey[]): string =>
  segments.reduce<string>((path, segment) => {
    if (typeof segment === 'number') return `${path}[${segment}]`;
    const name = String(segment);
    if (/^[A-Za-z_$][\w$]*$/.test(name)) return `${path}.${name}`;
    return `${path}['${name.replaceAll(/[\\']/g, '\\$&')}']`;
  }, '$');
