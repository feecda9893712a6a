/** The embedded archive in the test's own process: on a free port, armed, silent. */
import { openArchive, type Archive } from '../../src/archive/index.js';
import type { ConnectDependencies } from '../../src/mail/endpoint.js';
import { alwaysArmed } from '../../src/platform/arming.js';
import { systemClock } from '../../src/platform/clock.js';
import { EgressPolicy } from '../../src/platform/egress.js';
import { createLogger } from '../../src/platform/log.js';
import { Vault } from '../../src/platform/vault.js';

interface Realm {
  readonly username: string;
  readonly password: string;
}

export interface EmbeddedArchiveOptions {
  readonly dataDir: string;
  readonly realm: Realm;
  /** To which mail servers; to none that are local unless told. */
  readonly connect?: ConnectDependencies;
}

export const openEmbeddedArchive = ({
  dataDir,
  realm,
  connect = { egress: EgressPolicy.parse(''), trust: {} },
}: EmbeddedArchiveOptions): Promise<Archive> =>
  openArchive({
    ...connect,
    dataDir,
    realm,
    host: '127.0.0.1',
    port: 0,
    publicUrl: () => 'http://127.0.0.1:8080',
    vault: new Vault([Vault.newKey()]),
    arming: alwaysArmed,
    diskReserveBytes: 0,
    clock: systemClock,
    logger: createLogger('silent'),
  });
