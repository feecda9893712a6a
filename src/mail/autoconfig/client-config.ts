/**
 * Mozilla's autoconfiguration file (draft-ietf-mailmaint-autoconfig; `config-v1.1.xml`), as far as it is about mail
 * servers. It comes from strangers: whatever its bytes are, what comes out are names, ports and kinds that fit their
 * places, or nothing. Pure.
 */
import { XMLParser } from 'fast-xml-parser';
import { customaryPort, type MailProtocol } from '../customary-port.js';
import type { Security } from '../endpoint.js';
import type { SignInKind } from '../providers/index.js';
import type { ConfiguredServer } from './candidate.js';
import { hostName, type MailAddress } from './names.js';

/** More than any provider has. */
const MAX_SERVERS = 12;

/** Every element becomes a list and keeps its text under `#text`, attributes under `@`. */
interface Element {
  readonly [name: string]: readonly Element[] | string | undefined;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  alwaysCreateTextNode: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: false,
  isArray: (_name, _path, _isLeaf, isAttribute) => !isAttribute,
});

/** In the file's order, which is the provider's preference. Empty for what is no such file. */
export function parseClientConfig(text: string, address: MailAddress): ConfiguredServer[] {
  return readServers(text)
    .map((element) => configuredServer(element, address))
    .filter((server) => server !== null)
    .slice(0, MAX_SERVERS);
}

function readServers(text: string): readonly Element[] {
  // no such file has one; entities are declared there
  if (/<!DOCTYPE/i.test(text)) return [];
  try {
    const document = parser.parse(text) as Element;
    return childrenOf(document, 'clientConfig')
      .flatMap((root) => childrenOf(root, 'emailProvider'))
      .flatMap((provider) => [
        ...childrenOf(provider, 'incomingServer'),
        ...childrenOf(provider, 'outgoingServer'),
      ]);
  } catch {
    return [];
  }
}

const PROTOCOLS: Readonly<Record<string, MailProtocol>> = {
  pop3: 'pop3',
  imap: 'imap',
  smtp: 'smtp',
};

const SECURITIES: Readonly<Record<string, Security>> = {
  ssl: 'tls',
  tls: 'tls',
  starttls: 'starttls',
  plain: 'none',
};

/** `plain` and `secure` are older words; `null`: nothing to sign in with is needed. */
const SIGN_INS: Readonly<Record<string, SignInKind | null>> = {
  oauth2: 'oauth2',
  oauth: 'oauth2',
  'password-cleartext': 'password',
  plain: 'password',
  'password-encrypted': 'password',
  secure: 'password',
  'client-ip-address': null,
  none: null,
};

function configuredServer(element: Element, address: MailAddress): ConfiguredServer | null {
  const protocol = oneOf(PROTOCOLS, attributeOf(element, 'type'));
  const security = oneOf(SECURITIES, textOf(element, 'socketType'));
  const host = hostName(filled(textOf(element, 'hostname'), address));
  if (protocol === undefined || security === undefined || host === null) return null;
  const port = portOf(textOf(element, 'port'), customaryPort(protocol, security));
  const named = childrenOf(element, 'authentication').map(ownText);
  const usable = named.map((name) => oneOf(SIGN_INS, name)).filter((kind) => kind !== undefined);
  if (port === null || (named.length > 0 && usable.length === 0)) return null;
  const signIn = [...new Set(usable.filter((kind) => kind !== null))];
  return { protocol, host, port, security, username: usernameOf(element, address), signIn };
}

function portOf(text: string, customary: number): number | null {
  if (text === '') return customary;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : null;
}

/** The address itself where the file says nothing that can be used. */
function usernameOf(element: Element, address: MailAddress): string {
  const name = filled(textOf(element, 'username'), address);
  const isUsable = name !== '' && name.length <= 255 && !/\p{Cc}|%[A-Z]+%/u.test(name);
  return isUsable ? name : address.address;
}

function filled(text: string, { address, localPart, domain }: MailAddress): string {
  const values: Readonly<Record<string, string>> = {
    EMAILADDRESS: address,
    EMAILLOCALPART: localPart,
    EMAILDOMAIN: domain,
  };
  return text.replace(/%([A-Z]+)%/g, (placeholder, name: string) => values[name] ?? placeholder);
}

// --- elements ---

function childrenOf(element: Element, name: string): readonly Element[] {
  const children = element[name];
  return Array.isArray(children) ? (children as readonly Element[]) : [];
}

const ownText = (element: Element): string => stringOf(element['#text']);

const textOf = (element: Element, name: string): string => {
  const [first] = childrenOf(element, name);
  return first === undefined ? '' : ownText(first);
};

const attributeOf = (element: Element, name: string): string => stringOf(element[`@${name}`]);

const stringOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

const oneOf = <T>(table: Readonly<Record<string, T>>, word: string): T | undefined =>
  Object.hasOwn(table, word.toLowerCase()) ? table[word.toLowerCase()] : undefined;
