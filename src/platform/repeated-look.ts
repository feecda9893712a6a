/** Something that is looked at again and again: one look at a time, the next one an interval after the last has ended. */
export class RepeatedLook {
  #timer: NodeJS.Timeout | null = null;
  #look: Promise<void> | null = null;
  #isClosed = false;

  /** @param observe must never reject */
  constructor(
    private readonly observe: () => Promise<void>,
    private readonly intervalMs: number,
  ) {}

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The first look comes after one interval. */
  start(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(
      () => void this.look().then(() => this.start()),
      this.intervalMs,
    ).unref();
  }

  /** One look; joins the one under way. */
  look(): Promise<void> {
    this.#look ??= this.observe().finally(() => (this.#look = null));
    return this.#look;
  }

  /** Waits for the look under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#look;
  }
}
