/** One line of a body, read and checked. */
import type { z } from 'zod';
import { pushedRecord, removedRecord, type PushedType } from '../schemas.js';
import { recordKeys, type KeyWarning } from './record-keys.js';
import type { RecordToStore } from './set-batch.js';

export type PushedLine =
  | { readonly kind: 'blank' }
  | { readonly kind: 'removal'; readonly id: string }
  | {
      readonly kind: 'record';
      readonly id: string;
      readonly record: RecordToStore;
      readonly warnings: readonly KeyWarning[];
    }
  /** `field` is `line` where the line as a whole is no JSON object. */
  | { readonly kind: 'invalid'; readonly field: string };

export function pushedLine(type: PushedType, text: string): PushedLine {
  if (text.trim() === '') return { kind: 'blank' };
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return { kind: 'invalid', field: 'line' };
  if ('deleted' in value) {
    const { success, data, error } = removedRecord.safeParse(value);
    return success ? { kind: 'removal', id: data.id } : invalid(error);
  }
  const { success, data, error } = pushedRecord[type].safeParse(value);
  if (!success) return invalid(error);
  const { keys, warnings } = recordKeys(data);
  return { kind: 'record', id: data.id, record: { pushed: JSON.stringify(data), keys }, warnings };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid({ issues: [first] }: z.ZodError): PushedLine {
  if (first === undefined) return { kind: 'invalid', field: 'line' };
  const unknown = first.code === 'unrecognized_keys' ? first.keys.slice(0, 1) : [];
  const path = [...first.path, ...unknown].map(String);
  return { kind: 'invalid', field: path.length === 0 ? 'line' : path.join('.') };
}
