/**
 * Agents for HTTP clients that stand on node:http (axios among them). Every connection goes where the egress policy
 * lets mail connections go, and nowhere else: a name is resolved once, and the connection is made to an address that
 * was judged. So redirects are judged too, and agents may serve any number of requests to any hosts.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, isIPv6, type LookupFunction } from 'node:net';
import { EgressBlocked, type EgressPolicy } from '../platform/egress.js';
import { secureContext } from './connect.js';
import type { ConnectDependencies } from './endpoint.js';

/** As axios takes them. */
export interface JudgedAgents {
  readonly httpAgent: HttpAgent;
  /** TLS 1.2 or later; the same authorities as for mail servers. */
  readonly httpsAgent: HttpsAgent;
}

/** A refused connection fails with EgressBlocked, for axios in the error's `cause`. Nothing is kept open. */
export function judgedAgents({
  egress,
  trust,
}: Pick<ConnectDependencies, 'egress' | 'trust'>): JudgedAgents {
  return {
    httpAgent: judging(new HttpAgent(), egress),
    httpsAgent: judging(new HttpsAgent({ secureContext: secureContext(trust) }), egress),
  };
}

function judging<A extends HttpAgent>(agent: A, egress: EgressPolicy): A {
  const connect = agent.createConnection.bind(agent);
  const lookup = judgedLookup(egress);
  agent.createConnection = (options, done) => {
    // nothing is looked up for a literal address, so it is judged here
    const host = options.host ?? '';
    const isRefused = isIP(host) !== 0 && !egress.allows(host);
    if (!isRefused) return connect({ ...options, lookup }, done);
    // the type asks for a stream even with an error
    (done as ((error: Error) => void) | undefined)?.(new EgressBlocked(host, [host]));
    return undefined;
  };
  return agent;
}

const judgedLookup =
  (egress: EgressPolicy): LookupFunction =>
  (host, { all }, done) => {
    egress.resolveAllowed(host).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
        if (all === true) done(null, found);
        else done(null, found[0]?.address ?? '', found[0]?.family);
      },
      (error: unknown) => done(error as NodeJS.ErrnoException, ''),
    );
  };
