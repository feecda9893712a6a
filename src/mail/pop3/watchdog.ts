/**
 * Two limits on one wait: silence, and the whole. The second ends a server that sends a byte now and then to keep
 * the first from ever being reached. Time in which we hold the server back ourselves does not count.
 */
export class Watchdog {
  #silence: NodeJS.Timeout | null = null;
  #whole: NodeJS.Timeout | null = null;
  #wholeLeftMs = 0;
  #runningSince = 0;

  constructor(
    private readonly silenceMs: number,
    private readonly onExpire: () => void,
  ) {}

  /** Begins a wait that may last `wholeMs` in all; replaces the one before. */
  start(wholeMs: number): void {
    this.stop();
    this.#wholeLeftMs = wholeMs;
    this.resume();
  }

  /** The server sent something. */
  touch(): void {
    this.#silence?.refresh();
  }

  pause(): void {
    if (this.#whole === null) return;
    const left = this.#wholeLeftMs - (performance.now() - this.#runningSince);
    this.stop();
    this.#wholeLeftMs = Math.max(left, 1);
  }

  resume(): void {
    if (this.#whole !== null || this.#wholeLeftMs === 0) return;
    this.#runningSince = performance.now();
    this.#silence = setTimeout(this.onExpire, this.silenceMs);
    this.#whole = setTimeout(this.onExpire, this.#wholeLeftMs);
  }

  stop(): void {
    if (this.#silence !== null) clearTimeout(this.#silence);
    if (this.#whole !== null) clearTimeout(this.#whole);
    this.#silence = null;
    this.#whole = null;
    this.#wholeLeftMs = 0;
  }
}
