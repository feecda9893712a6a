/**
 * Ways to sign in by POP3: USER and PASS, APOP (RFC 1939 §7), and AUTH (RFC 5034) with PLAIN, XOAUTH2 or OAUTHBEARER.
 * AUTH goes in two steps always: with the response on its line a long password or a token would exceed 255 octets
 * (RFC 2449 §4), and Microsoft ends the connection when a token stands there.
 */
import { createHash } from 'node:crypto';
import type { PasswordCredentials, TokenCredentials } from '../credentials.js';
import { invalidInput, requireSecrecy, type MailEndpoint } from '../endpoint.js';
import { MailFailure } from '../errors.js';
import { passwordSecrets, plainMessage, requireUserAndPassword } from '../password-sign-in.js';
import {
  ANSWER_TO_REFUSAL,
  refusalStatus,
  requireToken,
  tokenMechanism,
  tokenMessage,
  tokenRefusal,
  tokenSecrets,
} from '../token-sign-in.js';
import type { Pop3Channel, Reply } from './channel.js';
import type { Capabilities } from './replies.js';

/** `apop` sends a digest instead of the password; the server must offer it in its greeting. */
interface ApopCredentials extends Omit<PasswordCredentials, 'method'> {
  readonly method: 'apop';
}

export type Pop3Credentials = PasswordCredentials | ApopCredentials | TokenCredentials;

export interface SignInContext {
  readonly channel: Pop3Channel;
  readonly endpoint: MailEndpoint;
  /** null when the server does not know CAPA. */
  readonly capabilities: Capabilities | null;
  /** From the greeting; null when there is none. */
  readonly apopTimestamp: string | null;
  /** Gets what is to be blotted out of the server's words. */
  readonly secrets: string[];
}

/** @throws MailFailure */
export async function signIn(context: SignInContext, credentials: Pop3Credentials): Promise<void> {
  if (credentials.method === 'oauth2') {
    requireToken(credentials);
    context.secrets.push(...tokenSecrets(credentials, context.endpoint));
    requireSecrecy(context.endpoint);
    await byToken(context, credentials);
    return;
  }
  requireUserAndPassword(credentials);
  context.secrets.push(...passwordSecrets(credentials));
  if (credentials.method === 'apop') {
    await byApop(context, credentials);
    return;
  }
  requireSecrecy(context.endpoint);
  await byPassword(context, credentials);
}

async function byPassword(context: SignInContext, credentials: PasswordCredentials) {
  const { channel, capabilities } = context;
  const { username, password } = credentials;
  const mechanisms = capabilities?.get('SASL') ?? [];
  const hasUser = capabilities?.has('USER') !== false;
  // USER has one word of ASCII (RFC 1939 §3); AUTH PLAIN takes any name
  const needsPlain = !hasUser || !/^[\x21-\x7e]+$/.test(username);
  if (needsPlain && mechanisms.includes('PLAIN')) await byPlain(channel, credentials);
  else if (!hasUser) {
    const offered = mechanisms.join(' ').slice(0, 200);
    throw new MailFailure('authenticationUnavailable', { params: { offered } });
  } else {
    channel.expectOk(await channel.ask(`USER ${username}`, 'line'), 'USER');
    channel.expectOk(await channel.ask(`PASS ${password}`, 'line'), 'PASS');
  }
}

async function byApop(
  { channel, apopTimestamp }: SignInContext,
  { username, password }: ApopCredentials,
) {
  if (apopTimestamp === null)
    throw new MailFailure('authenticationUnavailable', { params: { wanted: 'APOP' } });
  if (/\s/.test(username)) throw invalidInput('username');
  const digest = createHash('md5').update(`${apopTimestamp}${password}`).digest('hex');
  channel.expectOk(await channel.ask(`APOP ${username} ${digest}`, 'line'), 'APOP');
}

/** RFC 4616 */
async function byPlain(channel: Pop3Channel, credentials: PasswordCredentials) {
  let reply = await channel.ask('AUTH PLAIN', 'challenge');
  if (reply.status === 'challenge')
    reply = await channel.ask(plainMessage(credentials), 'challenge');
  if (reply.status === 'challenge') throw unexpected(channel, 'unexpectedChallenge');
  channel.expectOk(reply, 'AUTH');
}

async function byToken(context: SignInContext, credentials: TokenCredentials): Promise<void> {
  const { channel, capabilities, endpoint } = context;
  // a server that lists nothing may still know the older one
  const mechanism = tokenMechanism(capabilities?.get('SASL') ?? ['XOAUTH2']);
  const invitation = await channel.ask(`AUTH ${mechanism}`, 'challenge');
  if (invitation.status === 'ok') throw unexpected(channel, 'unexpectedReply');
  if (invitation.status === 'err') throw mechanismRefusal(channel, invitation, mechanism);
  let reply = await channel.ask(tokenMessage(mechanism, credentials, endpoint), 'challenge');
  if (reply.status === 'ok') return;
  const status = reply.status === 'challenge' ? refusalStatus(reply.text) : null;
  if (reply.status === 'challenge')
    reply = await channel.ask(ANSWER_TO_REFUSAL[mechanism], 'challenge');
  if (reply.status !== 'err') throw unexpected(channel, 'unexpectedReply');
  throw tokenRefusal(channel.refusalOf(reply, 'AUTH'), status);
}

/** Nothing has been said about who signs in: unless the server has no time, it is the mechanism that it refuses. */
function mechanismRefusal(channel: Pop3Channel, reply: Reply, mechanism: string): MailFailure {
  const failure = channel.refusalOf(reply, 'AUTH');
  if (failure.code === 'temporarilyUnavailable') return failure;
  const params = { ...failure.params, wanted: mechanism };
  return new MailFailure('authenticationUnavailable', { params });
}

/** The server is at another step than we are: the connection is of no more use. */
function unexpected(channel: Pop3Channel, detail: string): MailFailure {
  const failure = new MailFailure('protocolViolation', { params: { detail, command: 'AUTH' } });
  channel.fail(failure);
  return failure;
}
