/** A client in another language: what it writes and reads is none of ours. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectFile } from '../../../fixtures/servers/project-file.js';
import { requireServers } from '../../../fixtures/servers/require-servers.js';
import { Pop3Delete } from '../../../src/greyhound/index.js';
import { RunningArchive } from '../retrieval/running-archive.js';

const PASSWORD = 'Schlüssel€ß';
let archive: RunningArchive;
let told: Record<string, unknown>;

beforeAll(async () => {
  requireServers(['php']);
  archive = await RunningArchive.open({ password: PASSWORD });
  const script = projectFile('fixtures', 'php-client', 'day.php');
  const url = `http://127.0.0.1:${archive.port}`;
  const { stdout } = await promisify(execFile)('php', [script, url, 'bridge', PASSWORD]);
  told = JSON.parse(stdout) as Record<string, unknown>;
}, 30_000);
afterAll(() => archive.close());

describe('a client in PHP, over /xmlrpc', () => {
  it('signs in with a password in windows-1252, and keeps its HTTP/1.0 connection', () => {
    expect(told['keptConnections']).toBe(true);
    expect(told['version']).toMatch(/^\d+\.\d+/);
    expect(told['wrongPassword']).toEqual(['AuthenticationException', 0, '/xmlrpc']);
  });

  it('creates, changes and reads an account', async () => {
    expect(told['procedure']).toBe('');
    expect(told['account']).toMatchObject({
      Name: 'Lager & Versand <ü>',
      Interval: 600,
      Port: 995,
    });
    const [account] = await archive.client.pop3Accounts.GetList();
    expect(account).toMatchObject({ Delete: Pop3Delete.pdNo, Username: 'lager' });
    expect(told['accounts']).toBe(1);
  });

  it('writes a mail with an attachment, and reads the bytes back', () => {
    const Subject = 'Angebot für Müller € <1> & ]]>';
    expect(told['item']).toMatchObject({ Subject, Attachments: [{ Name: 'Preis liste ü.pdf' }] });
    expect(told['attachment']).toBe(Buffer.from('%PDF\x00\xff\n', 'latin1').toString('hex'));
    expect(told['listed']).toEqual([Subject]);
  });

  it('fills in a text block', () => {
    expect(told['textBlock']).toMatchObject({
      Name: 'Gruß',
      TextData: 'Guten Tag Frau <Müller> & Team',
      UsedCount: 1,
    });
  });

  it('is told what happened', () => {
    expect(told['events']).toEqual(
      expect.arrayContaining([
        // PHP knows one kind of empty array
        ['ItemCountChanged', []],
        ['LockStateChanged', expect.objectContaining({ Service: 'RpcTextBlocks', ID: 2 })],
      ]),
    );
    expect(told['noEvents']).toEqual([]);
  });

  it('gets faults with number and words, and 404 for what is not there', () => {
    expect(told['unknownMethod']).toEqual([
      'FaultException',
      9001,
      'Unknown method RpcGroups.Fly.',
    ]);
    expect(told['unknownId']).toEqual(['FaultException', 9003, expect.any(String)]);
    expect(told['notLocked']).toEqual(['FaultException', 9004, expect.any(String)]);
    expect(told['notLockedUpload']).toEqual(['FaultException', 9004, expect.any(String)]);
    expect(told['topicInUse']).toEqual(['FaultException', 9007, 'The topic 1 is used by items.']);
    expect(told['noSuchFile']).toEqual(['NotFoundException', 0, expect.any(String)]);
  });
});
