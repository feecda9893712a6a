import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { differences, methodTable } from '../../../fixtures/method-table/table.js';
import { projectFile } from '../../../fixtures/servers/project-file.js';
import { documentedMethods } from '../../../src/archive/rpc/documented-methods.js';
import { refusals } from '../../../src/archive/rpc/refused-methods.js';
import { basicAuthorization, newClientId } from '../../../src/greyhound/index.js';
import { RunningArchive } from '../retrieval/running-archive.js';

let archive: RunningArchive;
beforeAll(async () => {
  archive = await RunningArchive.open();
});
afterAll(() => archive.close());

/** Without parameters, which would be ids: nothing is done. @returns the number of the error, if any */
async function errorOf(method: string): Promise<{ code: number; message: string } | undefined> {
  const response = await fetch(`http://127.0.0.1:${archive.port}/json`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: basicAuthorization(newClientId(), 'bridge', 'geheim', 'utf-8'),
    },
    body: JSON.stringify({ method, params: [] }),
  });
  const { error } = (await response.json()) as { error?: { code: number; message: string } };
  return error;
}

const rows = methodTable()
  .split('\n')
  .flatMap((line) => /^\| `(\S+)` +\| (served|refused) /.exec(line)?.slice(1) ?? [])
  .reduce<Map<string, string>>((all, _entry, at, list) => {
    if (at % 2 === 0) all.set(list[at] ?? '', list[at + 1] ?? '');
    return all;
  }, new Map());

describe('the documented methods', () => {
  it('are served or refused by name, as the table says', async () => {
    const documented = Object.values(documentedMethods).flat();
    expect(rows.size).toBeGreaterThanOrEqual(documented.length);
    for (const [method, state] of rows) {
      const error = await errorOf(method);
      const isRefused = error?.code === 9011 && error.message.includes(`offer ${method}`);
      expect([method, isRefused ? 'refused' : 'served']).toEqual([method, state]);
      expect([method, error?.code]).not.toEqual([method, 9001]);
    }
  });

  it('are refused with a reason', async () => {
    const refused = [...rows].flatMap(([method, state]) => (state === 'refused' ? [method] : []));
    expect([...refusals.keys()].sort()).toEqual(refused.sort());
    expect(await errorOf('RpcUsers.AddSipEvent')).toMatchObject({
      code: 9011,
      message: 'This archive does not offer RpcUsers.AddSipEvent: no telephony.',
    });
  });

  it('of other services are refused, too', async () => {
    expect(await errorOf('RpcTemplates.GetList')).toMatchObject({
      code: 9011,
      message: 'This archive does not offer RpcTemplates.GetList: no templates.',
    });
    for (const unknown of ['RpcUsers.Fly', 'RpcNothing.Get', 'GetEvents', '', 'constructor'])
      expect(await errorOf(unknown)).toMatchObject({ code: 9001 });
  });

  it('stand in the documentation as they are', async () => {
    const cells = (text: string) => text.replaceAll(/ {2,}| ?-{3,} ?/g, ' ');
    const page = await readFile(projectFile('docs', 'archive-methods.md'), 'utf8');
    expect(cells(page)).toBe(cells(methodTable()));
    for (const method of Object.keys(differences)) expect(rows.get(method)).toBe('served');
  });
});
