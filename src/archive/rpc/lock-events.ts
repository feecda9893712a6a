/**
 * Locks as events. The reference gives every unit an event of one name, `LockStateChanged`; so that they can be told
 * apart, `Parameters` name the service, too.
 */
import { RpcLockData } from '../../greyhound/index.js';
import type { EventQueues } from './events.js';
import type { LockTable, LockUnit } from './locks.js';

const services: Readonly<Record<LockUnit, string>> = {
  pop3: 'RpcPop3Accounts',
  smtp: 'RpcSmtpAccounts',
  group: 'RpcGroups',
  signature: 'RpcSignatures',
  filter: 'RpcFilters',
  rule: 'RpcRules',
  topic: 'RpcTopics',
  color: 'RpcColors',
  textblock: 'RpcTextBlocks',
  user: 'RpcUsers',
  item: 'RpcItems',
};

export function publishLocks(locks: LockTable, events: EventQueues): void {
  locks.onChange(({ realmId, unit, ids, lockData }) => {
    const Service = services[unit];
    const LockData = RpcLockData.encode(lockData);
    if (unit === 'item')
      events.publish(realmId, 'LockStateChanged', { Service, IDs: ids, LockData });
    else
      for (const ID of ids) events.publish(realmId, 'LockStateChanged', { Service, ID, LockData });
  });
}
