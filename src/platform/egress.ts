/**
 * Which addresses a host named by a user may lead to. A name is resolved once, every address is judged, and the
 * connection goes to a judged address: nothing is resolved a second time, so DNS cannot be changed in between
 * (DNS rebinding). Everything that is not globally routable unicast counts as inside the network and is refused
 * unless the operator allows it (`MB_EGRESS_ALLOW`).
 */
import { lookup as dnsLookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** Resolves a host name to all its addresses, in the order in which they should be tried. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** Raised when every address of a host lies inside the network. */
export class EgressBlocked extends Error {
  override readonly name = 'EgressBlocked';

  constructor(
    readonly host: string,
    readonly addresses: readonly string[],
  ) {
    super(`${host} leads to an address that mail connections may not reach`);
  }
}

export const systemLookup: Lookup = async (host) =>
  (await dnsLookup(host, { all: true, verbatim: true })).map((found) => found.address);

/** Assigned global unicast space (RFC 4291 §2.4, IANA registry); ipaddr.js calls the rest of IPv6 unicast too. */
const GLOBAL_UNICAST_V6: Network = ipaddr.parseCIDR('2000::/3');

export class EgressPolicy {
  private constructor(
    private readonly allowed: readonly Network[],
    private readonly lookup: Lookup,
  ) {}

  /**
   * @param list networks in CIDR form or single addresses, separated by commas; empty allows nothing inside
   * @throws Error naming the first entry that is neither
   */
  static parse(list: string, lookup: Lookup = systemLookup): EgressPolicy {
    const entries = list.split(',').map((entry) => entry.trim());
    return new EgressPolicy(entries.filter((entry) => entry !== '').map(parseNetwork), lookup);
  }

  /** The same rules for names that are looked up in another way. */
  withLookup(lookup: Lookup): EgressPolicy {
    return new EgressPolicy(this.allowed, lookup);
  }

  /** Whether a connection to this literal address may be made. */
  allows(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const literal = ipaddr.parse(address);
    // An IPv4-mapped address (RFC 4291 §2.5.5.2) reaches the IPv4 network: the operator's entry for that one counts.
    const reached = ipaddr.process(address);
    return isGlobalUnicast(literal) || this.allowed.some((network) => contains(network, reached));
  }

  /**
   * The addresses of a host that may be connected to, in the resolver's order; never empty.
   * @throws EgressBlocked when there are addresses but none is allowed; the resolver's own error otherwise
   */
  async resolveAllowed(host: string): Promise<readonly string[]> {
    const addresses = ipaddr.isValid(host) ? [host] : await this.lookup(host);
    const allowed = addresses.filter((address) => this.allows(address));
    if (allowed.length === 0) throw new EgressBlocked(host, addresses);
    return allowed;
  }
}

function isGlobalUnicast(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || contains(GLOBAL_UNICAST_V6, address);
}

function contains([network, bits]: Network, address: Address): boolean {
  if (network instanceof ipaddr.IPv4)
    return address instanceof ipaddr.IPv4 && address.match(network, bits);
  return address instanceof ipaddr.IPv6 && address.match(network, bits);
}

function parseNetwork(entry: string): Network {
  const [address = '', bits, ...more] = entry.split('/');
  // ipaddr.js reads "10/8" as 0.0.0.10/8: ask for a full address.
  const isFull = address.includes(':') || address.split('.').length === 4;
  try {
    if (!isFull || more.length > 0) throw new Error('not an address');
    if (bits !== undefined) return ipaddr.parseCIDR(entry);
    const single = ipaddr.parse(address);
    return [single, single.kind() === 'ipv4' ? 32 : 128];
  } catch (cause) {
    throw new Error(
      `"${entry}" is not a network: write it as 192.168.10.0/24 or fd00:1::/32, several separated by commas`,
      { cause },
    );
  }
}
