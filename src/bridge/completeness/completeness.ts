/** Proof of completeness, preview of deletion and quarantine of an incoming account, as the archive tells them. */
import {
  type Completeness as WireCompleteness,
  type GreyhoundClient,
  type Pop3Account,
} from '../../greyhound/index.js';
import { applyIncoming } from '../accounts/incoming-wire.js';
import type { ArchiveAccess } from '../archive-access.js';
import { asked } from '../archive-faults.js';
import { refuse } from '../failure.js';
import { factsOf, readAccounts, type AccountSnapshot } from '../provisioning/snapshot.js';
import type { Limits } from '../provisioning/verify.js';
import type { Completeness, DeletionPreview, PreviewRequest, QuarantinedMail } from './schemas.js';

export interface CompletenessDependencies {
  readonly access: ArchiveAccess;
  readonly limits: Limits;
}

export interface PreviewOptions {
  /** Most mails that are listed. */
  readonly limit: number;
  readonly withSubjects: boolean;
}

interface Known {
  readonly client: GreyhoundClient;
  readonly account: Pop3Account;
  readonly snapshot: AccountSnapshot;
}

/** Every method throws BridgeFailure notFound, and notSupportedByArchive without RpcMailBridge. */
export class MailboxCompleteness {
  constructor(private readonly dependencies: CompletenessDependencies) {}

  /** As of the end of the last session. */
  async last(id: number): Promise<Completeness> {
    const { client } = await this.#known(id);
    const list = await client.mailBridge.GetCompletenessList();
    const found = list.find(({ AccountRef }) => AccountRef === id);
    if (found === undefined) throw refuse('notFound');
    return toCompleteness(found);
  }

  /** @throws MailFailure when the server cannot be asked */
  async check(id: number): Promise<Completeness> {
    const { client } = await this.#known(id);
    return toCompleteness(await asked(client.mailBridge.CheckCompleteness({ ID: id })));
  }

  /** @throws MailFailure when the server cannot be asked and something that is stored could be removed */
  async preview(
    id: number,
    request: PreviewRequest,
    { limit, withSubjects }: PreviewOptions,
  ): Promise<DeletionPreview> {
    const { client, account, snapshot } = await this.#known(id);
    const { Delete, DeleteAge, DeleteSync } = applyIncoming(account, request, snapshot.units);
    const settings = { ID: id, Delete, DeleteAge, DeleteSync, Limit: limit };
    const preview = await asked(client.mailBridge.GetDeletionPreview(settings));
    return {
      completeness: toCompleteness(preview.Completeness),
      count: preview.Count,
      sizeBytes: preview.Size,
      messages: preview.Mails.map(({ ItemRef, Subject, Size, StoredAt }) => ({
        messageId: ItemRef === 0 ? null : ItemRef,
        subject: ItemRef === 0 || !withSubjects ? null : Subject,
        sizeBytes: Size,
        storedAt: StoredAt?.toISOString() ?? null,
      })),
    };
  }

  async quarantine(id: number): Promise<QuarantinedMail[]> {
    const { client } = await this.#known(id);
    const list = await client.mailBridge.GetQuarantineList();
    return list
      .filter(({ AccountRef }) => AccountRef === id)
      .map(({ ID, Uidl, Size, Attempts, Reason, Since }) => ({
        id: ID,
        uidl: Uidl,
        sizeBytes: Size,
        attempts: Attempts,
        reason: Reason,
        since: Since?.toISOString() ?? null,
      }));
  }

  /** Has the mail fetched again. @throws BridgeFailure managedExternally */
  async retry(id: number, quarantineId: number): Promise<void> {
    const { client, account, snapshot } = await this.#known(id);
    const { managedExternally } = factsOf(
      snapshot,
      'incoming',
      id,
      this.dependencies.limits.incoming,
    );
    if (managedExternally) throw refuse('managedExternally', { params: { name: account.Name } });
    const own = await this.quarantine(id);
    if (!own.some((mail) => mail.id === quarantineId)) throw refuse('notFound');
    await client.mailBridge.RetryQuarantined({ ID: quarantineId });
  }

  async #known(id: number): Promise<Known> {
    const { access } = this.dependencies;
    const [client, snapshot] = await Promise.all([access.client(), readAccounts(access)]);
    const account = snapshot.incoming.find(({ ID }) => ID === id);
    if (account === undefined) throw refuse('notFound');
    if (!snapshot.hasMailBridge) throw refuse('notSupportedByArchive');
    return { client, account, snapshot };
  }
}

const toCompleteness = (found: WireCompleteness): Completeness => ({
  checkedAt: found.CheckedAt?.toISOString() ?? null,
  onServer: found.OnServer,
  stored: found.Stored,
  missing: found.Missing,
  quarantined: found.Quarantined,
  unidentified: found.Unidentified,
  passedOver: found.PassedOver,
  damaged: found.Damaged,
  complete:
    found.CheckedAt !== null &&
    found.Stored + found.PassedOver === found.OnServer &&
    found.Damaged === 0,
});
