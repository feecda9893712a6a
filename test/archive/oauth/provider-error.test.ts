import { describe, expect, it } from '@jest/globals';
import { providerError } from '../../../src/archive/oauth/provider-error.js';

describe('what a provider answers instead of a token', () => {
  it.each([
    [400, { error: 'invalid_grant' }, 'invalidGrant'],
    [401, { error: 'invalid_client' }, 'clientRefused'],
    [
      400,
      { error: 'unauthorized_client', error_description: 'AADSTS700016: not found' },
      'clientRefused',
    ],
    [
      401,
      { error: 'invalid_client', error_description: 'AADSTS7000222: expired' },
      'clientRefused',
    ],
    [400, { error: 'interaction_required', error_description: 'AADSTS50076' }, 'invalidGrant'],
    [400, { error: 'consent_required' }, 'adminConsentRequired'],
    [
      400,
      { error: 'access_denied', error_description: 'AADSTS90094: admin' },
      'adminConsentRequired',
    ],
    [400, { error: 'access_denied' }, 'denied'],
    [400, { error: 'authorization_pending' }, 'notConfirmedYet'],
    [400, { error: 'slow_down' }, 'slowDown'],
    [400, { error: 'expired_token' }, 'deviceCodeExpired'],
    // nothing here says anything about the grant
    [503, { error: 'temporarily_unavailable' }, 'unavailable'],
    [429, {}, 'unavailable'],
    [500, '<html>', 'unavailable'],
    [0, undefined, 'unavailable'],
    [400, { error: 'invalid_request' }, 'refused'],
    [200, null, 'refused'],
  ] as const)('%i %j: %s', (status, payload, code) => {
    expect(providerError(status, payload).code).toBe(code);
  });

  it('keeps its words short, on one line, and without the ids of the request', () => {
    const { words } = providerError(400, {
      error: 'invalid_grant',
      error_description:
        'AADSTS50173: changed.\r\nTrace ID: 4711 Correlation ID: 0815 Timestamp: x',
    });
    expect(words).toBe('invalid_grant: AADSTS50173: changed.');
    const long = providerError(400, { error: 'x', error_description: 'y'.repeat(5000) });
    expect(long.words.length).toBeLessThanOrEqual(300);
  });
});
