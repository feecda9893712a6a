/**
 * A link ties an account to a sign-in at its provider. The archive holds what the provider gave; the bridge holds who
 * asked for it, how far it is, and the reference that has to be written into the account's `Password`.
 */
export type AccountKind = 'incoming' | 'smtp';

export interface AccountRef {
  readonly kind: AccountKind;
  readonly id: number;
}

export const accountKey = ({ kind, id }: AccountRef): string => `${kind}/${String(id)}`;

export const linkFlows = ['redirect', 'device', 'application', 'adminConsent'] as const;
export type LinkFlow = (typeof linkFlows)[number];

/** Whose mailbox is to be linked, and where. */
export interface LinkTarget {
  readonly kind: AccountKind;
  /** null: the account does not exist yet. */
  readonly accountId: number | null;
  readonly host: string;
  /** The mailbox. */
  readonly address: string;
  /** Who may sign in instead; '' = nobody. */
  readonly delegate: string;
}

/** How the archive knows a sign-in. It goes back to the service that gave it. */
export interface SignInHandle {
  readonly identifier: string;
  readonly kind: string;
  readonly through: 'mailBridge' | 'accounts';
}

/** Why a link is not there, without words. */
export interface LinkFailure {
  readonly code: string;
  readonly params: Readonly<Record<string, string>>;
}

/** A step of a save, as the journal knows it. */
export interface StepRef {
  readonly operationId: string;
  readonly stepId: string;
}

/** The save that uses a link. Its journal says what became of it, also after a crash. */
export interface LinkClaim extends StepRef {
  /** The step that writes the same to the SMTP account of the same name; null: none. */
  readonly copyStepId: string | null;
}

export interface LinkSession {
  readonly id: string;
  readonly target: LinkTarget;
  readonly flow: LinkFlow;
  /** Where the browser goes at the end; null: it shows a page. */
  readonly returnUrl: string | null;
  readonly handle: SignInHandle;
  /** '' when nobody has to open anything. */
  readonly url: string;
  readonly userCode: string;
  readonly verificationUrl: string;
  readonly provider: string;
  readonly expiresAt: string;
  /** `finished`: signed in, and the reference is here. */
  readonly state: 'pending' | 'finished' | 'consentGranted' | 'failed';
  readonly reference: string;
  readonly signedInAs: string;
  readonly failure: LinkFailure | null;
  readonly claim: LinkClaim | null;
  /** An account signs in with it. */
  readonly used: boolean;
  /** What the account complained of when the link was begun: it says nothing about the new link. */
  readonly knownError: string;
}

/** The latest try to link an account, while it has not ended well. */
export interface LinkAttempt {
  readonly linkId: string;
  readonly state: 'pending' | 'consentGranted' | 'failed';
  readonly until: string;
  readonly failure: LinkFailure | null;
}

/** What only the bridge knows of an account's link. */
export interface LinkRecord {
  /** When a link was last written to the account; null: none was, or it was taken away again. */
  readonly linkedAt: string | null;
  /** Incoming account of the same name whose link was written here too; null: the link is its own. */
  readonly via: number | null;
  readonly attempt: LinkAttempt | null;
  /** A save that takes the link away and has not been heard of again; until then it counts as taken. */
  readonly leaving: StepRef | null;
  readonly knownError: string;
}

export const noRecord: LinkRecord = {
  linkedAt: null,
  via: null,
  attempt: null,
  leaving: null,
  knownError: '',
};

/** Everything that the bridge itself knows, read at one moment. */
export interface KnownLinks {
  readonly at: Date;
  readonly records: ReadonlyMap<string, LinkRecord>;
}

export const nothingKnown: KnownLinks = { at: new Date(0), records: new Map() };
