/** The one way from the bridge to its mail archive. Implemented by settings/, used by everything else. */
import type { GreyhoundClient } from '../greyhound/index.js';

export interface ArchiveAccess {
  /**
   * The client for the archive that is configured now.
   * @throws BridgeFailure notConfigured or interfaceDisabled; then not a single request leaves the bridge.
   */
  client(): Promise<GreyhoundClient>;
  /** Whether the archive serves RpcMailBridge (asked once a connection). */
  hasMailBridge(): Promise<boolean>;
}
