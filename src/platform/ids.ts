/** Identifiers and random secrets; injected where a test wants to foresee them. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';

export interface IdSource {
  /** A new identifier: opaque, unique, URL-safe. */
  next(): string;
}

export const randomIds: IdSource = { next: () => randomUUID() };

/** A new bearer token: 256 bits, URL-safe, with a prefix that secret scanners can recognise. */
export const newToken = (): string => `mbt_${randomBytes(32).toString('base64url')}`;

/** Tokens are kept as this digest only. They are random, so a plain hash is enough. */
export const tokenDigest = (token: string): string =>
  createHash('sha256').update(token).digest('hex');

/** 160 random bits, URL-safe: what may be guessed by nobody and stands in an address. */
export const newTicket = (): string => randomBytes(20).toString('base64url');
