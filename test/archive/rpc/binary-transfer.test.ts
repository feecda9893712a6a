import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RpcError } from '../../../src/archive/errors.js';
import { readUploadType } from '../../../src/archive/rpc/binary-routes.js';
import { ArchiveFailure, basicAuthorization, newClientId } from '../../../src/greyhound/index.js';
import {
  faultOf,
  openArchiveUnderTest,
  streamOf,
  type ArchiveUnderTest,
} from '../archive-under-test.js';

const uploads: { itemId: number; name: string; bytes: Buffer }[] = [];
let archive: ArchiveUnderTest;

beforeAll(async () => {
  archive = await openArchiveUnderTest({
    binary: {
      download: (transfer, id) => {
        if (id === 404) return Promise.resolve(null);
        if (id === 500) return Promise.reject(new RpcError('invalidValue', 'A < B & "C"'));
        if (id === 7) {
          const stream = streamOf('<a/>');
          return Promise.resolve({ stream, contentType: 'text/xml; charset=utf-8', sizeBytes: 4 });
        }
        const stream = streamOf(transfer, '/', String(id));
        return Promise.resolve({ stream, contentType: 'message/rfc822', sizeBytes: null });
      },
      uploadAttachment: async (itemId, { name, stream }) => {
        if (itemId === 404) throw new RpcError('notFound', 'There is no item 404.');
        if (itemId === 500) throw new RpcError('notLocked', 'The item 500 is not locked.');
        uploads.push({ itemId, name, bytes: await buffer(stream) });
      },
    },
  });
});
afterAll(() => archive.close());

it('streams down under both prefixes', async () => {
  const client = archive.client();
  const { stream, contentType } = await client.download('ItemsOrginalEml', 12);
  expect((await buffer(stream)).toString()).toBe('ItemsOrginalEml/12');
  expect(contentType).toBe('message/rfc822');
  const Authorization = basicAuthorization(
    newClientId(),
    archive.username,
    archive.password,
    'utf-8',
  );
  const json = await fetch(`${archive.url}/json/ItemsAttachment3`, { headers: { Authorization } });
  expect(await json.text()).toBe('ItemsAttachment/3');
  expect(json.headers.get('content-disposition')).toBe('attachment');
  const without = await fetch(`${archive.url}/json/ItemsAttachment3`);
  expect(without.status).toBe(401);
});

it('never sends a stored XML file in the form of a fault', async () => {
  const { stream, contentType } = await archive.client().download('ItemsAttachment', 7);
  expect(contentType).toBe('application/xml; charset=utf-8');
  expect((await buffer(stream)).toString()).toBe('<a/>');
});

it('answers what is not there with 404 and a refusal with its words', async () => {
  const client = archive.client();
  for (const call of [
    client.download('ItemsAttachment', 404),
    client.uploadAttachment(404, 'a.txt', () => streamOf('x')),
  ]) {
    const error = await call.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ArchiveFailure);
    expect((error as ArchiveFailure).code).toBe('archiveNotFound');
  }
  expect(await faultOf(client.download('ItemsAttachment', 500))).toEqual({
    code: 9006,
    text: 'A < B & "C"',
  });
  expect(await faultOf(client.uploadAttachment(500, 'a.txt', () => streamOf('x')))).toEqual({
    code: 9004,
    text: 'The item 500 is not locked.',
  });
});

it('streams up byte by byte, also twenty megabytes', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 0xfe);
  const large = () => Readable.from(Array.from({ length: 20 }, () => chunk));
  await archive.client().uploadAttachment(5, 'Müll "20%".bin', large);
  const upload = uploads.find(({ itemId }) => itemId === 5);
  expect(upload?.name).toBe('Müll 20%.bin');
  expect(upload?.bytes.equals(Buffer.concat(Array.from({ length: 20 }, () => chunk)))).toBe(true);
});

it.each([
  ['application/octet-stream; name="file.pdf"', 'file.pdf', 'application/octet-stream'],
  ['application/pdf; name=file.pdf', 'file.pdf', 'application/pdf'],
  ['application/pdf', '', 'application/pdf'],
  ['', '', 'application/octet-stream'],
  [`a/b; name="${Buffer.from('Grüße.txt').toString('latin1')}"`, 'Grüße.txt', 'a/b'],
  ['a/b; name="Gr\xfc\x80.txt"', 'Grü€.txt', 'a/b'],
  ['a/b; name="100%.txt"', '100%.txt', 'a/b'],
])('reads the name from %j', (header, name, contentType) => {
  expect(readUploadType(header)).toEqual({ name, contentType });
});
