/** Input against its schema; every issue names the field it is about. */
import type { z } from 'zod';
import { describeIssue, fieldTexts } from '../texts/fields.js';
import { fill, type Language } from '../texts/text.js';
import { InvalidInput, type FieldError } from './problems.js';

/** @throws InvalidInput with one error a field, in the caller's language */
export function validate<T>(schema: z.ZodType<T>, input: unknown, language: Language): T {
  const parsed = schema.safeParse(input, { error: describeIssue(language) });
  if (parsed.success) return parsed.data;
  throw new InvalidInput(parsed.error.issues.flatMap((issue) => fieldErrors(issue, [], language)));
}

type Path = readonly PropertyKey[];

function fieldErrors(issue: z.core.$ZodIssue, outer: Path, language: Language): FieldError[] {
  const path = [...outer, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: fieldName([...path, key]),
      code: 'unknownField',
      message: fill(fieldTexts.unknownField, language),
    }));
  }
  if (issue.code === 'invalid_union') {
    // The alternative that was meant is the one with the least wrong; zod lists them all.
    const [closest] = [...issue.errors].sort((one, other) => one.length - other.length);
    if (closest !== undefined && closest.length > 0)
      return closest.flatMap((inner) => fieldErrors(inner, path, language));
  }
  return [{ field: fieldName(path), code: 'invalidRequest', message: issue.message }];
}

const fieldName = (path: Path): string => (path.length === 0 ? 'body' : path.map(String).join('.'));
