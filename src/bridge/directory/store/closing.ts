/** The end of a writer: a body that nobody sends any more of must not hold it up. */

/** What was under way when the store was closed. */
export class StoreClosed extends Error {
  override readonly name = 'StoreClosed';
  constructor() {
    super('the store of directory records was closed');
  }
}

export class Closing {
  readonly #waiting = new Set<(error: Error) => void>();
  #isClosed = false;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
    for (const reject of this.#waiting) reject(new StoreClosed());
  }

  /** @throws StoreClosed */
  check(): void {
    if (this.#isClosed) throw new StoreClosed();
  }

  /** As the body, and ends with StoreClosed at once when it is closed. */
  async *interrupts(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
    try {
      for (;;) {
        const { done, value } = await this.#unlessClosed(iterator.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      // not waited for: it may hang as the body does
      void iterator.return?.().catch(() => undefined);
    }
  }

  #unlessClosed<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.check();
      const settle = (): void => void this.#waiting.delete(reject);
      this.#waiting.add(reject);
      promise.finally(settle).then(resolve, reject);
    });
  }
}
