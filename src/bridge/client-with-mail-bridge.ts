import type { GreyhoundClient } from '../greyhound/index.js';
import type { ArchiveAccess } from './archive-access.js';
import { refuse } from './failure.js';

/** For what only RpcMailBridge can do. @throws BridgeFailure notSupportedByArchive, and as ArchiveAccess.client */
export async function clientWithMailBridge(access: ArchiveAccess): Promise<GreyhoundClient> {
  const client = await access.client();
  if (!(await access.hasMailBridge())) throw refuse('notSupportedByArchive');
  return client;
}
