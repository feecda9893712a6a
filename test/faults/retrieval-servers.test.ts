import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pop3Delete, Pop3Protocol } from '../../src/greyhound/index.js';
import { RunningArchive } from '../archive/retrieval/running-archive.js';
import { type TemporaryDirectory } from '../support/temporary-directory.js';
import { waitFor } from '../support/wait-for.js';
import { extent, randomFrom, report } from './extent.js';
import { makeMail, makeTemplate, policies, run } from './fetching-trial.js';
import { imapBehaviours } from './imap-behaviours.js';
import { ImapMailboxServer } from './imap-server.js';
import { MailboxServer } from './mailbox-server.js';
import { behaviours } from './server-behaviours.js';
import type { Policy } from './server-scene.js';

let template: TemporaryDirectory;
beforeAll(async () => {
  template = await makeTemplate();
});
afterAll(() => template.remove());

/** Which of its seeds a run has, and how the account deletes. */
interface Given {
  readonly policy: Policy;
  readonly seed: number;
  readonly template: string;
}

const named = <T>(table: Readonly<Record<string, T>>, name: string): T => {
  const found = table[name];
  if (found === undefined) throw new Error(`no such behaviour: ${name}`);
  return found;
};

const POP3 = {
  suite: 'retrieval-servers',
  seeds: extent({ short: 1, full: 20 }),
  names: Object.keys(behaviours),
  play: async (name: string, given: Given): Promise<number> => {
    const server = await new MailboxServer().start();
    const behaviour = named(behaviours, name);
    return run({ ...given, server, behaviour, protocol: Pop3Protocol.ppPop3 });
  },
};

const IMAP = {
  suite: 'retrieval-servers-imap',
  seeds: extent({ short: 1, full: 6 }),
  names: Object.keys(imapBehaviours),
  play: async (name: string, given: Given): Promise<number> => {
    const server = await new ImapMailboxServer().start();
    const behaviour = named(imapBehaviours, name);
    return run({ ...given, server, behaviour, protocol: Pop3Protocol.ppImap4 });
  },
};

describe.each([
  ['POP3', POP3],
  ['IMAP', IMAP],
])('a mail server by %s that', (_protocol, { suite, seeds, names, play }) => {
  let runs = 0;
  let strokes = 0;

  it.each(names)(
    '%s: nothing lost, nothing doubled, a true result',
    async (name) => {
      const failures: string[] = [];
      for (let seed = 1; seed <= seeds; seed += 1) {
        const results = Object.keys(policies).map(async (one) => {
          const policy = one as Policy;
          try {
            strokes += await play(name, { policy, seed, template: template.path });
            runs += 1;
          } catch (error) {
            failures.push(`policy ${policy}, seed ${seed}: ${String(error)}`);
          }
        });
        await Promise.all(results);
      }
      expect(failures).toEqual([]);
    },
    extent({ short: 60_000, full: 3_600_000 }),
  );

  it('was met in every way', () => {
    report(suite, {
      behaviours: names.length,
      policies: Object.keys(policies).length,
      seeds,
      runs,
      'sessions struck': strokes,
    });
    expect(runs).toBe(names.length * Object.keys(policies).length * seeds);
  });
});

describe('an account whose server', () => {
  const byPop3 = { protocol: Pop3Protocol.ppPop3, make: () => new MailboxServer() };
  const byImap = { protocol: Pop3Protocol.ppImap4, make: () => new ImapMailboxServer() };

  it.each([
    ['POP3', 'sends a byte a second', byPop3],
    ['POP3', 'sends a mail without end', byPop3],
    ['IMAP', 'sends a byte a second', byImap],
    ['IMAP', 'is silent at BODY', byImap],
  ])(
    'by %s %s does not delay another',
    async (_protocol, name, { protocol, make }) => {
      const [bad, good] = [await make().start(), await make().start()];
      const archive = await RunningArchive.open();
      try {
        const random = randomFrom(1);
        for (const server of [bad, good, good]) server.deliver(makeMail(random, 0));
        misbehave(bad, name);
        const account = {
          Protocol: protocol,
          Password: 'p',
          Delete: Pop3Delete.pdYes,
          MaxSize: 500_000_000,
        };
        await archive.addPop3({ ...account, Username: 'bad', Port: bad.port, Timeout: 20 });
        await waitFor(() => bad.strokes > 0);
        await archive.addPop3({ ...account, Username: 'good', Port: good.port });
        await waitFor(() => good.removed.length === 2, { timeoutMs: 15_000 });
        await archive.waitForItems(2);
        // and that while the other session is still under way
        const [status] = await archive.client.mailBridge.GetStatusList();
        expect(status).toMatchObject({ LastErrorAt: null, LastSuccess: null });
      } finally {
        await archive.close();
        await bad.stop();
        await good.stop();
      }
    },
    60_000,
  );
});

function misbehave(server: MailboxServer | ImapMailboxServer, name: string): void {
  const scene = { random: randomFrom(1), deliver: unused, takeAway: unused };
  if (server instanceof MailboxServer) {
    const { conduct } = named(behaviours, name).play({ ...scene, server });
    if (conduct !== undefined) server.conduct = conduct;
  } else {
    const { conduct, before } = named(imapBehaviours, name).play({ ...scene, server });
    before?.(1);
    if (conduct !== undefined) server.conduct = conduct;
  }
}

const unused = (): never => {
  throw new Error('this scene needs no further mail');
};
