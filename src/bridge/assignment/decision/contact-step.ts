/** Step 4: contacts, only where the mail has none yet (SAL-164 to SAL-172). */
import type { ContactAnswer } from '../../directory/directory.js';
import type { ContactRecord, RecordRef } from '../../directory/record.js';
import type { Step, TracedResult, TracedStep } from './decision.js';

type ContactsByAddress = ReadonlyMap<string, ContactAnswer>;

export interface ContactSearch {
  readonly answer: ContactsByAddress;
  /** Each with the keys to look for, the first that is known counts. */
  readonly headerAddresses: readonly (readonly string[])[];
  readonly textAddresses: readonly (readonly string[])[];
}

export function searchContacts({
  answer,
  headerAddresses,
  textAddresses,
}: ContactSearch): TracedStep[] {
  const first = byAddresses(answer, '4a', headerAddresses);
  return first.record === null ? [first, byAddresses(answer, '4b', textAddresses)] : [first];
}

function byAddresses(
  answer: ContactsByAddress,
  step: Step,
  addresses: readonly (readonly string[])[],
): TracedStep {
  const searched = addresses.flatMap((keys) => resultOf(answer, keys));
  const found = new Map(
    searched.flatMap(({ contact }) => (contact === null ? [] : [[contact.id, contact] as const])),
  );
  const contact = chosen([...found.values()]);
  return {
    step,
    outcome: contact !== null ? 'assigned' : searched.length > 0 ? 'ambiguous' : 'nothing',
    results: searched.map(({ traced }) => traced),
    pairs: [],
    chosenBy: null,
    record: contact === null ? null : refOf(contact),
  };
}

/** The only one; of several the only active one, else the only one there is. */
function chosen(contacts: readonly ContactRecord[]): ContactRecord | null {
  const active = contacts.filter((contact) => contact.active);
  const considered = active.length > 0 ? active : contacts;
  return considered.length === 1 ? (considered[0] ?? null) : null;
}

const refOf = ({ id }: ContactRecord): RecordRef => ({ type: 'contact', id });

function resultOf(
  answer: ContactsByAddress,
  keys: readonly string[],
): { contact: ContactRecord | null; traced: TracedResult }[] {
  const address = keys.find((key) => answer.has(key));
  const known = address === undefined ? undefined : answer.get(address);
  if (address === undefined || known === undefined || known.contacts.length === 0) return [];
  const { contacts, isComplete } = known;
  const contact = chosen(contacts);
  // What is missing is inactive: active ones come first.
  const isCertain = isComplete || contact?.active === true;
  const result = isCertain ? contact : null;
  const outcome = result === null ? 'several' : 'only';
  const candidates = contacts.map(refOf);
  return [{ contact: result, traced: { address, outcome, numbers: [], candidates, isComplete } }];
}
