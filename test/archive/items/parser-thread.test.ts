import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pathToFileURL } from 'node:url';
import { WorkerMailParser } from '../../../src/archive/items/mime/mail-parsers.js';
import { RawMailStore } from '../../../src/archive/store/raw-mail-store.js';
import { compileSource, type CompiledSource } from '../../support/compiled-source.js';
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from '../../support/temporary-directory.js';

let source: CompiledSource;
let directory: TemporaryDirectory;
beforeAll(async () => {
  source = await compileSource();
  directory = await makeTemporaryDirectory();
}, 60_000);
afterAll(async () => {
  await source.remove();
  await directory.remove();
});

describe('the parser thread', () => {
  it('reads a stored mail', async () => {
    const file = `${directory.path}/raw.db`;
    const raw = await RawMailStore.open(file);
    const writer = raw.writer();
    await writer.write(Buffer.from('Content-Type: text/html\r\n\r\n<p>Gr&uuml;&szlig;e</p>\r\n'));
    const staged = await writer.finish();
    await raw.commit([staged]);
    const script = pathToFileURL(source.path('archive/items/mime/parser-worker.js'));
    const parser = new WorkerMailParser(file, script);
    try {
      const mail = await parser.parse(staged.hash);
      expect(mail).toMatchObject({ text: 'Grüße', preview: 'Grüße', attachments: [] });
      expect(mail.html).toContain('<p>');
    } finally {
      await parser.close();
      await raw.close();
    }
  });
});
