/** What the decision takes and gives. */
import type {
  ContactAnswer,
  TradeAnswer,
  TradeQuestion,
  TradeType,
} from '../../directory/directory.js';
import type { RecordRef } from '../../directory/record.js';
import type { FoundInMail, Place } from '../reading/found-in-mail.js';

/** Numbers as in Salesware's rules; `mark`: by our own mark, beyond them; `none`: nothing; `noop`: left alone. */
export const steps = [
  '1',
  '2a',
  '2b',
  '2c',
  '3a',
  '3b',
  '3c',
  '4a',
  '4b',
  'mark',
  'none',
  'noop',
] as const;
export type Step = (typeof steps)[number];

export const sources = ['automatic', 'coAssigned', 'history', 'manual'] as const;
export type AssignmentSource = (typeof sources)[number];

export interface Assignment extends RecordRef {
  readonly source: AssignmentSource;
}

export interface Removal {
  readonly record: RecordRef;
  /** Whether a rule had made the assignment that a person removed. */
  readonly wasAutomatic: boolean;
}

export interface HistoryMail {
  /** The archive's; null for a mail that is given in a preview. */
  readonly messageId: number | null;
  /** null: older than the mail, in the order given. */
  readonly date: Date | null;
  readonly isSameThread: boolean;
  readonly assigned: readonly RecordRef[];
  readonly removed: readonly Removal[];
}

export type IgnoredBy =
  | { readonly kind: 'user' | 'group' }
  /** As it stands in the list. */
  | { readonly kind: 'blocklist'; readonly entry: string };

/** What may differ from one installation to another; all off unless told. */
export interface Policies {
  /** A record that a later mail of the history removed by hand is not taken over from an earlier one. */
  readonly removalWins: boolean;
  /** `info+lager@x` is looked for as `info@x`, too. */
  readonly plusFolding: boolean;
  /** An entry `example.com` of the blocklist covers its sub-domains. */
  readonly domainEntryMatchesSubdomains: boolean;
  /** Also when a mail arrives, not only when it is opened or sent. */
  readonly onArrival: boolean;
  /** Outgoing mails carry a mark by which answers to them are recognised. */
  readonly trackingMark: boolean;
  /** Candidates are offered where the rules end ambiguous. */
  readonly suggestions: boolean;
}

export const defaultPolicies: Policies = {
  removalWins: false,
  plusFolding: false,
  domainEntryMatchesSubdomains: false,
  onArrival: false,
  trackingMark: false,
  suggestions: false,
};

export interface DecisionInput {
  readonly found: FoundInMail;
  readonly date: Date | null;
  readonly history: readonly HistoryMail[];
  /** What stands at the mail now, and what was there. */
  readonly pre: {
    readonly assigned: readonly Assignment[];
    readonly removed: readonly Removal[];
    readonly everOrder: boolean;
    readonly everOffer: boolean;
  };
  /** Addresses that are no search keys, with the reason. */
  readonly ignored: ReadonlyMap<string, IgnoredBy>;
  /** What stands at the sent mails whose mark this one carries. Empty unless the policy is on. */
  readonly marked: readonly RecordRef[];
  readonly policies: Policies;
}

/** What the directory has said so far. */
export interface Answers {
  /** Records of the history that exist. */
  readonly existing?: readonly RecordRef[];
  readonly order?: TradeAnswer;
  readonly offer?: TradeAnswer;
  readonly contact?: ReadonlyMap<string, ContactAnswer>;
}

/** What has to be asked before the decision can be made. */
export type Question =
  | { readonly kind: 'existing'; readonly records: readonly RecordRef[] }
  | { readonly kind: TradeType; readonly question: TradeQuestion }
  | { readonly kind: 'contact'; readonly addresses: readonly string[] };

// --- the trace ---

export interface TracedAddress {
  readonly address: string;
  readonly places: readonly Place[];
  readonly ignoredBy: IgnoredBy | null;
}

export interface TracedReference {
  readonly reference: string;
  /** As written in the mail. */
  readonly text: string;
  readonly places: readonly ('subject' | 'body')[];
  /** Whether it stands at any record that was asked for. */
  readonly isKnown: boolean;
}

export interface TracedHistory {
  readonly messageId: number | null;
  readonly outcome: 'skipped' | 'assigned' | 'removed';
  /** Records that no longer exist. */
  readonly gone: readonly RecordRef[];
  /** Records that a later mail removed (policy removalWins). */
  readonly withheld: readonly RecordRef[];
}

export interface TracedResult {
  readonly address: string;
  /** The only record; chosen by a number; several and none chosen. */
  readonly outcome: 'only' | 'byNumber' | 'several';
  /** Numbers that stand at one of the candidates alone. */
  readonly numbers: readonly string[];
  readonly candidates: readonly RecordRef[];
  /** Whether there are no more candidates than these. */
  readonly isComplete: boolean;
}

export interface TracedStep {
  readonly step: Step;
  readonly outcome: 'assigned' | 'ambiguous' | 'nothing';
  /** One for each address that leads to a record. */
  readonly results: readonly TracedResult[];
  /** Of 2c and 3c: numbers that stand together at this record alone. */
  readonly pairs: readonly {
    readonly references: readonly [string, string];
    readonly record: RecordRef;
  }[];
  /** The number that chose between the results of several addresses. */
  readonly chosenBy: string | null;
  readonly record: RecordRef | null;
}

export interface Trace {
  readonly history: readonly TracedHistory[];
  /** At most TRACE_LIMIT, in the order of the mail. */
  readonly addresses: readonly TracedAddress[];
  readonly addressCount: number;
  /** At most TRACE_LIMIT, known ones first. */
  readonly references: readonly TracedReference[];
  readonly referenceCount: number;
  readonly steps: readonly TracedStep[];
}

export const TRACE_LIMIT = 100;

export interface Decision {
  /** Where the mail's first record was found. */
  readonly step: Step;
  readonly assignments: readonly Assignment[];
  /** Candidates of the step that ended ambiguous; empty unless the policy is on. */
  readonly suggestions: readonly RecordRef[];
  readonly trace: Trace;
}
