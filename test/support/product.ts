/** The whole product in the test's own process, through main.ts: on free ports, with a data folder that goes with it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { start } from '../../src/main.js';
import { readConfig } from '../../src/platform/config.js';
import { makeTemporaryDirectory } from './temporary-directory.js';

export interface Product {
  readonly url: string;
  /** The admin's. */
  readonly token: string;
  readonly dataDir: string;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

const token = 'admin-token-of-the-product';

/** @param authorities PEM of those that servers on this machine are trusted by; with them, such servers may be reached */
export async function startProduct(authorities: readonly string[] = []): Promise<Product> {
  const directory = await makeTemporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const authoritiesPath = join(directory.path, 'ca.pem');
  if (authorities.length > 0) await writeFile(authoritiesPath, authorities.join('\n'));
  const running = await start(
    readConfig({
      MB_DATA_DIR: dataDir,
      MB_PORT: '0',
      MB_ARCHIVE_PORT: '0',
      MB_ADMIN_TOKEN: token,
      MB_DISK_RESERVE_MIB: '0',
      MB_LOG_LEVEL: 'silent',
      ...(authorities.length > 0 && {
        MB_EGRESS_ALLOW: '127.0.0.0/8,::1/128',
        MB_TLS_CA_FILE: authoritiesPath,
      }),
    }),
  );
  return {
    url: running.url,
    token,
    dataDir,
    close: async () => {
      await running.close();
      await directory.remove();
    },
  };
}
