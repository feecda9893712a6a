import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  LINE_LIMIT_BYTES,
  readLines,
  type ReadLine,
} from '../../../../src/bridge/directory/store/line-reader.js';

async function linesOf(chunks: readonly Buffer[]): Promise<ReadLine[]> {
  const body = (async function* () {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  })();
  const lines: ReadLine[] = [];
  for await (const some of readLines(body)) lines.push(...some);
  return lines;
}

const textsOf = async (chunks: readonly Buffer[]) =>
  (await linesOf(chunks)).map((line) =>
    'text' in line ? line.text : 'fault' in line ? line.fault : '',
  );

describe('lines of a body', () => {
  it('are the same however the body is cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ' '))),
        fc.boolean(),
        fc.array(fc.nat(20)),
        async (texts, isEnded, cuts) => {
          const whole = Buffer.from(texts.join('\n') + (isEnded && texts.length > 0 ? '\n' : ''));
          const chunks: Buffer[] = [];
          let at = 0;
          for (const cut of cuts) chunks.push(whole.subarray(at, (at += cut)));
          chunks.push(whole.subarray(at));
          const expected = [...texts];
          if (!isEnded && expected.at(-1) === '') expected.pop();
          const first = expected[0]?.replace(/^\ufeff/, '');
          if (first !== undefined) expected[0] = first;
          expect(await textsOf(chunks)).toEqual(expected);
        },
      ),
    ));

  it('take an unfinished last line at the end of the body', async () => {
    expect(await textsOf([Buffer.from('{"id":1}\n{"id"'), Buffer.from(':2}')])).toEqual([
      '{"id":1}',
      '{"id":2}',
    ]);
  });

  it('of a body that breaks off do not include the half one', async () => {
    const gone = new Error('gone');
    const body = (async function* () {
      yield await Promise.resolve(Buffer.from('{"id":1}\n{"id":2}'));
      throw gone;
    })();
    const seen: ReadLine[] = [];
    for await (const some of readLines(body)) seen.push(...some);
    expect(seen).toEqual([{ text: '{"id":1}' }, { brokeOff: gone }]);
  });

  it('end with one that is too long, without keeping it', async () => {
    const long = Buffer.alloc(LINE_LIMIT_BYTES, 'x');
    expect(await textsOf([long, Buffer.from('\nb\n')])).toEqual([long.toString(), 'b']);
    expect(await textsOf([long, Buffer.from('x\nb\n')])).toEqual(['lineTooLong']);
    expect(await textsOf([Buffer.from('a\n'), long, long, long])).toEqual(['a', 'lineTooLong']);
  });

  it('tell what is no UTF-8', async () => {
    expect(await textsOf([Buffer.from('a\nM\xfcller\nb\n', 'latin1')])).toEqual([
      'a',
      'notUtf8',
      'b',
    ]);
  });
});
