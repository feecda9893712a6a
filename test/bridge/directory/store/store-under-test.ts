/** The store on a folder of its own, with a clock that a test sets, and short words for what tests push. */
import { Readable } from 'node:stream';
import {
  openDirectoryStore,
  type DirectoryStore,
} from '../../../../src/bridge/directory/store/directory-store.js';
import type { PushOutcome } from '../../../../src/bridge/directory/store/push-run.js';
import type { UploadStep } from '../../../../src/bridge/directory/store/upload-log.js';
import type { PushedType } from '../../../../src/bridge/directory/schemas.js';
import { createLogger } from '../../../../src/platform/log.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../../support/temporary-directory.js';

export class StoreUnderTest {
  now = new Date('2026-11-26T08:00:00Z');
  readonly log: string[] = [];
  #store: DirectoryStore | null = null;

  private constructor(private readonly folder: TemporaryDirectory) {}

  static async open(): Promise<StoreUnderTest> {
    const opened = new StoreUnderTest(await makeTemporaryDirectory());
    await opened.reopen();
    return opened;
  }

  get store(): DirectoryStore {
    if (this.#store === null) throw new Error('closed');
    return this.#store;
  }

  get dataDir(): string {
    return this.folder.path;
  }

  async reopen(): Promise<void> {
    await this.#store?.close();
    this.#store = await openDirectoryStore({
      dataDir: this.dataDir,
      installationId: 'default',
      clock: { now: () => this.now },
      logger: createLogger('trace', { write: (line) => void this.log.push(line) }),
    });
  }

  /** @param lines objects, or texts as they are */
  push(
    type: PushedType,
    lines: readonly unknown[],
    upload: Partial<UploadStep> | null = null,
  ): Promise<PushOutcome> {
    const step = { name: 'u', fromLine: null, mode: null, hasMore: false, ...upload };
    return this.store.push({ type, upload: upload === null ? null : step }, bodyOf(lines));
  }

  async close(): Promise<void> {
    await this.#store?.close();
    this.#store = null;
    await this.folder.remove();
  }
}

export const bodyOf = (lines: readonly unknown[]): Readable => {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  return Readable.from(texts.map((text) => Buffer.from(`${text}\n`)));
};

export const contact = (id: string, emails: readonly string[], active = true) => ({
  id,
  name: `Kontakt ${id}`,
  active,
  emails,
});

export const order = (
  id: string,
  emails: readonly string[],
  references: readonly string[] = [],
  more: object = {},
) => ({ id, emails, references, ...more });
