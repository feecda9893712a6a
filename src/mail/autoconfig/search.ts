/**
 * One search: sources are asked at the same time, and every server is tried as soon as it is named. It has enough when
 * the most trusted sources have led to servers that work, whatever the others would say.
 */
import type { ConnectDependencies } from '../endpoint.js';
import type { MailProtocol } from '../customary-port.js';
import { SOURCES, type Candidate, type Source } from './candidate.js';
import type { MailAddress } from './names.js';
import { serverKey, type FoundServer } from './offer.js';
import { isAbsence, type AskSource, type SourceDependencies } from './sources/source.js';
import { unanswered, verify, type Verification } from './verification.js';

export interface SourceReport {
  readonly source: Source;
  readonly outcome: 'found' | 'nothing' | 'failed' | 'timedOut' | 'notNeeded';
  readonly durationMs: number;
}

/** How long servers beside those that work already are waited for. */
const GRACE_MS = 1_000;

interface Inquiry {
  /** null: no answer yet. */
  outcome: SourceReport['outcome'] | null;
  candidates: readonly Candidate[];
  readonly since: number;
  durationMs: number;
}

interface Decision {
  readonly sources: number;
  /** Whether every server that they named was tried. */
  readonly isComplete: boolean;
}

export class Search {
  /** Resolves when nothing that is still to come would change the result. */
  readonly enough: Promise<void>;
  /** Resolves when all that were asked have answered, and every server they named was tried. */
  readonly idle: Promise<void>;
  readonly #inquiries = new Map<Source, Inquiry>();
  readonly #verifications = new Map<string, Verification | null>();
  readonly #startedAt = performance.now();
  #haveEnough: () => void = () => undefined;
  #becomeIdle: () => void = () => undefined;
  #grace: NodeJS.Timeout | null = null;

  constructor(
    private readonly address: MailAddress,
    private readonly dependencies: SourceDependencies,
    private readonly connect: ConnectDependencies,
    private readonly limitMs: number,
  ) {
    this.enough = new Promise((resolve) => (this.#haveEnough = resolve));
    this.idle = new Promise((resolve) => (this.#becomeIdle = resolve));
  }

  ask(source: Source, ask: AskSource): void {
    const since = performance.now();
    const inquiry: Inquiry = { outcome: null, candidates: [], since, durationMs: 0 };
    this.#inquiries.set(source, inquiry);
    ask(this.address, this.dependencies).then(
      (found) => this.#end(inquiry, found.length > 0 ? 'found' : 'nothing', found),
      (error: unknown) => this.#end(inquiry, isAbsence(error) ? 'nothing' : 'failed'),
    );
  }

  skip(source: Source): void {
    const since = performance.now();
    this.#inquiries.set(source, { outcome: 'notNeeded', candidates: [], since, durationMs: 0 });
  }

  /** What has not answered is not waited for any more; servers that are being tried are. */
  endInquiries(): void {
    for (const inquiry of this.#inquiries.values()) this.#end(inquiry, 'timedOut');
  }

  /** What is known by now, the most trusted source first. */
  found(): readonly FoundServer[] {
    const decision = this.#decide();
    const late = decision === null ? unanswered(performance.now() - this.#startedAt) : null;
    return SOURCES.slice(0, decision?.sources)
      .flatMap((source) => this.#inquiries.get(source)?.candidates ?? [])
      .flatMap((candidate) => {
        const verification = this.#verificationOf(candidate) ?? late;
        return verification === null ? [] : [{ ...candidate, ...verification }];
      });
  }

  reports(): readonly SourceReport[] {
    const needed = this.#decide()?.sources ?? SOURCES.length;
    return SOURCES.map((source, index) => {
      const inquiry = this.#inquiries.get(source);
      const unfinished = index < needed ? 'timedOut' : 'notNeeded';
      return {
        source,
        outcome: inquiry?.outcome ?? unfinished,
        durationMs: Math.round(inquiry?.durationMs ?? 0),
      };
    });
  }

  #end(inquiry: Inquiry, outcome: SourceReport['outcome'], found: readonly Candidate[] = []): void {
    if (inquiry.outcome !== null) return;
    inquiry.outcome = outcome;
    inquiry.candidates = found;
    inquiry.durationMs = performance.now() - inquiry.since;
    for (const candidate of inquiry.candidates) this.#verify(candidate);
    this.#look();
  }

  #verify(candidate: Candidate): void {
    const key = serverKey(candidate);
    if (this.#verifications.has(key)) return;
    this.#verifications.set(key, null);
    const leftMs = this.limitMs - (performance.now() - this.#startedAt);
    const settle = (verification: Verification) => {
      this.#verifications.set(key, verification);
      this.#look();
    };
    verify(candidate, this.connect, Math.max(leftMs, 1)).then(settle, () => settle(unanswered(0)));
  }

  #verificationOf(candidate: Candidate): Verification | null {
    return this.#verifications.get(serverKey(candidate)) ?? null;
  }

  #look(): void {
    const decision = this.#decide();
    if (decision?.isComplete === true) this.#haveEnough();
    else if (decision !== null && this.#grace === null)
      this.#grace = setTimeout(this.#haveEnough, GRACE_MS).unref();
    const isAnswered = [...this.#inquiries.values()].every(({ outcome }) => outcome !== null);
    if (isAnswered && ![...this.#verifications.values()].includes(null)) this.#becomeIdle();
  }

  /**
   * On how many sources, from the most trusted on, the result stands; null while that may still change. It stands when
   * mail can be fetched and sent, by the servers that are preferred. Mails are fetched by POP3; only the table knows for
   * sure that a provider has none.
   */
  #decide(): Decision | null {
    const working = new Set<MailProtocol>();
    let isComplete = true;
    for (const [index, source] of SOURCES.entries()) {
      const inquiry = this.#inquiries.get(source);
      if (inquiry === undefined || inquiry.outcome === null) return null;
      /** A server that would be preferred is still being tried. */
      const open = new Set<MailProtocol>();
      for (const candidate of inquiry.candidates) {
        const { protocol } = candidate;
        const verification = this.#verificationOf(candidate);
        if (verification === null) isComplete = false;
        if (working.has(protocol)) continue;
        if (verification === null) open.add(protocol);
        else if (verification.verified && !open.has(protocol)) working.add(protocol);
      }
      const isImapEnough = source === 'providerTable' && working.has('imap') && !open.has('pop3');
      if (working.has('smtp') && (working.has('pop3') || isImapEnough))
        return { sources: index + 1, isComplete };
      if (open.size > 0) return null;
    }
    return { sources: SOURCES.length, isComplete };
  }
}
