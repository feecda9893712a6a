/** Groups: created with their account only; here their address can be changed and nothing else (SAL-121, SAL-122). */
import type { Group as WireGroup } from '../../greyhound/index.js';
import type { ArchiveAccess } from '../archive-access.js';
import { listVersion } from '../changesets/list-version.js';
import type { SaveResult, Saving } from '../changesets/save.js';
import { noChanges, type GroupUpdate } from '../changesets/schemas.js';
import { refuse } from '../failure.js';
import { groupTag } from './group-tag.js';

export interface Group {
  readonly id: number;
  readonly name: string;
  /** Sender address of mails for which the group is chosen (SAL-123). */
  readonly email: string;
  readonly parentId: number | null;
}

export interface GroupDependencies {
  readonly access: ArchiveAccess;
  readonly saving: Saving;
}

const view = (group: WireGroup): Group => ({
  id: group.ID,
  name: group.Name,
  email: group.Email,
  parentId: group.ParentRef === 0 ? null : group.ParentRef,
});

export class Groups {
  constructor(private readonly dependencies: GroupDependencies) {}

  async list(): Promise<{ readonly items: readonly Group[]; readonly version: string }> {
    const groups = await this.#read();
    const entries = groups.map((group) => ({
      id: group.ID,
      name: group.Name,
      tag: groupTag(group),
    }));
    return { items: groups.map(view), version: listVersion(entries) };
  }

  /** @throws BridgeFailure notFound */
  async get(id: number): Promise<{ readonly group: Group; readonly tag: string }> {
    const group = (await this.#read()).find(({ ID }) => ID === id);
    if (group === undefined) throw refuse('notFound');
    return { group: view(group), tag: groupTag(group) };
  }

  /** @param tag of the state that the caller knows */
  update(
    installationId: string,
    id: number,
    update: GroupUpdate,
    tag: string,
  ): Promise<SaveResult> {
    return this.dependencies.saving.save({
      installationId,
      changes: { ...noChanges, groups: { update: [{ id, ...update }] } },
      guard: { list: 'groups', id, tag },
      path: () => '',
    });
  }

  async #read(): Promise<WireGroup[]> {
    const client = await this.dependencies.access.client();
    return client.groups.GetCompleteList({ AdvancedFields: true });
  }
}
