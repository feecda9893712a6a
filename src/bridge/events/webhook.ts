/**
 * One signed POST to a receiver (Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature). The URL is given
 * by a caller, so it goes where the egress policy lets mail connections go, and nowhere else.
 */
import { randomBytes } from 'node:crypto';
import axios from 'axios';
import { Webhook } from 'standardwebhooks';
import type { ConnectDependencies } from '../../mail/endpoint.js';
import { classifyError, type MailFailureCode } from '../../mail/errors.js';
import { judgedAgents, type JudgedAgents } from '../../mail/judged-agents.js';
import { secureUrl } from '../../platform/secure-url.js';
import type { EventData } from './conditions.js';

const TIMEOUT_MS = 10_000;
const SECRET_PREFIX = 'whsec_';

export interface WebhookMessage {
  /** The same for every try, so that a receiver can drop what it has. */
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly data: EventData;
}

export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

export type WebhookOutcome =
  | { readonly delivered: true }
  | { readonly delivered: false; readonly code: 'webhookRefused'; readonly status: number }
  | { readonly delivered: false; readonly code: MailFailureCode; readonly status: null };

/** 24 to 64 bytes in base64, as Standard Webhooks recommends. */
export const newWebhookSecret = (): string =>
  `${SECRET_PREFIX}${randomBytes(32).toString('base64')}`;

export function isWebhookSecret(secret: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret)) return false;
  const bytes = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  const isCanonical = `${SECRET_PREFIX}${bytes.toString('base64')}` === secret;
  return isCanonical && bytes.length >= 24 && bytes.length <= 64;
}

/** The signature covers no fragment, and no receiver sees one. */
export const isWebhookUrl = (text: string): boolean => secureUrl(text)?.hash === '';

/** Never throws: what the receiver or the way there does is an outcome. */
export async function postWebhook(
  target: WebhookTarget,
  message: WebhookMessage,
  now: Date,
  dependencies: ConnectDependencies,
): Promise<WebhookOutcome> {
  const { signal } = dependencies;
  const ended = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]);
  try {
    const status = await post(target, message, now, judgedAgents(dependencies), ended);
    if (status >= 200 && status < 300) return { delivered: true };
    return { delivered: false, code: 'webhookRefused', status };
  } catch (error) {
    return { delivered: false, code: failureCode(error, ended), status: null };
  }
}

/** @returns the status */
async function post(
  { url, secret }: WebhookTarget,
  { id, type, occurredAt, data }: WebhookMessage,
  now: Date,
  agents: JudgedAgents,
  signal: AbortSignal,
): Promise<number> {
  const body = JSON.stringify({ type, timestamp: occurredAt, data: { id, ...data } });
  const response = await axios.post<NodeJS.ReadableStream & { destroy(): void }>(url, body, {
    ...agents,
    proxy: false,
    maxRedirects: 0,
    signal,
    // what the receiver says beyond its status is of no interest
    responseType: 'stream',
    decompress: false,
    validateStatus: () => true,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'erp-mail-bridge',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, now, body),
    },
  });
  response.data.destroy();
  return response.status;
}

function failureCode(error: unknown, ended: AbortSignal): MailFailureCode {
  if (ended.aborted) return 'responseTimeout';
  const cause = axios.isAxiosError(error) ? (error.cause ?? error) : error;
  return classifyError(cause).code;
}
