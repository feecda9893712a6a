/** What one mail of 50 MB costs in resident memory while it is fetched, and what ten idle accounts cost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startDovecot } from '../../fixtures/servers/dovecot.js';
import { makeMessage } from '../../fixtures/messages/index.js';
import { AccountKind } from '../../src/greyhound/index.js';
import { activate, createAccount } from './account.js';
import { startProduct, type Product } from './product.js';
import type { Figure } from './report.js';

const small = { address: 'small@example.test', password: 'bench-secret' };
const large = { address: 'large@example.test', password: 'bench-secret' };
const LARGE_BYTES = 50_000_000;

export async function benchMemory(): Promise<Figure[]> {
  const dovecot = await startDovecot({ users: [small, large] });
  try {
    await dovecot.deliver(small.address, makeMessage({ index: 0, sizeBytes: 10_000 }));
    await dovecot.deliver(large.address, makeMessage({ index: 1, sizeBytes: LARGE_BYTES }));
    const product = await startProduct(dovecot.caCertificate);
    try {
      // the first fetch loads what every fetch needs; the figure is what the large mail adds to that
      await fetchOnce(product, dovecot.pop3Port, small);
      await sleep(2000);
      const before = await product.residentMib();
      const peak = await peakWhile(product, fetchOnce(product, dovecot.pop3Port, large));
      return [
        {
          name: 'a mail of 50 MB raises resident memory by',
          value: peak - before,
          unit: 'MiB',
          limit: 40,
        },
      ];
    } finally {
      await product.stop();
    }
  } finally {
    await dovecot.stop();
  }
}

async function fetchOnce(
  product: Product,
  port: number,
  user: { readonly address: string; readonly password: string },
): Promise<void> {
  const id = await createAccount(product.archive, port, user);
  await activate(product.archive, id);
  for (;;) {
    const statuses = await product.archive.mailBridge.GetStatusList();
    if (
      statuses.some(
        (entry) =>
          entry.Kind === AccountKind.akPop3 &&
          entry.AccountRef === id &&
          entry.LastSuccess !== null,
      )
    )
      return;
    await sleep(20);
  }
}

/** Until two seconds after the work has ended: parsing goes on behind it. */
async function peakWhile(product: Product, work: Promise<void>): Promise<number> {
  const state = { isDone: false };
  const finished = work
    .then(() => sleep(2000))
    .finally(() => {
      state.isDone = true;
    });
  let peak = 0;
  while (!state.isDone) {
    peak = Math.max(peak, await product.residentMib());
    await sleep(10);
  }
  await finished;
  return peak;
}
