import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startMailSandbox, type MailSandbox } from '../../../fixtures/servers/mail-sandbox.js';
import { MailFailure } from '../../../src/mail/errors.js';
import { SmtpSession } from '../../../src/mail/smtp/session.js';
import {
  dependencies,
  endpoint,
  serve,
  type ScriptedServer,
  type Step,
} from '../scripted-server.js';

const MAIL = Buffer.from('Subject: x\r\n\r\nHello.\r\n');

/** The verdict in one line. */
async function probe(session: SmtpSession, from: string, recipient = 'b@example.test') {
  try {
    const verdict = await session.probeSender({ from, recipient });
    if (verdict.accepted) return 'accepted';
    const { code, enhancedCode } = verdict.reply;
    return `${verdict.stage} ${code} ${enhancedCode ?? '-'}`;
  } catch (error) {
    if (!(error instanceof MailFailure)) throw error;
    return [error.code, error.field].filter(Boolean).join(' ');
  }
}

describe('asking a real server whether we may send as somebody', () => {
  const ALICE = { address: 'alice@example.test', password: 'geheim' };
  let sandbox: MailSandbox;
  let session: SmtpSession;
  beforeAll(async () => {
    const senderLogins = {
      'alice@example.test': ALICE.address,
      'verkauf@example.test': ALICE.address,
      'bernd@example.test': 'bernd@example.test',
    };
    sandbox = await startMailSandbox({ users: [ALICE], senderLogins });
    const to = endpoint(sandbox.submissionPort, { host: 'localhost', timeoutMs: 8_000 });
    session = await SmtpSession.connect(
      { ...to, security: 'starttls' },
      dependencies([sandbox.caCertificate]),
    );
    const { address: username, password } = ALICE;
    await session.login({ method: 'password', username, password });
  }, 60_000);
  afterAll(async () => {
    await session.quit();
    await sandbox.stop();
  });

  it('tells each sender over one connection, and sends nothing', async () => {
    const verdicts: string[] = [];
    for (const [from, recipient] of [
      ['alice@example.test', 'b@example.test'],
      ['bernd@example.test', 'b@example.test'],
      ['verkauf@example.test', 'b@example.test'],
      ['unbekannt@elsewhere.test', 'b@example.test'],
      ['alice@example.test', 'reject@example.test'],
      ['alice@example.test', 'defer@example.test'],
      ['müller@example.test', 'b@example.test'],
      ['alice@example.test', 'b@example.test'],
    ] as const)
      verdicts.push(await probe(session, from, recipient));
    expect(verdicts).toEqual([
      'accepted',
      'recipient 553 5.7.1',
      'accepted',
      'recipient 553 5.7.1',
      'recipient 550 5.1.1',
      'recipient 451 4.3.0',
      'recipient 553 5.7.1',
      'accepted',
    ]);
    expect(await sandbox.readMaildir('b@example.test')).toEqual([]);
  });

  it('leaves the connection good for a message, and comes after one', async () => {
    const envelope = { from: ALICE.address, to: ['c@example.test'] };
    expect(await session.submit(envelope, MAIL)).toMatchObject({ outcome: 'accepted' });
    expect(await probe(session, 'bernd@example.test')).toBe('recipient 553 5.7.1');
    expect(await session.submit(envelope, MAIL)).toMatchObject({ outcome: 'accepted' });
  });
});

describe('asking a scripted server whether we may send as somebody', () => {
  const servers: ScriptedServer[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  async function start(answers: Readonly<Record<string, readonly Step[]>> = {}) {
    const server = await serve({
      greeting: ['220 hi\r\n'],
      answer: (line) =>
        answers[line] ??
        answers[line.split(' ')[0]!] ??
        (line === 'QUIT' ? ['CLOSE'] : ['250 ok\r\n']),
    });
    servers.push(server);
    const session = await SmtpSession.connect(endpoint(server.port), dependencies());
    return { server, session };
  }

  it('says MAIL, RCPT and RSET, and nothing more', async () => {
    const { server, session } = await start();
    expect(await probe(session, 'me@bücher.test')).toBe('accepted');
    expect(await probe(session, 'mü@a.test')).toBe('accepted');
    expect(server.lines.slice(1)).toEqual([
      'MAIL FROM:<me@xn--bcher-kva.test>',
      'RCPT TO:<b@example.test>',
      'RSET',
      `MAIL FROM:<${Buffer.from('mü').toString('latin1')}@a.test> SMTPUTF8`,
      'RCPT TO:<b@example.test>',
      'RSET',
    ]);
  });

  it('asks for no recipient once the sender is refused', async () => {
    const reply = '550-5.7.60 Client does not have\r\n550 5.7.60 permissions\r\n';
    const { server, session } = await start({ MAIL: [reply] });
    expect(await session.probeSender({ from: 'x@a.test', recipient: 'b@a.test' })).toEqual({
      accepted: false,
      stage: 'sender',
      reply: { code: 550, enhancedCode: '5.7.60', text: 'Client does not have permissions' },
    });
    expect(server.lines.slice(1)).toEqual(['MAIL FROM:<x@a.test>', 'RSET']);
    expect(session.isOpen).toBe(true);
  });

  it('takes back what a refused message has left before it asks', async () => {
    const { server, session } = await start({ 'RCPT TO:<no@b.test>': ['550 no\r\n'] });
    await session.submit({ from: 'me@a.test', to: ['no@b.test'] }, MAIL);
    expect(await probe(session, 'me@a.test')).toBe('accepted');
    expect(server.lines.filter((line) => line === 'RSET')).toHaveLength(2);
  });

  it.each<readonly [string, Readonly<Record<string, readonly Step[]>>, string]>([
    ['goes away with 421', { MAIL: ['421 4.3.2 bye\r\n', 'CLOSE'] }, 'temporarilyUnavailable'],
    ['closes', { RCPT: ['CLOSE'] }, 'connectionLost'],
    ['resets', { MAIL: ['RESET'] }, 'connectionLost'],
    ['is silent', { RCPT: ['SILENCE'] }, 'responseTimeout'],
    ['talks nonsense', { MAIL: ['what?\r\n'] }, 'protocolViolation'],
    ['asks for data', { RCPT: ['354 go\r\n'] }, 'protocolViolation'],
    ['does not reset', { RSET: ['502 no\r\n'] }, 'serverRefused'],
  ])('has no verdict of a server that %s', async (_what, answers, expected) => {
    const { session } = await start(answers);
    expect(await probe(session, 'me@a.test')).toBe(expected);
    expect(session.isOpen).toBe(false);
    expect(await probe(session, 'me@a.test')).toBe('connectionLost');
  });

  it.each(['a@b.c>\r\nDATA', 'Name <a@b.c>', ''])('refuses the address %j', async (address) => {
    const { server, session } = await start();
    expect(await probe(session, address)).toBe('invalidInput from');
    expect(await probe(session, 'a@b.c', address)).toBe('invalidInput recipient');
    expect(server.lines).toHaveLength(1);
  });
});
