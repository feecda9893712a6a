/**
 * Secrets at rest: AES-256-GCM, each bound to its place. A ciphertext copied to another record, field or
 * installation does not open there.
 *
 * Several keys may be given: the first one seals, all of them open, so that a key is rotated by putting the new one
 * in front. Sealed form: `v1.<key id>.<base64url of nonce, tag and ciphertext>`.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Where a secret belongs. */
export interface SecretPlace {
  /** Installation or archive realm. */
  readonly owner: string;
  /** Kind and id of the record, e.g. `pop3_account/17`. */
  readonly record: string;
  readonly field: string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

interface VaultKey {
  readonly id: string;
  readonly key: Buffer;
}

/** A secret that none of the keys opens: another key was used, or it was moved or changed. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
}

const keyId = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 8);

const placeBytes = (place: SecretPlace): Buffer =>
  Buffer.from(JSON.stringify([place.owner, place.record, place.field]), 'utf8');

export class Vault {
  readonly #keys: readonly [VaultKey, ...VaultKey[]];

  /** @param keys 32 bytes each, the one that seals first */
  constructor(keys: readonly Buffer[]) {
    const [first, ...others] = keys.map((key) => {
      if (key.length !== 32) throw new Error('a secret key must have 32 bytes');
      return { id: keyId(key), key };
    });
    if (first === undefined) throw new Error('at least one secret key is needed');
    this.#keys = [first, ...others];
  }

  static newKey(): Buffer {
    return randomBytes(32);
  }

  seal(secret: string, place: SecretPlace): string {
    const { id, key } = this.#keys[0];
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(placeBytes(place));
    const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return `v1.${id}.${Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64url')}`;
  }

  /** @throws VaultError */
  open(sealed: string, place: SecretPlace): string {
    const [version, id, body] = sealed.split('.');
    const entry = this.#keys.find((candidate) => candidate.id === id);
    if (version !== 'v1' || body === undefined || entry === undefined) {
      throw new VaultError(`secret of ${place.record} was sealed with a key that is not here`);
    }
    const bytes = Buffer.from(body, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', entry.key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(placeBytes(place));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    try {
      return (
        decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)).toString('utf8') +
        decipher.final('utf8')
      );
    } catch (cause) {
      throw new VaultError(`secret of ${place.record} does not open`, { cause });
    }
  }
}
