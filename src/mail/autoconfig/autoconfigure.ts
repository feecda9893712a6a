/**
 * From an e-mail address to the servers of its mailbox, within three seconds whatever the network does. Where there is
 * no network, the table of known providers is left, and what was found is told as not verified.
 */
import type { ConnectDependencies } from '../endpoint.js';
import { judgedAgents } from '../judged-agents.js';
import { NameServer } from '../name-server.js';
import {
  providerOfAddress,
  providerOfHost,
  type MailProvider,
  type SignInKind,
} from '../providers/index.js';
import { fetchWith } from './documents.js';
import type { MailAddress } from './names.js';
import { offer, type FoundServer, type Offer } from './offer.js';
import { Search, type SourceReport } from './search.js';
import { domainConfiguration } from './sources/domain-configuration.js';
import { guess } from './sources/guess.js';
import { ispdb, ISPDB_HOST } from './sources/ispdb.js';
import { mailExchanger } from './sources/mail-exchanger.js';
import { mailExchangerHost } from './sources/mail-exchanger-host.js';
import { microsoft } from './sources/microsoft.js';
import { providerTable } from './sources/provider-table.js';
import { serviceRecords } from './sources/service-records.js';
import { isAbsence } from './sources/source.js';

export interface AutoconfigureDependencies extends Pick<ConnectDependencies, 'egress' | 'trust'> {
  /** `ip` or `ip:port`; none: those of the system. */
  readonly nameServers: readonly string[];
}

/** What should be known before signing in. */
export type AutoconfigHint =
  | {
      readonly code: 'domainNotFound' | 'domainTakesNoMail' | 'noInternet' | 'usernameFromProvider';
    }
  | {
      readonly code: 'appPasswordNeeded' | 'protocolsToSwitchOn' | 'passwordNotAccepted';
      readonly provider: string;
      readonly url: string | null;
    };

export interface Autoconfiguration extends Offer {
  readonly provider: MailProvider | null;
  /** The preferred one first. */
  readonly signIn: readonly SignInKind[];
  readonly oauthProvider: MailProvider['oauth'];
  readonly hints: readonly AutoconfigHint[];
  readonly sources: readonly SourceReport[];
}

/** Of the three seconds that are promised. */
const LIMIT_MS = 2_800;
/** Then only servers that were named by then are waited for. */
const INQUIRIES_MS = 2_000;
/** The table alone, when it knows the domain: usually nobody else needs to be asked. */
const HEAD_START_MS = 800;

const OTHER_SOURCES = {
  domainConfiguration,
  serviceRecords,
  ispdb,
  mailExchanger,
  microsoft,
  mailExchangerHost,
} as const;

/** Never rejects for what servers do. */
export async function autoconfigure(
  address: MailAddress,
  { egress, trust, nameServers }: AutoconfigureDependencies,
): Promise<Autoconfiguration> {
  const ended = new AbortController();
  const names = new NameServer(nameServers);
  const connect = { egress: egress.withLookup(names.addresses), trust, signal: ended.signal };
  const fetch = fetchWith(judgedAgents(connect), ended.signal);
  const search = new Search(address, { names, fetch }, connect, LIMIT_MS);
  const isKnown = providerOfAddress(address.address) !== null;
  // until a name server has said anything, there is none to be reached
  let network: AutoconfigHint | null = { code: 'noInternet' };
  void networkHint(address, names).then((hint) => (network = hint));
  try {
    await run(search, isKnown);
    return conclusion(address, search, network);
  } finally {
    ended.abort();
    names.close();
  }
}

/** Ends when the search has enough, or the time is up. */
async function run(search: Search, isKnown: boolean): Promise<void> {
  const timers: NodeJS.Timeout[] = [];
  const after = (ms: number) =>
    new Promise<void>((resolve) => timers.push(setTimeout(resolve, ms)));
  const limit = after(LIMIT_MS);
  const inquiriesEnd = after(INQUIRIES_MS);
  try {
    search.ask('providerTable', providerTable);
    const headStart = Promise.race([search.idle, after(HEAD_START_MS)]);
    if (isKnown && (await isFirst(search.enough, headStart))) return;
    for (const [source, ask] of Object.entries(OTHER_SOURCES))
      search.ask(source as keyof typeof OTHER_SOURCES, ask);
    if (isKnown) search.skip('guess');
    else search.ask('guess', guess);
    if (await isFirst(search.enough, inquiriesEnd)) return;
    search.endInquiries();
    await Promise.race([search.enough, limit]);
  } finally {
    timers.forEach(clearTimeout);
  }
}

const isFirst = (one: Promise<void>, other: Promise<void>): Promise<boolean> =>
  Promise.race([one.then(() => true), other.then(() => false)]);

function conclusion(
  { address }: MailAddress,
  search: Search,
  network: AutoconfigHint | null,
): Autoconfiguration {
  const offered = offer(search.found());
  const best = offered.incoming[0] ?? offered.smtp[0];
  const provider = providerOfAddress(address) ?? providerOf(best);
  const told = provider?.signIn ?? best?.signIn ?? [];
  const works = [...offered.incoming, ...offered.smtp].some(({ verified }) => verified);
  return {
    ...offered,
    provider,
    signIn: told.length > 0 ? told : ['password'],
    oauthProvider: provider?.oauth ?? null,
    hints: [
      ...(network !== null && !works ? [network] : []),
      ...(best?.username === null ? [{ code: 'usernameFromProvider' } as const] : []),
      ...(provider === null ? [] : providerHints(provider)),
    ],
    sources: search.reports(),
  };
}

const providerOf = (best: FoundServer | undefined): MailProvider | null =>
  best === undefined ? null : (best.provider ?? providerOfHost(best.host));

function providerHints({ name, ...known }: MailProvider): AutoconfigHint[] {
  const { signIn, appPasswordPage, protocolSwitchPage } = known;
  const takesPassword = signIn.includes('password');
  const takesAppPassword = signIn.includes('appPassword');
  return [
    ...(takesAppPassword && !takesPassword
      ? [{ code: 'appPasswordNeeded', provider: name, url: appPasswordPage } as const]
      : []),
    ...(!takesAppPassword && !takesPassword
      ? [{ code: 'passwordNotAccepted', provider: name, url: null } as const]
      : []),
    // one page for both: said already
    ...(protocolSwitchPage !== null && protocolSwitchPage !== appPasswordPage
      ? [{ code: 'protocolsToSwitchOn', provider: name, url: protocolSwitchPage } as const]
      : []),
  ];
}

/** What the network itself says, for when no server answers. */
async function networkHint(
  { domain }: MailAddress,
  names: NameServer,
): Promise<AutoconfigHint | null> {
  // a name that is there wherever the internet is
  const isOnline = names.addresses(ISPDB_HOST).then(
    () => true,
    () => false,
  );
  try {
    const [first, ...others] = await names.mailExchangers(domain);
    // RFC 7505: the null MX
    if (first?.exchange === '' && others.length === 0) return { code: 'domainTakesNoMail' };
    return (await isOnline) ? null : { code: 'noInternet' };
  } catch (error) {
    if (!(await isOnline)) return { code: 'noInternet' };
    return isAbsence(error) ? { code: 'domainNotFound' } : null;
  }
}
