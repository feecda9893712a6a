import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { scopes, type AnyRoute } from '../../../src/bridge/http/route.js';
import { startBridge, type BridgeHarness } from './bridge-harness.js';

let bridge: BridgeHarness;
beforeAll(async () => {
  bridge = await startBridge();
});
afterAll(() => bridge.close());

const pathOf = (route: AnyRoute): string => route.path.replace(/\{\w+\}/g, '1');
const callOf = (route: AnyRoute) => ({ method: route.method.toUpperCase() });
const guarded = (): AnyRoute[] => bridge.routes.filter(({ scope }) => scope !== null);

describe('every route', () => {
  it('refuses a request without a token (401), with an unknown one, and with a revoked one', async () => {
    const revoked = await bridge.tokens.create('to revoke', scopes);
    await bridge.tokens.revoke('to revoke');
    expect(guarded().length).toBeGreaterThan(15);
    for (const route of guarded()) {
      const without = await bridge.request(pathOf(route), { ...callOf(route), token: null });
      expect([route.operationId, without.status]).toEqual([route.operationId, 401]);
      expect(without.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
    }
    const [route] = guarded();
    const answer = await bridge.request(pathOf(route!), { ...callOf(route!), token: revoked });
    expect([answer.status, answer.body['code']]).toEqual([401, 'unauthenticated']);
  });

  it('refuses a token that has every scope but the one needed (403), naming it', async () => {
    for (const scope of scopes)
      await bridge.tokens.create(
        `without ${scope}`,
        scopes.filter((other) => other !== scope),
      );
    for (const route of guarded()) {
      const token = await bridge.tokens.create(
        'almost',
        scopes.filter((other) => other !== route.scope),
      );
      const answer = await bridge.request(pathOf(route), { ...callOf(route), token });
      expect([route.operationId, answer.status]).toEqual([route.operationId, 403]);
      expect(answer.body).toMatchObject({ code: 'forbidden', params: { scope: route.scope } });
      expect(answer.headers.get('www-authenticate')).toContain(`scope="${String(route.scope)}"`);
    }
  });

  it('lets in the scope that it names', async () => {
    for (const route of guarded()) {
      const token = await bridge.tokenWith(route.scope!);
      const answer = await bridge.request(pathOf(route), { ...callOf(route), token });
      expect([401, 403, 404, 405]).not.toContain(answer.status);
    }
  });

  it('refuses members and parameters that it does not name', () => {
    for (const { operationId, body, query, streamsBody } of bridge.routes)
      // bytes have no members
      for (const schema of [streamsBody === 'bytes' ? undefined : body, query])
        if (schema !== undefined) {
          const { additionalProperties } = z.toJSONSchema(schema, {
            io: 'input',
            unrepresentable: 'any',
          });
          expect([operationId, additionalProperties]).toEqual([operationId, false]);
        }
  });

  it('has an operation id of its own', () => {
    const ids = bridge.routes.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('sign-in', () => {
  it('limits failed tries (429), and never locks out a valid token', async () => {
    const fresh = await startBridge();
    try {
      const statuses: number[] = [];
      for (let tries = 0; tries < 22; tries += 1)
        statuses.push((await fresh.request('/api/v1/settings', { token: 'mbt_wrong' })).status);
      expect(statuses.slice(0, 20).every((status) => status === 401)).toBe(true);
      expect(statuses.slice(20)).toEqual([429, 429]);
      const limited = await fresh.request('/api/v1/settings', { token: 'mbt_wrong' });
      expect([limited.body['code'], limited.headers.get('retry-after')]).toEqual([
        'tooManyRequests',
        '60',
      ]);
      expect((await fresh.request('/api/v1/settings')).status).toBe(200);
    } finally {
      await fresh.close();
    }
  });

  it('BRG-12 keeps tokens as digests only, and logs none', async () => {
    await bridge.request('/api/v1/settings');
    const rows = await bridge.database.selectFrom('token').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(bridge.token);
    expect(bridge.log()).toContain('getSettings');
    expect(bridge.log()).not.toContain(bridge.token);
  });

  it('sends the headers that keep browsers from guessing, framing and caching', async () => {
    const { headers } = await bridge.request('/api/v1/settings');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});
