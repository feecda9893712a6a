import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError } from '../../src/platform/config.js';
import { randomIds } from '../../src/platform/ids.js';
import { InstanceArming, writeRestoreMarker } from '../../src/platform/instance.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mail-bridge-instance-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const at = (name: string): string => join(root, name);

/** A start as the program makes it; the second one finds data. */
function start(name: string, given: { id?: string; file?: string } = {}): InstanceArming {
  const folder = at(name);
  const hasData = existsSync(join(folder, 'bridge.sqlite'));
  mkdirSync(folder, { recursive: true });
  const anchor =
    given.id === undefined ? { file: given.file ?? `${folder}.instance` } : { id: given.id };
  const arming = InstanceArming.open({ folder, anchor, hasData, ids: randomIds });
  arming.begin();
  writeFileSync(join(folder, 'bridge.sqlite'), '');
  return arming;
}

const copy = (from: string, to: string): void => {
  rmSync(at(to), { recursive: true, force: true });
  cpSync(at(from), at(to), { recursive: true });
};

const inside = (name: string) => readFileSync(join(at(name), 'instance.json'), 'utf8');

describe('an instance', () => {
  it('stays armed from start to start, with files that only its owner reads', () => {
    for (let count = 0; count < 3; count += 1) {
      const arming = start('data');
      expect(arming.disarmed).toBeNull();
      expect(arming.inheritsOperations).toBe(false);
      arming.advance();
    }
  });

  it('takes over a folder from before it existed', () => {
    mkdirSync(at('data'));
    writeFileSync(join(at('data'), 'bridge.sqlite'), '');
    expect(start('data').disarmed).toBeNull();
    expect(start('data').disarmed).toBeNull();
  });

  it('begins anew where a folder was removed', () => {
    const { id } = JSON.parse((start('data'), inside('data'))) as { id: string };
    rmSync(at('data'), { recursive: true });
    expect(start('data').disarmed).toBeNull();
    expect(inside('data')).not.toContain(id);
  });

  it.each([
    ['copied elsewhere', () => copy('data', 'other'), 'other'],
    ['moved', () => renameSync(at('data'), at('other')), 'other'],
    [
      'copied with the file outside',
      () => {
        copy('data', 'other');
        cpSync(at('data.instance'), at('other.instance'));
      },
      'other',
    ],
    ['without the file outside', () => rmSync(at('data.instance')), 'data'],
    ['with a damaged file outside', () => writeFileSync(at('data.instance'), '{'), 'data'],
    [
      'with a damaged file inside',
      () => writeFileSync(join(at('data'), 'instance.json'), '{'),
      'data',
    ],
  ])('is a copy when %s, also at later starts, until it is armed', async (_how, act, name) => {
    start('data').advance();
    act();
    const outside = existsSync(at(`${name}.instance`))
      ? readFileSync(at(`${name}.instance`))
      : null;
    expect(start(name).disarmed).toBe('copied');
    const arming = start(name);
    expect(arming.disarmed).toBe('copied');
    arming.advance();
    // what stands outside is not touched before somebody said so
    expect(
      existsSync(at(`${name}.instance`)) ? readFileSync(at(`${name}.instance`)) : null,
    ).toEqual(outside);
    let told = 0;
    arming.onArmed(() => (told += 1));
    await arming.arm();
    await arming.arm();
    expect([arming.disarmed, told]).toEqual([null, 1]);
    expect(start(name).disarmed).toBeNull();
  });

  it('leaves the original armed when a copy was armed', async () => {
    start('data').advance();
    copy('data', 'other');
    await start('other').arm();
    expect(start('data').disarmed).toBeNull();
    expect(start('other').disarmed).toBeNull();
  });

  it('knows a backup by its marker, and forgets it once armed', async () => {
    start('data');
    mkdirSync(at('backup'));
    writeFileSync(join(at('backup'), 'bridge.sqlite'), '');
    writeRestoreMarker(at('data'), at('backup'), { takenAt: new Date(0), version: '1.2.3' });
    const { id } = JSON.parse(inside('data')) as { id: string };
    expect(JSON.parse(readFileSync(join(at('backup'), 'restored.json'), 'utf8'))).toEqual({
      ...{ takenAt: '1970-01-01T00:00:00.000Z', id, version: '1.2.3' },
    });
    copy('backup', 'data');
    expect(start('data').disarmed).toBe('restored');
    const arming = start('data');
    expect(arming.disarmed).toBe('restored');
    await arming.arm();
    expect(start('data').disarmed).toBeNull();
  });

  it('asks once for operations of another instance to be given up', async () => {
    start('data');
    copy('data', 'other');
    expect(start('other').inheritsOperations).toBe(true);
    const again = start('other');
    expect(again.inheritsOperations).toBe(true);
    again.operationsAbandoned();
    const third = start('other');
    expect(third.inheritsOperations).toBe(false);
    await third.arm();
    expect(start('other').inheritsOperations).toBe(false);
  });

  it('belongs to the id from the environment where no file outside lasts', async () => {
    expect(start('data', { id: 'shop-1' }).disarmed).toBeNull();
    expect(start('data', { id: 'shop-1' }).disarmed).toBeNull();
    expect(existsSync(at('data.instance'))).toBe(false);
    const other = start('data', { id: 'shop-2' });
    expect(other.disarmed).toBe('copied');
    await other.arm();
    expect(start('data', { id: 'shop-2' }).disarmed).toBeNull();
    expect(start('data', { id: 'shop-1' }).disarmed).toBe('copied');
  });

  it('names the variable when the file outside cannot be written', () => {
    mkdirSync(at('taken'));
    expect(() => start('data', { file: at('taken') })).toThrow(ConfigError);
    expect(() => start('data', { file: at('taken') })).toThrow(/MB_INSTANCE_FILE.*MB_INSTANCE_ID/s);
  });
});

/**
 * What happens to one place. `crash*` stand for a process that ends between the two writes of a step, or before them;
 * `save` keeps a copy of the folder, `restore` puts it back.
 */
const event = fc.constantFrom(
  ...(['start', 'step', 'crashBefore', 'crashBetween', 'save', 'restore', 'arm'] as const),
);

describe('generations', () => {
  it('tell every older state of the folder, and never blame the present one', async () => {
    let size = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 30 }), async (events) => {
        rmSync(root, { recursive: true, force: true });
        mkdirSync(root);
        let arming = start('data');
        // steps that were completed outside, at present and when the copy was kept
        let steps = 0;
        let saved: { readonly steps: number; readonly disarmed: boolean } | null = null;
        let isDisarmed = false;
        const step = (act: () => void) => {
          act();
          if (!isDisarmed) steps += 1;
        };
        for (const happened of events) {
          size += 1;
          switch (happened) {
            case 'start':
              step(() => (arming = start('data')));
              break;
            case 'step':
              step(() => arming.advance());
              break;
            case 'crashBefore':
              break;
            case 'crashBetween': {
              const outside = readFileSync(at('data.instance'));
              arming.advance();
              writeFileSync(at('data.instance'), outside);
              break;
            }
            case 'save':
              copy('data', 'kept');
              saved = { steps, disarmed: isDisarmed };
              break;
            case 'restore':
              if (saved === null) continue;
              copy('kept', 'data');
              isDisarmed = saved.disarmed || saved.steps < steps;
              break;
            case 'arm':
              await arming.arm();
              if (isDisarmed) steps += 1;
              isDisarmed = false;
              break;
          }
          // whatever happened, the process ends here and another one starts
          const next = start('data');
          expect(next.disarmed !== null).toBe(isDisarmed);
          if (!isDisarmed) steps += 1;
          arming = next;
        }
      }),
      { numRuns: 30, seed: 20261122 },
    );
    expect(size).toBeGreaterThan(300);
  });
});
