/** Start to ready, and resident memory of bridge and archive together with ten accounts that have nothing to do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startDovecot } from '../../fixtures/servers/dovecot.js';
import { activate, createAccount } from './account.js';
import { startProduct } from './product.js';
import { median, type Figure } from './report.js';

const user = { address: 'idle@example.test', password: 'bench-secret' };
const STARTS = 5;

export async function benchStart(): Promise<Figure[]> {
  const times: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    const product = await startProduct();
    times.push(product.readyMs);
    await product.stop();
  }
  return [{ name: 'start to ready', value: median(times), unit: 'ms', limit: 1500 }];
}

export async function benchIdle(): Promise<Figure[]> {
  const dovecot = await startDovecot({ users: [user] });
  const product = await startProduct(dovecot.caCertificate);
  try {
    for (let index = 0; index < 10; index += 1) {
      await activate(
        product.archive,
        await createAccount(product.archive, dovecot.pop3Port, user, `idle ${index}`),
      );
    }
    await sleep(5000);
    return [
      {
        name: 'ten idle accounts, resident memory',
        value: await product.residentMib(),
        unit: 'MiB',
        limit: 200,
      },
    ];
  } finally {
    await product.stop();
    await dovecot.stop();
  }
}
