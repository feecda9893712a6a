/**
 * Dialogues of `fixtures/dialogues` as scripts for a server. `S:` is the server, `C:` the beginning of what the client
 * says (`*`: anything), without the tag in IMAP; `{tag}` stands for it in answers. Commands that are not written down
 * may come too and are answered as unknown. The words are the server's own where the head says so; what stands around
 * them is as usual there.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { FailedAttempt } from '../../../src/mail/advice/index.js';
import { customaryPort } from '../../../src/mail/customary-port.js';
import type { Security } from '../../../src/mail/endpoint.js';
import type { Script, Step } from '../scripted-server.js';

interface Exchange {
  /** null for the greeting. */
  readonly client: string | null;
  readonly server: readonly string[];
}

export interface Dialogue {
  readonly name: string;
  readonly protocol: FailedAttempt['protocol'];
  readonly host: string;
  /** What the attempt would use; the script is played on another. */
  readonly port: number;
  readonly security: Security;
  readonly username: string;
  readonly method: 'password' | 'oauth2';
  readonly sendsAs: string | null;
  /** Why there is no dialogue. */
  readonly event: 'nameNotFound' | 'connectTimeout' | null;
  /** The name in the server's certificate; null: the server does not encrypt. */
  readonly certificate: string | null;
  /** Code, field and page, `-` for none, and the server that is named. */
  readonly advice: string;
  readonly exchanges: readonly Exchange[];
}

const FOLDER = new URL('../../../fixtures/dialogues/', import.meta.url);

export const readDialogues = (): readonly Dialogue[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.txt'))
    .sort()
    .map((file) => parse(file.slice(0, -4), readFileSync(new URL(file, FOLDER), 'utf8')));

function parse(name: string, content: string): Dialogue {
  const lines = content.split('\n').filter((line) => line !== '');
  const head = new Map(lines.map((line) => splitAt(line, ': ')));
  const [protocol, host, port, security] = required(head, 'server').split(' ');
  const isStartTls = lines.some((line) => /^C: (?:STARTTLS|STLS)/.test(line));
  const chosen = (security ?? (isStartTls ? 'starttls' : 'tls')) as Security;
  const [username, method] = required(head, 'sign-in').split(' ');
  const certificate = head.get('certificate') ?? host!;
  return {
    name,
    protocol: protocol as Dialogue['protocol'],
    host: host!,
    port: port === undefined ? customaryPort(protocol as Dialogue['protocol'], chosen) : +port,
    security: chosen,
    username: username!,
    method: method as Dialogue['method'],
    sendsAs: head.get('sends-as') ?? null,
    event: (head.get('event') ?? null) as Dialogue['event'],
    certificate: certificate === 'none' ? null : certificate,
    advice: required(head, 'advice'),
    exchanges: exchangesOf(lines),
  };
}

function exchangesOf(lines: readonly string[]): Exchange[] {
  const exchanges: { client: string | null; server: string[] }[] = [{ client: null, server: [] }];
  for (const line of lines) {
    const [side, said] = splitAt(line, ': ');
    if (side === 'C') exchanges.push({ client: said, server: [] });
    if (side === 'S') exchanges.at(-1)!.server.push(said);
  }
  return exchanges;
}

/** @param certificate for the names of all dialogues */
export function scriptOf(
  { protocol, security, exchanges, certificate: name }: Dialogue,
  certificate: { readonly key: string; readonly cert: string },
): Script {
  const connections = new Map<number | undefined, Connection>();
  const answer = (line: string, socket: Socket): readonly Step[] => {
    // before and after STARTTLS the sockets differ, the peer does not
    const connection = connections.get(socket.remotePort) ?? new Connection();
    connections.set(socket.remotePort, connection);
    const said = protocol === 'imap' ? connection.untagged(line) : line;
    if (connection.isInMessage && said !== '.') return [];
    const next = exchanges.findIndex(
      ({ client }, index) =>
        index >= connection.position &&
        ((client === '*' && index === connection.position) ||
          (client !== null && said.toUpperCase().startsWith(client))),
    );
    if (next < 0) return unknown(protocol, said, connection.tag);
    connection.position = next + 1;
    connection.isInMessage = said === 'DATA';
    const lines = exchanges[next]!.server.map((one) => one.replaceAll('{tag}', connection.tag));
    return [lines.map((one) => `${one}\r\n`).join('')];
  };
  return {
    greeting: exchanges[0]!.server.map((line) => `${line}\r\n`),
    answer,
    ...(name !== null && { tls: certificate }),
    ...(security === 'starttls' && { upgradeOn: 'STARTTLS' }),
  };
}

function unknown(protocol: Dialogue['protocol'], said: string, tag: string): readonly Step[] {
  const isEnd = /^(?:QUIT|LOGOUT)/i.test(said);
  if (protocol === 'pop3') return isEnd ? ['+OK\r\n', 'CLOSE'] : ['-ERR unknown command\r\n'];
  if (protocol === 'smtp') return isEnd ? ['221 bye\r\n', 'CLOSE'] : ['502 5.5.1 unknown\r\n'];
  return isEnd ? [`* BYE\r\n${tag} OK\r\n`, 'CLOSE'] : [`${tag} BAD unknown command\r\n`];
}

/** How far the dialogue has come on one connection. */
class Connection {
  position = 1;
  isInMessage = false;
  /** IMAP's; an answer to a challenge has none, and keeps that of its command. */
  tag = '';

  untagged(line: string): string {
    const [, tag, said] = /^([A-Z0-9]{1,10}) ([A-Z].*)$/.exec(line) ?? [];
    if (tag === undefined || said === undefined) return line;
    this.tag = tag;
    return said;
  }
}

function splitAt(line: string, mark: string): [string, string] {
  const at = line.indexOf(mark);
  return at < 0 ? [line.replace(/:$/, ''), ''] : [line.slice(0, at), line.slice(at + mark.length)];
}

function required(head: ReadonlyMap<string, string>, name: string): string {
  const value = head.get(name);
  if (value === undefined) throw new Error(`a dialogue without "${name}"`);
  return value;
}
