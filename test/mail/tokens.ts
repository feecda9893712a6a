/** Access tokens, and what is said with them, written out a second time. */
interface Named {
  readonly username: string;
  readonly accessToken: string;
}

/** Visible characters of RFC 6750 §2.1, all of them, 4,200 long. */
export const TOKEN_OF_4_KB = `${'Az09-._~+/'.repeat(420).slice(0, 4_198)}==`;

export function messageOf(
  mechanism: 'XOAUTH2' | 'OAUTHBEARER',
  { username, accessToken }: Named,
  { host, port }: { readonly host: string; readonly port: number },
): string {
  const escaped = username.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const text =
    mechanism === 'XOAUTH2'
      ? `user=${username}\u0001auth=Bearer ${accessToken}\u0001\u0001`
      : `n,a=${escaped},\u0001host=${host}\u0001port=${port}\u0001auth=Bearer ${accessToken}\u0001\u0001`;
  return Buffer.from(text).toString('base64');
}

/** The challenge that tells why a token is refused. */
export function refusal(status: string): string {
  return Buffer.from(JSON.stringify({ status, schemes: 'bearer', scope: 'mail' })).toString(
    'base64',
  );
}
