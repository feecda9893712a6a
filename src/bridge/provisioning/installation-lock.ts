/** One save at a time in an installation: between reading the lists and the last step nobody else may plan. */
export interface InstallationLock {
  run<T>(installationId: string, task: () => Promise<T>): Promise<T>;
}

/** Enough for one process; those who wait go in order. */
export class ProcessLock implements InstallationLock {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<T>(installationId: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(installationId) ?? Promise.resolve();
    const mine = before.then(task, task);
    const settled = mine.catch(() => undefined);
    this.#last.set(installationId, settled);
    void settled.then(() => {
      if (this.#last.get(installationId) === settled) this.#last.delete(installationId);
    });
    return mine;
  }
}
