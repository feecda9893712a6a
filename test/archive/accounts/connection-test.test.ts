import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  RpcAccountOptions,
  RpcPop3Account,
  RpcPop3AccountItem,
  RpcSmtpAccountItem,
} from '../../../src/greyhound/index.js';
import { makeCertificate, serve, type ScriptedServer } from '../../mail/scripted-server.js';
import {
  fault,
  faultOf,
  openArchiveUnderTest,
  type ArchiveUnderTest,
} from '../archive-under-test.js';

const password = 'mailbox secret';

/** A mailbox with 7 messages that opens for the password above. */
const mailbox = (tls?: { key: string; cert: string }): Promise<ScriptedServer> =>
  serve({
    greeting: ['+OK ready\r\n'],
    answer: (line) => {
      if (line === 'CAPA') return ['+OK\r\nUSER\r\n.\r\n'];
      if (line.startsWith('USER')) return ['+OK\r\n'];
      if (line.startsWith('PASS'))
        return [line === `PASS ${password}` ? '+OK\r\n' : '-ERR Falsches Kennwort\r\n'];
      return line === 'STAT' ? ['+OK 7 1000\r\n'] : ['+OK\r\n', 'CLOSE'];
    },
    ...(tls === undefined ? {} : { tls }),
  });

const clearText = RpcAccountOptions.make({ AllowClearTextLogin: true });

describe('connection tests', () => {
  let archive: ArchiveUnderTest;
  let server: ScriptedServer;
  beforeEach(async () => {
    archive = await openArchiveUnderTest();
    server = await mailbox();
  });
  afterEach(async () => {
    server.close();
    await archive.close();
  });

  const item = (given: Partial<ReturnType<typeof RpcPop3AccountItem.make>> = {}) =>
    RpcPop3AccountItem.make({
      Host: '127.0.0.1',
      Port: server.port,
      Username: 'shop',
      Password: password,
      ...given,
    });
  const store = (options = clearText) => {
    const account = { Name: 'Shop', Host: '127.0.0.1', Port: server.port, Username: 'shop' };
    return archive.accounts
      .create('pop3', archive.realmId, RpcPop3Account.make({ ...account, Password: password }))
      .then(async (id) => {
        await archive.accounts.putOptions({ kind: 'pop3', realmId: archive.realmId, id }, options);
        return id;
      });
  };

  it('answers the number of messages', async () => {
    const { mailBridge } = archive.client();
    expect(await mailBridge.CheckPop3({ ID: 0, Item: item(), Options: clearText })).toBe(7);
    expect(server.lines).not.toContain('DELE 1');
  });

  it('uses the stored password when none is sent', async () => {
    const client = archive.client();
    const ID = await store();
    const check = { ID, Item: item({ Password: '' }), Options: clearText };
    expect(await client.mailBridge.CheckPop3(check)).toBe(7);
    const Pop3AccountItem = item({ ID, Password: '' });
    expect(await client.pop3Accounts.CheckConnection({ Pop3AccountItem })).toBe(7);
  });

  it('does not use the stored password of another realm', async () => {
    const ID = await store();
    const { mailBridge } = await archive.stranger();
    const check = { ID, Item: item({ Password: '' }), Options: clearText };
    const { text } = await faultOf(mailBridge.CheckPop3(check));
    expect(text).toMatch(/^\[passwordNeeded\]/);
    expect(server.lines).toEqual([]);
  });

  it('fails with the stable code and the words of the server, but not with the password', async () => {
    const { mailBridge } = archive.client();
    const Item = item({ Password: 'wrong-one' });
    const result = await faultOf(mailBridge.CheckPop3({ ID: 0, Item, Options: clearText }));
    expect(result).toEqual({
      code: fault.checkFailed,
      text: '[authenticationFailed] Falsches Kennwort',
    });
    expect(archive.logged.join()).not.toContain('wrong-one');
  });

  it('sends no password in clear without the explicit option', async () => {
    const Pop3AccountItem = item();
    const check = archive.client().pop3Accounts.CheckConnection({ Pop3AccountItem });
    expect((await faultOf(check)).text).toMatch(/^\[clearTextRefused\]/);
    expect(server.lines.some((line) => line.startsWith('PASS'))).toBe(false);
  });

  it('names an expired certificate', async () => {
    const expired = await mailbox(makeCertificate('IP:127.0.0.1', -1));
    const { mailBridge } = archive.client();
    const Item = item({ Port: expired.port, Encrypt: 1 });
    const check = mailBridge.CheckPop3({ ID: 0, Item, Options: RpcAccountOptions.empty() });
    expect((await faultOf(check)).text).toMatch(/^\[certificateExpired\] /);
    expired.close();
  });

  it('ends within 5 seconds when nothing answers', async () => {
    const silent = await serve({ greeting: ['SILENCE'], answer: () => ['SILENCE'] });
    const { mailBridge } = archive.client();
    const started = performance.now();
    const Item = item({ Port: silent.port, Timeout: 600 });
    const check = mailBridge.CheckPop3({ ID: 0, Item, Options: clearText });
    expect((await faultOf(check)).text).toMatch(/^\[responseTimeout\]/);
    expect(performance.now() - started).toBeLessThan(5000);
    silent.close();
  });

  it('says what an SMTP check found', async () => {
    const submission = await serve({
      greeting: ['220 ready\r\n'],
      answer: (line) => {
        if (line.startsWith('EHLO')) return ['250-hi\r\n250 AUTH PLAIN LOGIN\r\n'];
        if (line.startsWith('AUTH')) return ['535 5.7.8 no such user\r\n'];
        return ['221 bye\r\n', 'CLOSE'];
      },
    });
    const { mailBridge, smtpAccounts } = archive.client();
    const given = { Host: '127.0.0.1', Port: submission.port, Username: 'shop', Password: 'x' };
    const Item = RpcSmtpAccountItem.make({ ...given, Authenticate: 1 });
    const check = mailBridge.CheckSmtp({ ID: 0, Item, Options: clearText });
    expect((await faultOf(check)).text).toMatch(/^\[authenticationFailed\] .*no such user/);
    const SmtpAccountItem = { ...Item, Authenticate: 0 };
    await smtpAccounts.CheckConnection({ SmtpAccountItem });
    submission.close();
  });

  it.each([
    ['Host', { Host: 'pop.example.org\r\nUSER x' }],
    ['Port', { Port: 70000 }],
    ['Username', { Username: 'a\nb' }],
  ])('refuses a wrong %s before it connects', async (member, given) => {
    const { mailBridge } = archive.client();
    const check = mailBridge.CheckPop3({ ID: 0, Item: item(given), Options: clearText });
    const { code, text } = await faultOf(check);
    expect(code).toBe(fault.invalidValue);
    expect(text.startsWith(`${member}:`)).toBe(true);
    expect(server.lines).toEqual([]);
  });
});

it('keeps connection tests out of the inner network', async () => {
  const archive = await openArchiveUnderTest({ egressAllow: '' });
  const server = await mailbox();
  const Item = RpcPop3AccountItem.make({
    Host: '127.0.0.1',
    Port: server.port,
    Username: 'shop',
    Password: password,
  });
  const check = archive.client().mailBridge.CheckPop3({ ID: 0, Item, Options: clearText });
  expect((await faultOf(check)).text).toMatch(/^\[egressBlocked\]/);
  expect(server.lines).toEqual([]);
  server.close();
  await archive.close();
});
