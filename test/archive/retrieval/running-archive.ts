/** An archive on a free port with a data folder of its own, and a client for it. */
import { randomBytes } from 'node:crypto';
import { openArchive, type Archive } from '../../../src/archive/index.js';
import {
  RpcAccountOptions,
  GreyhoundClient,
  inboundRuleScript,
  ItemFlag,
  OrderBy,
  Pop3Delete,
  Pop3Encrypt,
  Pop3State,
  RpcDetailedItem,
  RpcGroup,
  RpcItemFilter,
  RpcPop3Account,
  RpcRule,
  RpcSmtpAccount,
  RuleKind,
  RuleState,
  SmtpAuthenticate,
  SmtpEncrypt,
  SmtpState,
  type DetailedItem,
  type ItemFilter,
  type ListItem,
  type Pop3Account,
  type SmtpAccount,
} from '../../../src/greyhound/index.js';
import { alwaysArmed, type Arming } from '../../../src/platform/arming.js';
import type { Clock } from '../../../src/platform/clock.js';
import type { AskDiskSpace } from '../../../src/platform/disk-space.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import { createLogger } from '../../../src/platform/log.js';
import { Vault } from '../../../src/platform/vault.js';
import { makeTemporaryDirectory } from '../../support/temporary-directory.js';
import { waitFor } from '../../support/wait-for.js';

/** Real time, moved forward on demand. */
export class ShiftedClock implements Clock {
  #shiftMs = 0;

  now(): Date {
    return new Date(Date.now() + this.#shiftMs);
  }

  advance(ms: number): void {
    this.#shiftMs += ms;
  }
}

export interface RunningArchiveOptions {
  readonly caCertificate?: string;
  readonly arming?: Arming;
  readonly publicUrl?: () => string;
  readonly password?: string;
  readonly askDisk?: AskDiskSpace;
}

export class RunningArchive {
  readonly clock = new ShiftedClock();
  readonly log: string[] = [];
  readonly #key = Vault.newKey();
  #archive: Archive | null = null;
  #client: GreyhoundClient | null = null;

  private constructor(
    private readonly directory: Awaited<ReturnType<typeof makeTemporaryDirectory>>,
    private readonly options: RunningArchiveOptions,
  ) {}

  static async open(options: RunningArchiveOptions = {}): Promise<RunningArchive> {
    const made = new RunningArchive(await makeTemporaryDirectory(), options);
    await made.start();
    return made;
  }

  get dataDir(): string {
    return this.directory.path;
  }

  get client(): GreyhoundClient {
    if (this.#client === null) throw new Error('the archive is not running');
    return this.#client;
  }

  get browser(): Archive['browser'] {
    if (this.#archive === null) throw new Error('the archive is not running');
    return this.#archive.browser;
  }

  get port(): number {
    return this.#archive?.port ?? 0;
  }

  async start(): Promise<void> {
    const {
      caCertificate,
      publicUrl = () => 'http://127.0.0.1:8080',
      password = 'geheim',
    } = this.options;
    const realm = { username: 'bridge', password };
    this.#archive = await openArchive({
      publicUrl,
      dataDir: this.directory.path,
      host: '127.0.0.1',
      port: 0,
      realm,
      vault: new Vault([this.#key]),
      egress: EgressPolicy.parse('127.0.0.0/8'),
      trust: caCertificate === undefined ? {} : { ca: [caCertificate] },
      arming: this.options.arming ?? alwaysArmed,
      // the tests' own disk may be as full as it likes
      ...(this.options.askDisk === undefined
        ? { diskReserveBytes: 0 }
        : { askDisk: this.options.askDisk }),
      clock: this.clock,
      logger: createLogger('debug', { write: (line) => this.log.push(line) }),
    });
    this.#client = new GreyhoundClient({
      url: `http://127.0.0.1:${this.#archive.port}`,
      ...realm,
      clientId: randomBytes(16).toString('hex'),
    });
  }

  async stop(): Promise<void> {
    this.#client?.close();
    await this.#archive?.close();
    this.#archive = null;
    this.#client = null;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.directory.remove();
  }

  /** An active account that is fetched only on demand, unless told otherwise. @returns its id */
  async addPop3(given: Partial<Pop3Account>): Promise<number> {
    const ID = await this.client.pop3Accounts.New({
      Pop3Account: RpcPop3Account.make({
        Name: given.Username ?? '',
        Host: '127.0.0.1',
        State: Pop3State.psInactive,
        Encrypt: Pop3Encrypt.peNo,
        Delete: Pop3Delete.pdNo,
        Interval: 100_000,
        Timeout: 5,
        ...given,
      }),
    });
    await this.client.pop3Accounts.Lock({ ID });
    await this.client.mailBridge.PutOptions({
      Kind: 0,
      ID,
      Options: RpcAccountOptions.make({ AllowClearTextLogin: true }),
    });
    await this.client.pop3Accounts.Unlock({ ID });
    if (given.State !== Pop3State.psInactive)
      await this.changePop3(ID, { State: Pop3State.psActive });
    return ID;
  }

  async changePop3(ID: number, change: Partial<Pop3Account>): Promise<void> {
    const { pop3Accounts } = this.client;
    await pop3Accounts.Lock({ ID });
    await pop3Accounts.Put({ Pop3Account: { ...(await pop3Accounts.Get({ ID })), ...change } });
    await pop3Accounts.Unlock({ ID });
  }

  /** @returns its id */
  addSmtp(given: Partial<SmtpAccount>): Promise<number> {
    return this.client.smtpAccounts.New({
      SmtpAccount: RpcSmtpAccount.make({
        Name: 'Versand',
        Host: 'localhost',
        State: SmtpState.ssActive,
        Encrypt: SmtpEncrypt.seSTARTTLS,
        Authenticate: SmtpAuthenticate.saLogin,
        Filter: '*',
        Timeout: 10,
        ...given,
      }),
    });
  }

  /** A group and the active rule that files an account's mail into it. @returns the group's id */
  async addGroupWithRule(address: string, accountId: number, order = 0): Promise<number> {
    const groupId = await this.client.groups.New({
      Group: RpcGroup.make({ Name: address, Email: address }),
    });
    await this.client.rules.New({
      Rule: RpcRule.make({
        Name: `Eingangsverarbeitung: ${address}`,
        Kind: RuleKind.rkScript,
        State: RuleState.rsActive,
        Triggers: 1,
        Order: order,
        SourceCode: inboundRuleScript({ groupId, address, accountId }),
      }),
    });
    return groupId;
  }

  /** All matching items, oldest id first, every member filled. */
  async list(filter: Partial<ItemFilter> = {}): Promise<ListItem[]> {
    const all: ListItem[] = [];
    for (;;) {
      const page = await this.client.items.GetList({
        Filter: RpcItemFilter.make(filter),
        OrderBy: OrderBy.iobID,
        OrderDirection: 0,
        Offset: all.length,
        ListValues: -1,
        UserFields: [],
        OrderUserFieldRef: 0,
        ListValuesEx: -1,
      });
      all.push(...page);
      if (page.length === 0) return all;
    }
  }

  /** Waits until that many items are listed. */
  waitForItems(count: number, filter: Partial<ItemFilter> = {}): Promise<ListItem[]> {
    return waitFor(
      async () => {
        const items = await this.list(filter);
        return items.length === count ? items : undefined;
      },
      { timeoutMs: 10_000, what: `a list of ${count} items` },
    );
  }

  /** Asks for a fetch and waits until a session that began after this call has ended well. */
  async fetchNow(accountId: number): Promise<void> {
    const from = this.log.length;
    await this.client.info.SendAndReceiveNow();
    await waitFor(
      () => {
        const said = this.said(accountId, from);
        const begun = said.indexOf('fetching mailbox');
        return begun >= 0 && said.indexOf('mailbox fetched', begun) >= 0;
      },
      { timeoutMs: 10_000, what: 'a successful fetch' },
    );
  }

  /** What the log tells about an account. @param from the first line that counts */
  said(accountId: number, from = 0): string[] {
    return this.log
      .slice(from)
      .map((line) => JSON.parse(line) as { accountId?: number; msg: string })
      .filter((line) => line.accountId === accountId)
      .map(({ msg }) => msg);
  }

  /** Waits until the account has a last error. */
  waitForError(accountId: number): Promise<Pop3Account> {
    return waitFor(async () => {
      const account = await this.client.pop3Accounts.Get({ ID: accountId });
      return account.Message === '' ? undefined : account;
    });
  }

  async status(accountId: number, kind = 0) {
    const list = await this.client.mailBridge.GetStatusList();
    return list.find(({ AccountRef, Kind }) => AccountRef === accountId && Kind === kind);
  }

  async original(itemId: number): Promise<Buffer> {
    const { stream } = await this.client.download('ItemsOrginalEml', itemId);
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  }

  /** An item as a client writes it. */
  draft(given: {
    from: string;
    to: string;
    subject?: string;
    text?: string;
    state?: number;
    flags?: number;
    refId?: number;
    bcc?: string;
  }): DetailedItem {
    const item = RpcDetailedItem.make({
      From: { ContactRef: 0, Text: given.from },
      Recipients: [{ ContactRef: 0, Text: given.to }],
      Subject: given.subject ?? 'Angebot',
      State: given.state ?? 1,
      Flags: given.flags ?? 2 ** ItemFlag.ifUnsent,
      RefID: given.refId ?? 0,
    });
    item.Properties.Email.ViewData = Buffer.from(given.text ?? 'Guten Tag');
    if (given.bcc !== undefined) item.Properties.Email.BCC = [{ ContactRef: 0, Text: given.bcc }];
    return item;
  }
}
