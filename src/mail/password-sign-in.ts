/** Signing in with a password: what is the same in POP3, SMTP and IMAP. Pure. */
import type { PasswordCredentials } from './credentials.js';
import { invalidInput, requirePrintable } from './endpoint.js';

type Given = Omit<PasswordCredentials, 'method'>;

/** An empty password is the server's to refuse. @throws MailFailure `invalidInput` with `field` */
export function requireUserAndPassword({ username, password }: Given): void {
  requirePrintable(username, 'username');
  requirePrintable(password, 'password');
  if (username === '') throw invalidInput('username');
}

/** For protocols whose libraries take an empty password for none. @throws MailFailure `invalidInput` with `field` */
export function requirePassword(credentials: Given): void {
  requireUserAndPassword(credentials);
  if (credentials.password === '') throw invalidInput('password');
}

/** The message of SASL PLAIN (RFC 4616), in base64. */
export const plainMessage = ({ username, password }: Given): string =>
  Buffer.from(`\0${username}\0${password}`).toString('base64');

/** Everything that lets somebody sign in and that a server might repeat. */
export const passwordSecrets = (credentials: Given): string[] => [
  plainMessage(credentials),
  Buffer.from(credentials.password).toString('base64'),
  credentials.password,
  credentials.username,
];
