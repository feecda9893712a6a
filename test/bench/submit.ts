/**
 * Requests to send, as an ERP makes them, and their way to a Postfix on the same machine that asks for a sign-in over
 * STARTTLS: accepted when the bridge has answered, delivered when Postfix has taken the last one and the archive has noted
 * that. Exactly the bytes that left stay in the archive.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { startMailSandbox } from '../../fixtures/servers/mail-sandbox.js';
import { archiveFile } from '../../src/archive/store/database.js';
import { ARCHIVE_FOLDER } from '../../src/data-folder.js';
import {
  RpcGroup,
  RpcSmtpAccount,
  SmtpAuthenticate,
  SmtpEncrypt,
  SmtpState,
} from '../../src/greyhound/index.js';
import { startProduct, type Product } from './product.js';
import { median, type Figure } from './report.js';

const COUNT = 1500;
/** Before, so that what is measured is not how a new process learns its own code. */
const WARM_UP = 500;
const AT_ONCE = 16;
const ROUNDS = 3;
const user = { address: 'shop@example.test', password: 'bench-secret' };
/** Of another domain: Postfix takes the mail and drops it, so that no mailbox server shares the processor. */
const RECIPIENT = 'customer@customer.test';
const TEXT = 'Vielen Dank für Ihre Bestellung. '.repeat(60);

interface Rates {
  readonly accepted: number;
  readonly delivered: number;
}

export async function benchSubmit(): Promise<Figure[]> {
  const sandbox = await startMailSandbox({ users: [user] });
  try {
    const rounds: Rates[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const product = await startProduct(sandbox.caCertificate);
      rounds.push(await submit(product, sandbox.submissionPort).finally(() => product.stop()));
    }
    const rate = (name: string, values: readonly number[], limit: number): Figure => ({
      name,
      value: median(values),
      unit: 'mails/s',
      limit,
    });
    return [
      rate(
        'requests to send accepted',
        rounds.map(({ accepted }) => accepted),
        200,
      ),
      rate(
        '… delivered to Postfix, counted from the first request',
        rounds.map(({ delivered }) => delivered),
        100,
      ),
    ];
  } finally {
    await sandbox.stop();
  }
}

async function submit(product: Product, port: number): Promise<Rates> {
  const { archive } = product;
  const groupId = await archive.groups.New({
    Group: RpcGroup.make({ Name: 'Verkauf', Email: user.address }),
  });
  await archive.smtpAccounts.New({
    SmtpAccount: RpcSmtpAccount.make({
      Name: 'Verkauf',
      State: SmtpState.ssActive,
      Host: 'localhost',
      Port: port,
      Username: user.address,
      Password: user.password,
      Authenticate: SmtpAuthenticate.saLogin,
      Encrypt: SmtpEncrypt.seSTARTTLS,
      Timeout: 60,
      Filter: user.address,
    }),
  });
  // a look at the file disturbs less than a list of what waits
  const database = new Database(archiveFile(join(product.dataDir, ARCHIVE_FOLDER)), {
    readonly: true,
  });
  const waiting = database.prepare<[], number>('select count(*) from outbox').pluck();
  const sendAll = async (from: number, count: number): Promise<Rates> => {
    const startedAt = performance.now();
    const rateNow = () => count / ((performance.now() - startedAt) / 1000);
    let next = from;
    const client = async () => {
      while (next < from + count) await send(product, groupId, (next += 1));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, client));
    const accepted = rateNow();
    while (waiting.get() !== 0) await sleep(20);
    return { accepted, delivered: rateNow() };
  };
  try {
    await sendAll(0, WARM_UP);
    return await sendAll(WARM_UP, COUNT);
  } finally {
    database.close();
  }
}

async function send(product: Product, groupId: number, index: number): Promise<void> {
  const response = await fetch(`${product.baseUrl}/api/v1/messages`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${product.token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': `bench-${String(index)}`,
    },
    body: JSON.stringify({
      groupId,
      to: [RECIPIENT],
      subject: `Bestellung ${String(index)}`,
      text: TEXT,
    }),
  });
  if (response.status !== 202) throw new Error(`refused: ${await response.text()}`);
  await response.arrayBuffer();
}
