/**
 * The connection to the archive that the settings name. One client serves a configuration as long as it stands; a
 * changed one gets a new client. The client id is the data folder's, so that locks survive a change.
 */
import {
  ArchiveFailure,
  GreyhoundClient,
  MAIL_BRIDGE_ADD_ON,
  type ArchiveConnectionOptions,
} from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { BridgeFailure } from '../failure.js';
import type { EffectiveSettings, Settings } from './settings.js';

export const REQUIRED_VERSION = 5;

/** What an archive says about itself. */
export interface ArchiveFacts {
  /** As the archive writes it; '' when it does not tell. */
  readonly version: string;
  readonly hasMailBridge: boolean;
}

interface Connection {
  readonly revision: number;
  readonly client: GreyhoundClient;
  /** Asked once; forgotten when the asking failed. */
  facts: Promise<ArchiveFacts> | undefined;
}

export class ArchiveConnection implements ArchiveAccess {
  readonly #settings: Settings;
  readonly #clientId: string;
  #connection: Connection | undefined;

  constructor(settings: Settings, clientId: string) {
    this.#settings = settings;
    this.#clientId = clientId;
  }

  /** @throws BridgeFailure notConfigured, interfaceDisabled, archiveVersionTooOld; ArchiveFailure */
  async client(): Promise<GreyhoundClient> {
    const connection = await this.#current();
    requireVersion(await this.#facts(connection));
    return connection.client;
  }

  async hasMailBridge(): Promise<boolean> {
    return (await this.facts()).hasMailBridge;
  }

  async facts(): Promise<ArchiveFacts> {
    return this.#facts(await this.#current());
  }

  /**
   * Which archive it is: message ids mean something within one archive only. Its address and user tell one from
   * another.
   */
  async archiveId(): Promise<string> {
    const { archive, url, username } = await this.#settings.read();
    return archive === 'embedded' ? archive : `${username ?? ''}@${url ?? ''}`.toLowerCase();
  }

  close(): void {
    this.#connection?.client.close();
    this.#connection = undefined;
  }

  async #current(): Promise<Connection> {
    const settings = await this.#settings.read();
    const options = connectionOptions(settings, this.#clientId);
    if (this.#connection?.revision === settings.revision) return this.#connection;
    this.close();
    this.#connection = {
      revision: settings.revision,
      client: new GreyhoundClient(options),
      facts: undefined,
    };
    return this.#connection;
  }

  async #facts(connection: Connection): Promise<ArchiveFacts> {
    connection.facts ??= askFacts(connection.client);
    try {
      return await connection.facts;
    } catch (error) {
      connection.facts = undefined;
      throw error;
    }
  }
}

/** @throws BridgeFailure interfaceDisabled, notConfigured */
export function connectionOptions(
  settings: EffectiveSettings,
  clientId: string,
): ArchiveConnectionOptions {
  const { url, username, password, serverName, caCertificate } = settings;
  if (url === null || username === null || username === '' || password === null)
    throw new BridgeFailure('notConfigured', { disposition: 'actionRequired', origin: 'bridge' });
  if (!settings.enabled)
    throw new BridgeFailure('interfaceDisabled', {
      disposition: 'actionRequired',
      origin: 'bridge',
    });
  return {
    url,
    username,
    password,
    clientId,
    ...(serverName === null ? {} : { serverName }),
    ...(caCertificate === null ? {} : { caCertificate }),
  };
}

export async function askFacts(client: GreyhoundClient): Promise<ArchiveFacts> {
  const [info, addOns] = await Promise.all([
    client.info.GetServerInfo({ AdvancedFields: false }),
    client.info.GetAddOnList().catch((error: unknown) => {
      // An older server, or one whose rights forbid it: then it has no add-on that we could use.
      if (error instanceof ArchiveFailure && error.code === 'archiveFault') return [];
      throw error;
    }),
  ]);
  return {
    version: info.Version.trim(),
    hasMailBridge: addOns.some((addOn) => addOn.Name === MAIL_BRIDGE_ADD_ON),
  };
}

/** Null when the archive does not tell. */
export function majorVersion(version: string): number | null {
  const match = /\d+/.exec(version);
  return match === null ? null : Number(match[0]);
}

function requireVersion({ version }: ArchiveFacts): void {
  const major = majorVersion(version);
  if (major === null || major >= REQUIRED_VERSION) return;
  throw new BridgeFailure('archiveVersionTooOld', {
    disposition: 'actionRequired',
    origin: 'archive',
    params: { found: version, required: REQUIRED_VERSION },
  });
}
