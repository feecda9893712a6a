/** A person's messages over HTTP with a real archive: found, taken away, deleted. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportRoutes } from '../../../src/bridge/export/index.js';
import { personRoutes } from '../../../src/bridge/retention/person-routes.js';
import { createLogger } from '../../../src/platform/log.js';
import { RunningArchive } from '../../archive/retrieval/running-archive.js';
import { ScriptedPop3 } from '../../archive/retrieval/scripted-pop3.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';

const address = 'anna.muster@example.test';
let server: ScriptedPop3;
let archive: RunningArchive;
let bridge: BridgeHarness;
beforeAll(async () => {
  server = await ScriptedPop3.start(
    [`From: ${address}`, `From: x@example.test\r\nTo: ${address}`, 'From: y@example.test'].map(
      (header, index) => ({
        uidl: `u-${String(index)}`,
        bytes: Buffer.from(`${header}\r\nSubject: ${String(index)}\r\n\r\nText ${index}\r\n`),
      }),
    ),
  );
  archive = await RunningArchive.open();
  bridge = await startBridge({
    embedded: {
      url: `http://127.0.0.1:${String(archive.port)}`,
      username: 'bridge',
      password: 'geheim',
    },
    routes: ({ archive: access }) => [
      ...personRoutes(access),
      ...exportRoutes(access, createLogger('silent')),
    ],
  });
  const id = await archive.addPop3({ Username: 'u', Password: 'p', Port: server.port });
  await archive.fetchNow(id);
});
afterAll(async () => {
  await bridge.close();
  await archive.close();
  await server.stop();
});

const post = (what: 'find' | 'delete', body: Record<string, unknown>) =>
  bridge.request(`/api/v1/person-messages/${what}`, { method: 'POST', body });

describe("a person's messages", () => {
  it('are counted, and taken away as one file', async () => {
    const { status, body } = await post('find', { address });
    expect(status).toBe(200);
    expect(body).toMatchObject({ count: 2, heldCount: 0, waitingCount: 0 });
    const { text } = await bridge.request(`/api/v1/export?format=mbox&address=${address}`);
    expect(text).toContain('Text 0');
    expect(text).toContain('Text 1');
    expect(text).not.toContain('Text 2');
    expect((await bridge.request('/api/v1/export?format=mbox&address=anna')).status).toBe(400);
    const both = `/api/v1/export?format=mbox&filterId=1&address=${address}`;
    expect((await bridge.request(both)).status).toBe(400);
  });

  it('are deleted when exactly what was found is confirmed', async () => {
    const reason = 'Antrag vom 1.11.';
    const refused = await post('delete', { address, confirmation: 'x', reason });
    expect([refused.status, refused.body['code']]).toEqual([409, 'personMessagesChanged']);
    const { confirmation } = (await post('find', { address })).body;
    expect((await post('delete', { address, confirmation })).status).toBe(400);
    const deleted = await post('delete', { address, confirmation, reason });
    expect(deleted.body).toEqual({ deletedCount: 2 });
    expect((await post('find', { address })).body).toMatchObject({ count: 0 });
    expect(bridge.log()).not.toContain('anna.muster');
    expect(server.mails).toHaveLength(3);
  });
});
