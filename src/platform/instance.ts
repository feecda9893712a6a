/**
 * Tells the data folder that has always worked here from a copy of it and from an older state of it.
 *
 * `instance.json` in the folder and a file outside it, beside the folder, name the same id and generation. The
 * generation goes up at every start, now and then while running, and at every clean stop: a folder that was put back
 * is behind its outside file, a folder that was copied elsewhere has none there, or another one's. The inside is
 * written first, so that a crash between the two leaves the inside one ahead, never behind.
 *
 * Once found, a disarmed state stays in the folder, and the outside file as it was, until an administrator arms it.
 * A machine that is copied or set back as a whole takes the outside file along: that cannot be told from here.
 */
import { mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Arming, DisarmedReason } from './arming.js';
import { ConfigError, type InstanceAnchor } from './config.js';
import { readIfPresent, removeDurably, writeDurably } from './durable-file.js';
import type { IdSource } from './ids.js';
import { systemCode } from './system-error.js';

const insideSchema = z.object({
  id: z.string(),
  generation: z.int(),
  disarmed: z.enum(['restored', 'copied']).nullable(),
  /** Operations that another instance had begun may still stand open in this folder. */
  inheritsOperations: z.boolean(),
});
type Inside = z.infer<typeof insideSchema>;

const outsideSchema = z.object({ id: z.string(), generation: z.int(), place: z.string() });
type Outside = z.infer<typeof outsideSchema>;

const INSIDE = 'instance.json';

/** In a backup: whoever starts it is not the original. */
const RESTORE_MARKER = 'restored.json';

/** What is there at a start. */
interface Found {
  readonly hasMarker: boolean;
  /** Whether an earlier start has left data. */
  readonly hasData: boolean;
  readonly inside: Inside | null;
  /** As much as the anchor tells. */
  readonly outside: Partial<Outside> | null;
  /** Real path of the folder. */
  readonly place: string;
}

/** @returns null when it may delete and send. Pure. */
function judge({ hasMarker, hasData, inside, outside, place }: Found): DisarmedReason | null {
  if (hasMarker) return 'restored';
  if (inside?.disarmed != null) return inside.disarmed;
  if (!hasData) return null;
  const isHere = outside?.place === undefined || outside.place === place;
  if (inside === null) {
    // generation 0: this place was about to be taken into use when the process ended
    const isUnclaimed = outside === null || (outside.generation ?? 0) === 0;
    return isUnclaimed && isHere ? null : 'restored';
  }
  if (outside?.id !== inside.id || !isHere) return 'copied';
  const ahead = inside.generation - (outside.generation ?? inside.generation);
  return ahead === 0 || ahead === 1 ? null : 'restored';
}

export interface InstanceOptions {
  /** An existing data folder, locked by this process. */
  readonly folder: string;
  readonly anchor: InstanceAnchor;
  /** Whether an earlier start has left data in the folder. */
  readonly hasData: boolean;
  readonly ids: IdSource;
}

export class InstanceArming implements Arming {
  readonly #listeners = new Set<() => void>();
  readonly #place: string;
  #inside: Inside;
  /** Generation that stands outside; null: another instance's, or none. */
  #generationOutside: number | null;
  /** Whether the folder itself does not say yet what was found. */
  #isNews: boolean;

  private constructor(
    private readonly options: InstanceOptions,
    found: Found,
  ) {
    const { inside, outside, place } = found;
    this.#place = place;
    const disarmed = judge(found);
    this.#isNews = inside?.disarmed !== disarmed;
    const known = inside ?? { ...this.#newIdentity(), inheritsOperations: false };
    const inherits = known.inheritsOperations || (disarmed !== null && this.#isNews);
    this.#inside = { ...known, disarmed, inheritsOperations: inherits };
    const isOurs = outside?.id === known.id && disarmed === null;
    this.#generationOutside = isOurs ? (outside.generation ?? known.generation) : null;
  }

  /** Only looks; `begin` writes. @throws ConfigError when the file outside cannot be read */
  static open(options: InstanceOptions): InstanceArming {
    const { folder, anchor, hasData } = options;
    return new InstanceArming(options, {
      hasMarker: readIfPresent(join(folder, RESTORE_MARKER)) !== null,
      hasData,
      inside: readInside(join(folder, INSIDE)),
      outside: readOutside(anchor),
      place: realpathSync(folder),
    });
  }

  /**
   * Writes down that a process has started on the folder, or why it is disarmed.
   * @throws ConfigError when the file outside the folder cannot be written; the system's error when the disk is full
   */
  begin(): void {
    if (this.disarmed === null) this.advance();
    else if (this.#isNews) this.#keep({});
  }

  get disarmed(): DisarmedReason | null {
    return this.#inside.disarmed;
  }

  /**
   * Whether operations may stand open that another instance had begun, and perhaps ended since: they must be given up,
   * not taken back. True until `operationsAbandoned` was told, also at later starts.
   */
  get inheritsOperations(): boolean {
    return this.#inside.inheritsOperations;
  }

  operationsAbandoned(): void {
    this.#keep({ inheritsOperations: false });
  }

  /** One generation on. Nothing happens while it is disarmed. */
  advance(): void {
    if (this.disarmed !== null) return;
    // what a crash or a full disk left behind comes first: the two are never further apart than one
    if (this.#generationOutside !== this.#inside.generation) this.#writeOutside();
    this.#keep({ generation: this.#inside.generation + 1 });
    this.#writeOutside();
  }

  /** The folder says last that it is armed: a crash before leaves it disarmed. */
  arm(): Promise<void> {
    if (this.disarmed === null) return Promise.resolve();
    return Promise.resolve().then(() => {
      const armed = { ...this.#inside, ...this.#newIdentity(), disarmed: null };
      this.#writeOutside(armed);
      removeDurably(join(this.options.folder, RESTORE_MARKER));
      this.#keep(armed);
      for (const listener of this.#listeners) listener();
    });
  }

  onArmed(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #newIdentity(): Pick<Inside, 'id' | 'generation'> {
    const { anchor, ids } = this.options;
    return { id: 'id' in anchor ? anchor.id : ids.next(), generation: 0 };
  }

  #keep(changes: Partial<Inside>): void {
    const inside = { ...this.#inside, ...changes };
    writeDurably(join(this.options.folder, INSIDE), JSON.stringify(inside));
    this.#inside = inside;
    this.#isNews = false;
  }

  #writeOutside({ id, generation } = this.#inside): void {
    const { anchor } = this.options;
    this.#generationOutside = generation;
    if ('id' in anchor) return;
    this.#generationOutside = null;
    try {
      mkdirSync(dirname(anchor.file), { recursive: true });
      writeDurably(anchor.file, JSON.stringify({ id, generation, place: this.#place }));
      this.#generationOutside = generation;
    } catch (error) {
      throw unusable(anchor.file, error);
    }
  }
}

function unusable(file: string, error: unknown): unknown {
  const code = systemCode(error) ?? '';
  if (!deniedCodes.has(code)) return error;
  return new ConfigError([
    `MB_INSTANCE_FILE: ${file} cannot be used (${code}); name another file outside the data folder, ` +
      'or set MB_INSTANCE_ID where no such file would last',
  ]);
}

const deniedCodes: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ENOTDIR']);

/** A file that does not read as it was written agrees with nothing: the folder counts as a copy. */
function readInside(file: string): Inside | null {
  const text = readIfPresent(file);
  if (text === null) return null;
  const damaged = { id: '', generation: 0, disarmed: null, inheritsOperations: true };
  return parsed(insideSchema, text) ?? damaged;
}

function readOutside(anchor: InstanceAnchor): Partial<Outside> | null {
  if ('id' in anchor) return anchor;
  try {
    const text = readIfPresent(anchor.file);
    return text === null ? null : (parsed(outsideSchema, text) ?? {});
  } catch (error) {
    throw unusable(anchor.file, error);
  }
}

function parsed<Shape>(schema: z.ZodType<Shape>, text: string): Shape | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Marks a copy of the folder as a backup. */
export function writeRestoreMarker(
  folder: string,
  copy: string,
  { takenAt, version }: { readonly takenAt: Date; readonly version: string },
): void {
  const id = readInside(join(folder, INSIDE))?.id ?? null;
  const marker = { takenAt: takenAt.toISOString(), id, version };
  writeDurably(join(copy, RESTORE_MARKER), JSON.stringify(marker));
}
