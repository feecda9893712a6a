import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  asSet,
  inboundRuleScript,
  RpcFilter,
  RpcGroup,
  RpcRule,
  RuleKind,
  RuleState,
  SearchField,
} from '../../../src/greyhound/index.js';
import { waitFor } from '../../support/wait-for.js';
import { RunningArchive } from '../retrieval/running-archive.js';
import { ScriptedPop3 } from '../retrieval/scripted-pop3.js';

const mail = (subject: string, attached: string) =>
  Buffer.from(
    [
      'From: =?utf-8?Q?J=C3=BCrgen_M=C3=BCller?= <jm@huber-stahl.example>',
      'To: service@example.test',
      `Subject: ${subject}`,
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/html; charset=utf-8',
      '',
      '<p>Die <b>Liefer</b>bestätigung folgt.</p>',
      '--b',
      'Content-Type: text/plain',
      'Content-Disposition: attachment; filename=liste.txt',
      '',
      attached,
      '--b--',
      '',
    ].join('\r\n'),
  );

describe('a fetched mail', () => {
  let server: ScriptedPop3;
  let archive: RunningArchive;
  let account: number;
  let groupId: number;
  beforeAll(async () => {
    server = await ScriptedPop3.start([]);
    archive = await RunningArchive.open();
    account = await archive.addPop3({ Username: 'a', Password: 'b', Port: server.port, State: 0 });
    const { client } = archive;
    groupId = await client.groups.New({ Group: RpcGroup.make({ Name: 'Rechnungen' }) });
    const filter = await client.filters.New({
      Filter: RpcFilter.make({
        Name: 'Rechnungen',
        SearchFor: 'rechnungsnummer mueller',
        SearchFields: asSet(SearchField.sfSubject, SearchField.sfAddress),
      }),
    });
    await client.rules.New({
      Rule: RpcRule.make({
        Name: 'Rechnungen',
        Kind: RuleKind.rkScript,
        State: RuleState.rsActive,
        Triggers: 1,
        FilterRefs: [filter],
        SourceCode: inboundRuleScript({
          groupId,
          address: 'service@example.test',
          accountId: account,
        }),
      }),
    });
    await archive.changePop3(account, { State: 1 });
    server.mails = [
      { uidl: 'one', bytes: mail('Ihre Rechnungsnummer 12', 'Palettenschein') },
      { uidl: 'two', bytes: mail('Etwas anderes', 'Palettenschein') },
    ];
    await archive.fetchNow(account);
    await archive.waitForItems(2);
  });
  afterAll(async () => {
    await archive.close();
    await server.stop();
  });

  it('is filed by a rule whose condition is a search', async () => {
    const groups = (await archive.list()).map(({ Subject, GroupRef }) => [Subject, GroupRef]);
    expect(groups).toEqual([
      ['Ihre Rechnungsnummer 12', groupId],
      ['Etwas anderes', 0],
    ]);
  });

  it('is found by its address, its text and its attachments once it has been read', async () => {
    for (const SearchFor of ['huber-stahl jürgen', 'bestaetigung', 'PALETTEN', 'liste.txt'])
      await waitFor(async () => (await archive.list({ SearchFor })).length === 2, {
        timeoutMs: 30_000,
        what: SearchFor,
      });
    const SearchFor = 'palettenschein';
    expect(await archive.list({ SearchFor, GroupRefs: [groupId] })).toHaveLength(1);
    expect(await archive.list({ SearchFor, SearchFields: asSet(SearchField.sfData) })).toEqual([]);
  });

  it('is not found any more once it is deleted for good', async () => {
    const [first] = await archive.list({ SearchFor: 'palettenschein rechnungsnummer' });
    const ID = first!.ID;
    await archive.client.items.Lock({ ID });
    await archive.client.items.Delete({ ID });
    expect(await archive.list({ SearchFor: 'palettenschein' })).toHaveLength(1);
    expect(await archive.list({ SearchFor: 'palettenschein rechnungsnummer' })).toEqual([]);
  });
});
