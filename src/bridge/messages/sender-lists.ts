/** Groups and signatures as they stand in the archive: every message needs them, and messages come many at a time. */
import type { GreyhoundClient, Group, Signature } from '../../greyhound/index.js';
import { JointReading } from '../joint-reading.js';

export interface SenderLists {
  readonly groups: readonly Group[];
  readonly signatures: readonly Signature[];
}

const readings = new WeakMap<GreyhoundClient, JointReading<SenderLists>>();

export function senderLists(client: GreyhoundClient): Promise<SenderLists> {
  const reading = readings.get(client) ?? new JointReading(() => ask(client));
  readings.set(client, reading);
  return reading.read();
}

async function ask({ groups, signatures }: GreyhoundClient): Promise<SenderLists> {
  const [allGroups, allSignatures] = await Promise.all([
    groups.GetList({ AdvancedFields: true }),
    signatures.GetList({ AdvancedFields: true }),
  ]);
  return { groups: allGroups, signatures: allSignatures };
}
