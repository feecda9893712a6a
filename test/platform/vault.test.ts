import { describe, expect, it } from '@jest/globals';
import { Vault, VaultError, type SecretPlace } from '../../src/platform/vault.js';

const place: SecretPlace = { owner: 'realm/1', record: 'pop3_account/7', field: 'Password' };

describe('secrets at rest', () => {
  const key = Vault.newKey();
  const vault = new Vault([key]);

  it('BRG-12 a sealed secret shows nothing of its text and opens again', () => {
    const sealed = vault.seal('gehe1m-ß€', place);
    expect(sealed).not.toContain('gehe1m');
    expect(vault.open(sealed, place)).toBe('gehe1m-ß€');
  });

  it('seals the same secret differently each time', () => {
    expect(vault.seal('x', place)).not.toBe(vault.seal('x', place));
  });

  it.each<[string, SecretPlace]>([
    ['another owner', { ...place, owner: 'realm/2' }],
    ['another record', { ...place, record: 'pop3_account/8' }],
    ['another field', { ...place, field: 'Token' }],
    [
      'parts cut at another point',
      { owner: 'realm/1","pop3', record: '_account/7', field: 'Password' },
    ],
  ])('BRG-12 does not open at %s', (_name, elsewhere) => {
    expect(() => vault.open(vault.seal('x', place), elsewhere)).toThrow(VaultError);
  });

  it('refuses a changed ciphertext', () => {
    const sealed = vault.seal('secret', place);
    const last = sealed.at(-2) === 'A' ? 'B' : 'A';
    expect(() => vault.open(sealed.slice(0, -2) + last + (sealed.at(-1) ?? ''), place)).toThrow(
      VaultError,
    );
  });

  it('opens what an older key sealed after a new key was put in front', () => {
    const sealed = vault.seal('old', place);
    const rotated = new Vault([Vault.newKey(), key]);
    expect(rotated.open(sealed, place)).toBe('old');
    expect(() => vault.open(rotated.seal('new', place), place)).toThrow(/key that is not here/);
  });
});
