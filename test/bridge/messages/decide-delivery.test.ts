/** What a person decides about a mail that is in doubt or has failed, through the bridge and a real archive. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RpcGroup, SmtpAuthenticate, SmtpEncrypt } from '../../../src/greyhound/index.js';
import { RunningArchive } from '../../archive/retrieval/running-archive.js';
import { waitFor } from '../../support/wait-for.js';
import { startBridge, type BridgeHarness } from '../http/bridge-harness.js';

/** Takes a mail and ends the connection instead of answering its final dot, or answers it. */
class DoubtfulSmtp {
  readonly taken: string[] = [];
  answers = false;
  readonly server: Server = createServer((socket) => {
    let text = '';
    let isData = false;
    socket.on('error', () => undefined);
    socket.write('220 smtp.example.test\r\n');
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (isData) {
        if (!text.endsWith('\r\n.\r\n')) return;
        this.taken.push(/^Message-ID: (.*)\r$/im.exec(text)?.[1] ?? '');
        [text, isData] = ['', false];
        if (this.answers) socket.write('250 taken\r\n');
        else socket.destroy();
        return;
      }
      for (;;) {
        const end = text.indexOf('\r\n');
        if (end < 0) return;
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        isData = line === 'DATA';
        socket.write(isData ? '354 go on\r\n' : line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n');
      }
    });
  });
}

describe('POST /api/v1/messages/{id}/delivery', () => {
  const smtp = new DoubtfulSmtp();
  let archive: RunningArchive;
  let bridge: BridgeHarness;
  let groupId: number;

  beforeAll(async () => {
    await new Promise<void>((resolve) => smtp.server.listen(0, '127.0.0.1', resolve));
    archive = await RunningArchive.open();
    await archive.addSmtp({
      Host: '127.0.0.1',
      Port: (smtp.server.address() as AddressInfo).port,
      Encrypt: SmtpEncrypt.seNo,
      Authenticate: SmtpAuthenticate.saNone,
    });
    const group = RpcGroup.make({ Name: 'Verkauf', Email: 'verkauf@example.test' });
    groupId = await archive.client.groups.New({ Group: group });
    const url = `http://127.0.0.1:${archive.port}`;
    bridge = await startBridge({ embedded: { url, username: 'bridge', password: 'geheim' } });
  });
  afterAll(async () => {
    await bridge.close();
    await archive.close();
    await new Promise((resolve) => smtp.server.close(resolve));
  });

  const becomes = (id: number, state: string) =>
    waitFor(
      async () => {
        const { body } = await bridge.request(`/api/v1/messages/${id}`);
        return (body['delivery'] as { state: string } | null)?.state === state;
      },
      { timeoutMs: 15_000, what: `a mail that is ${state}` },
    );
  async function inDoubt(): Promise<number> {
    const body = { groupId, to: ['k@example.test'], subject: 'S', text: 'T' };
    const sent = await bridge.request('/api/v1/messages', { method: 'POST', body });
    const id = Number(sent.body['id']);
    // after a broken connection the account waits, unless it is asked
    await archive.client.info.SendAndReceiveNow();
    await becomes(id, 'inDoubt');
    return id;
  }
  const decide = (id: number, outcome: string) =>
    bridge.request(`/api/v1/messages/${id}/delivery`, { method: 'POST', body: { outcome } });

  it.each(['sent', 'failed'] as const)('takes the word of a person: %s', async (outcome) => {
    const id = await inDoubt();
    const before = smtp.taken.length;
    expect((await decide(id, outcome)).status).toBeLessThan(300);
    await becomes(id, outcome);
    const again = await decide(id, outcome);
    expect([again.status, again.body['code']]).toEqual([409, 'messageNotInDoubt']);
    expect(smtp.taken).toHaveLength(before);
  });

  it('sends again what is in doubt or has failed, under the same Message-ID', async () => {
    const id = await inDoubt();
    await decide(id, 'failed');
    smtp.answers = true;
    const first = smtp.taken.at(-1);
    expect((await decide(id, 'sendAgain')).status).toBeLessThan(300);
    await becomes(id, 'sent');
    expect(smtp.taken.slice(-2)).toEqual([first, first]);
    expect((await decide(id, 'sendAgain')).status).toBe(409);
  });

  it('names the field that is wrong, and the mail that is not there', async () => {
    const wrong = await decide(1, 'maybe');
    expect([wrong.status, wrong.body['field']]).toEqual([400, 'outcome']);
    expect((await decide(999, 'sent')).status).toBe(404);
  });
});
