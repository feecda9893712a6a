import { describe, expect, it } from '@jest/globals';
import { RpcError } from '../../../src/archive/errors.js';
import { BridgeFailure, refuse } from '../../../src/bridge/failure.js';
import { problem, problemTypes, type ProblemCode } from '../../../src/bridge/http/problems.js';
import { ArchiveFailure, type ArchiveCode } from '../../../src/greyhound/index.js';
import { MailFailure } from '../../../src/mail/errors.js';

const codes = Object.keys(problemTypes) as ProblemCode[];
const requestId = '00000000-0000-4000-8000-000000000000';

describe('the problem table', () => {
  it.each(codes)('%s has a status and texts in both languages', (code) => {
    const { status, title, detail, hint } = problemTypes[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    for (const text of [title, detail, ...(hint === undefined ? [] : [hint])]) {
      expect(text.de.trim()).not.toBe('');
      expect(text.en.trim()).not.toBe('');
      expect(text.de).not.toBe(detail.en);
      // both languages use the same values
      const values = (one: string) =>
        [...one.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
      expect(values(text.de)).toEqual(values(text.en));
    }
  });
});

const archive = (code: ArchiveCode, params: Record<string, string | number> = {}): ArchiveFailure =>
  new ArchiveFailure(code, {
    disposition: 'transient',
    method: 'RpcX.Y',
    maybeExecuted: false,
    params,
  });

describe('BRG-09 archive failures', () => {
  it.each<[ArchiveCode, number]>([
    ['archiveUnreachable', 502],
    ['archiveTls', 502],
    ['archiveTimeout', 504],
    ['archiveLogin', 502],
    ['archiveProtocol', 502],
    ['archiveConnectionLost', 502],
    ['archiveHttp', 502],
    ['archiveFault', 502],
    ['archiveNotFound', 404],
  ])('%s answers %i with its own code', (code, status) => {
    expect(problem(archive(code), 'en', requestId)).toMatchObject({
      code,
      status,
      origin: 'archive',
    });
  });

  it.each([
    ['notFound', 404, 'notFound'],
    ['lockedByOther', 409, 'lockedInArchive'],
    ['notLocked', 409, 'lockedInArchive'],
    ['noAccountForSender', 422, 'senderNotServed'],
  ] as const)('knows the fault %s of the embedded archive', (fault, status, code) => {
    const rawCode = new RpcError(fault, '').number;
    expect(problem(archive('archiveFault', { rawCode }), 'en', requestId)).toMatchObject({
      code,
      status,
    });
  });

  it("shows an unknown fault in the archive's words", () => {
    const shown = problem(
      archive('archiveFault', { rawCode: 812, serverText: 'Quota' }),
      'de',
      requestId,
    );
    expect(shown).toMatchObject({ status: 502, detail: 'Das Mailarchiv meldet: Quota' });
  });
});

describe("texts in the ERP's words", () => {
  const texts = (error: unknown) => {
    const { title, detail, hint } = problem(error, 'de', requestId);
    return `${title} ${detail} ${hint ?? ''}`;
  };

  it('SAL-22 more accounts need the Greyhound-Client and a licence', () => {
    const shown = texts(refuse('accountLimitReached', { params: { limit: 10 } }));
    expect(shown).toContain('maximal 10');
    expect(shown).toContain('über den Greyhound-Client und eine entsprechende Lizenz');
  });

  it('SAL-16 a connection failure names port 443 and the firewall', () => {
    for (const code of ['archiveUnreachable', 'archiveTimeout'] as const) {
      expect(texts(archive(code))).toContain('Port 443');
      expect(texts(archive(code))).toContain('Firewall');
    }
  });

  it('SAL-117 the refusal names the sender', () => {
    expect(texts(refuse('senderNotServed', { params: { sender: 'a@b.example' } }))).toContain(
      'a@b.example',
    );
  });

  it('keeps causes and unknown errors to itself', () => {
    const shown = problem(new Error('hunter2'), 'en', requestId);
    expect(shown).toMatchObject({ code: 'internalError', status: 500 });
    expect(JSON.stringify(shown)).not.toContain('hunter2');
  });

  it('names field, disposition and origin', () => {
    const failure = new MailFailure('nameNotFound', { field: 'host' });
    expect(problem(failure, 'en', requestId)).toMatchObject({
      field: 'host',
      disposition: 'actionRequired',
      origin: 'mailServer',
    });
    expect(
      problem(
        new BridgeFailure('notConfigured', { disposition: 'actionRequired', origin: 'bridge' }),
        'de',
        requestId,
      ),
    ).toMatchObject({ status: 409, disposition: 'actionRequired' });
  });
});
