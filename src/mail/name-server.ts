/**
 * DNS look-ups. Not by the system's `getaddrinfo`: that cannot be interrupted, and four calls
 * that hang would stop every other look-up of the process, those of mail retrieval too.
 */
import { Resolver } from 'node:dns/promises';
import type { MxRecord, SrvRecord } from 'node:dns';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '../platform/system-error.js';
import { classifyError, MailFailure } from './errors.js';

/** For the first try; the second one may take twice as long. */
const TIMEOUT_MS = 700;

/** How long one family of addresses waits for the other (RFC 8305 §3). */
const RESOLUTION_DELAY_MS = 50;

export class NameServer {
  readonly #resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });

  /** @param servers `ip` or `ip:port`; none: those of the system */
  constructor(servers: readonly string[]) {
    if (servers.length > 0) this.#resolver.setServers(servers);
  }

  /**
   * IPv4 first: where one of the two does not get through, it is usually IPv6. Asked once a host.
   * @throws MailFailure nameNotFound, nameLookupFailed
   */
  readonly addresses = onceEach((host) => this.#lookUp(host));

  /** Asked once a domain. @throws MailFailure nameNotFound: the domain does not exist; nameLookupFailed */
  readonly mailExchangers = onceEach(async (domain): Promise<readonly MxRecord[]> => {
    const found = await unlessEmpty(domain, this.#resolver.resolveMx(domain));
    return [...(found ?? [])].sort((one, other) => one.priority - other.priority);
  });

  /** The ones to be tried first at the beginning (RFC 2782). @throws MailFailure nameLookupFailed */
  async services(name: string): Promise<readonly SrvRecord[]> {
    const found = await orNothing(unlessEmpty(name, this.#resolver.resolveSrv(name)));
    return [...(found ?? [])].sort(
      (one, other) => one.priority - other.priority || other.weight - one.weight,
    );
  }

  /** Where a name leads (CNAME); null when it is no alias. @throws MailFailure nameLookupFailed */
  async aliasOf(name: string): Promise<string | null> {
    const found = await orNothing(unlessEmpty(name, this.#resolver.resolveCname(name)));
    return found?.[0] ?? null;
  }

  /** Ends what is under way. */
  close(): void {
    this.#resolver.cancel();
  }

  async #lookUp(host: string): Promise<readonly string[]> {
    const ipv4 = family(host, this.#resolver.resolve4(host));
    const ipv6 = family(host, this.#resolver.resolve6(host));
    const found = await Promise.all([orSoonAfter(ipv6, ipv4), orSoonAfter(ipv4, ipv6)]);
    const addresses = found.flatMap((one) => one.addresses);
    if (addresses.length > 0) return addresses;
    const failed = found.find(({ failure }) => failure !== null)?.failure;
    throw failed ?? new MailFailure('nameNotFound', { params: { host } });
  }
}

function onceEach<T>(ask: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const asked = new Map<string, Promise<T>>();
  return (name) => {
    const found = asked.get(name) ?? ask(name);
    asked.set(name, found);
    return found;
  };
}

interface Family {
  readonly addresses: readonly string[];
  readonly failure: MailFailure | null;
}

async function family(host: string, lookup: Promise<readonly string[]>): Promise<Family> {
  try {
    const found = await orNothing(unlessEmpty(host, lookup));
    return { addresses: found ?? [], failure: null };
  } catch (error) {
    return { addresses: [], failure: classifyError(error) };
  }
}

/** Waits no longer than a moment when the other family has found something. */
const orSoonAfter = (other: Promise<Family>, own: Promise<Family>): Promise<Family> =>
  Promise.race([
    own,
    other.then(({ addresses }) =>
      addresses.length === 0 ? own : sleep(RESOLUTION_DELAY_MS, { addresses: [], failure: null }),
    ),
  ]);

/** null when the name is there but has no such record. */
async function unlessEmpty<T>(name: string, lookup: Promise<T>): Promise<T | null> {
  try {
    return await lookup;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENODATA') return null;
    throw new MailFailure(code === 'ENOTFOUND' ? 'nameNotFound' : 'nameLookupFailed', {
      params: { host: name },
      cause: error,
    });
  }
}

async function orNothing<T>(lookup: Promise<T | null>): Promise<T | null> {
  try {
    return await lookup;
  } catch (error) {
    if (error instanceof MailFailure && error.code === 'nameNotFound') return null;
    throw error;
  }
}
