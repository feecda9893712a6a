/** `imap.example.com`, or `*.example.com` for every host below it. Without regard to case or a closing dot. */
export function hostFits(pattern: string, host: string): boolean {
  const [known, wanted] = [pattern, host].map((name) =>
    name.trim().toLowerCase().replace(/\.$/, ''),
  ) as [string, string];
  return known.startsWith('*.') ? wanted.endsWith(known.slice(1)) : wanted === known;
}
