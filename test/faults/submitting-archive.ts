/** The archive as a process that sends, is killed and started again; what it says of its mails afterwards. */
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { projectFile } from '../../fixtures/servers/project-file.js';
import {
  RpcAccountOptions,
  GreyhoundClient,
  includes,
  ItemFlag,
  ItemState,
  newClientId,
  OrderBy,
  RpcDetailedItem,
  RpcItemFilter,
  RpcSmtpAccount,
  SmtpAuthenticate,
  SmtpEncrypt,
  SmtpState,
  type ListItem,
  type SmtpAccount,
} from '../../src/greyhound/index.js';
import type { CompiledSource } from '../support/compiled-source.js';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.js';
import { waitFor } from '../support/wait-for.js';

export type Standing = 'queued' | 'sent' | 'failed' | 'in doubt';

export function standingOf({ Flags }: Pick<ListItem, 'Flags'>): Standing {
  const has = (flag: number) => includes(Flags, flag);
  if (has(ItemFlag.ifFailure)) return has(ItemFlag.ifWaiting) ? 'in doubt' : 'failed';
  return has(ItemFlag.ifUnsent) ? 'queued' : 'sent';
}

export class SubmittingArchive {
  readonly #key = randomBytes(32).toString('hex');
  #child: ChildProcess | null = null;
  #client: GreyhoundClient | null = null;

  private constructor(
    private readonly source: CompiledSource,
    private readonly directory: TemporaryDirectory,
  ) {}

  static async open(source: CompiledSource): Promise<SubmittingArchive> {
    const archive = new SubmittingArchive(source, await makeTemporaryDirectory());
    await archive.start();
    return archive;
  }

  get dataDir(): string {
    return this.directory.path;
  }

  get client(): GreyhoundClient {
    if (this.#client === null) throw new Error('the archive does not run');
    return this.#client;
  }

  async start(): Promise<void> {
    const script = projectFile('test', 'archive', 'retrieval', 'archive-process.mjs');
    const root = dirname(this.source.path('index.js'));
    const child = fork(script, [root, this.directory.path, this.#key], { execArgv: [] });
    this.#child = child;
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    this.#client = new GreyhoundClient({
      url: `http://127.0.0.1:${port}`,
      username: 'bridge',
      password: 'geheim',
      clientId: newClientId(),
    });
  }

  /** `kill -9`, at once. @returns when the process is gone */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    this.#client?.close();
    this.#client = null;
  }

  async close(): Promise<void> {
    await this.kill();
    await this.directory.remove();
  }

  /** An active account without encryption and sign-in, unless told otherwise. */
  async addSmtp(given: Partial<SmtpAccount>, fingerprint = ''): Promise<void> {
    const { smtpAccounts, mailBridge } = this.client;
    const ID = await smtpAccounts.New({
      SmtpAccount: RpcSmtpAccount.make({
        Name: given.Filter ?? '',
        Host: '127.0.0.1',
        State: SmtpState.ssActive,
        Encrypt: SmtpEncrypt.seNo,
        Authenticate: SmtpAuthenticate.saNone,
        Timeout: 30,
        ...given,
      }),
    });
    await smtpAccounts.Lock({ ID });
    const TlsReason = fingerprint === '' ? '' : 'test';
    const Options = RpcAccountOptions.make({
      AllowClearTextLogin: true,
      TlsFingerprint: fingerprint,
      TlsReason,
    });
    await mailBridge.PutOptions({ Kind: 1, ID, Options });
    await smtpAccounts.Unlock({ ID });
  }

  /** Puts a mail into the outbox. @returns the item's id */
  async send(given: { from: string; to: string; subject: string; attachment?: Buffer }) {
    const item = RpcDetailedItem.make({
      From: { ContactRef: 0, Text: given.from },
      Recipients: [{ ContactRef: 0, Text: given.to }],
      Subject: given.subject,
      State: given.attachment === undefined ? ItemState.isNew : ItemState.isDraft,
      Flags: 2 ** ItemFlag.ifUnsent,
    });
    item.Properties.Email.ViewData = Buffer.from('Guten Tag\r\n');
    const { items } = this.client;
    const ID = await items.New({ Item: item, CreateLocked: false });
    const { attachment } = given;
    if (attachment === undefined) return ID;
    await items.Lock({ ID });
    await this.client.uploadAttachment(ID, 'gross.bin', () => Readable.from([attachment]));
    const draft = await items.Get({ ID, MarkAsReading: false });
    await items.Put({ Item: { ...draft, State: ItemState.isNew } });
    await items.Unlock({ ID });
    return ID;
  }

  /** Every mail that the archive holds. */
  async list(): Promise<ListItem[]> {
    const items: ListItem[] = [];
    for (;;) {
      const page = await this.client.items.GetList({
        Filter: RpcItemFilter.empty(),
        OrderBy: OrderBy.iobID,
        OrderDirection: 0,
        Offset: items.length,
        ListValues: -1,
        UserFields: [],
        OrderUserFieldRef: 0,
        ListValuesEx: 0,
      });
      if (page.length === 0) return items;
      items.push(...page);
    }
  }

  async messageId(ID: number): Promise<string> {
    const { Properties } = await this.client.items.Get({ ID, MarkAsReading: false });
    return Properties.Email.MessageID.slice(1, -1);
  }

  /** Waits until nothing is in the outbox any more. */
  settled(timeoutMs = 60_000): Promise<ListItem[]> {
    return waitFor(
      async () => {
        const items = await this.list();
        return items.every((item) => standingOf(item) !== 'queued') ? items : undefined;
      },
      { timeoutMs, what: 'an empty outbox' },
    );
  }
}
