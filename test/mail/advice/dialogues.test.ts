import { afterEach, describe, expect, it } from '@jest/globals';
import { adviceTexts } from '../../../src/bridge/texts/advice.js';
import { fill, type Language } from '../../../src/bridge/texts/index.js';
import {
  advise,
  type Advice,
  type AdviceCode,
  type FailedAttempt,
} from '../../../src/mail/advice/index.js';
import { checkIncoming, checkSmtp } from '../../../src/mail/check/check.js';
import type { ProbeResult } from '../../../src/mail/check/findings.js';
import type { ConnectDependencies, MailEndpoint } from '../../../src/mail/endpoint.js';
import type { MailFailureCode } from '../../../src/mail/errors.js';
import { SmtpSession } from '../../../src/mail/smtp/session.js';
import { EgressPolicy } from '../../../src/platform/egress.js';
import { endpoint as endpointAt, makeCertificate, serve } from '../scripted-server.js';
import { readDialogues, scriptOf, type Dialogue } from './dialogue.js';

type Failure = FailedAttempt['failure'];

const dialogues = readDialogues();
const names = new Set(dialogues.map(({ certificate, host }) => certificate ?? host));
const certificate = makeCertificate([...names].map((name) => `DNS:${name}`).join(','));

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

const password = 'geheim';
const accessToken = 'ya29.a-token';
const credentialsOf = ({ method, username }: Dialogue) =>
  method === 'oauth2'
    ? ({ method, username, accessToken } as const)
    : ({ method, username, password } as const);

/** The host's name leads to this machine, as if the script's server were the provider's. */
function dependenciesFor({ event, certificate: name }: Dialogue): ConnectDependencies {
  const lookup = () =>
    event === 'nameNotFound'
      ? Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
      : Promise.resolve(['127.0.0.1']);
  const ca = name === null ? [] : [certificateFor(name).cert];
  return { egress: EgressPolicy.parse('127.0.0.0/8', lookup), trust: { ca } };
}

const others = new Map<string, typeof certificate>();
/** One certificate serves for all names that are asked for; another name has its own. */
function certificateFor(name: string): typeof certificate {
  if (dialogues.some(({ host }) => host === name)) return certificate;
  if (!others.has(name)) others.set(name, makeCertificate(`DNS:${name}`));
  return others.get(name)!;
}

/** What the protocol clients report of a dialogue. */
async function failureOf(dialogue: Dialogue): Promise<Failure> {
  const { host, security, certificate: name } = dialogue;
  if (dialogue.event === 'connectTimeout') return { code: 'connectTimeout', params: {} };
  const shown = name === null ? certificate : certificateFor(name);
  const server = await serve(scriptOf(dialogue, shown));
  closers.push(() => server.close());
  const endpoint = endpointAt(server.port, { host, security, timeoutMs: 3000 });
  const dependencies = dependenciesFor(dialogue);
  if (dialogue.sendsAs !== null)
    return failureOfSending({ ...dialogue, sendsAs: dialogue.sendsAs }, endpoint, dependencies);
  return failureIn(await check(dialogue, endpoint, dependencies));
}

function check(
  dialogue: Dialogue,
  endpoint: MailEndpoint,
  dependencies: ConnectDependencies,
): Promise<ProbeResult> {
  const credentials = credentialsOf(dialogue);
  return dialogue.protocol === 'smtp'
    ? checkSmtp({ endpoint, credentials }, dependencies)
    : checkIncoming({ protocol: dialogue.protocol, endpoint, credentials }, dependencies);
}

function failureIn({ findings }: ProbeResult): Failure {
  const { outcome, code, params } = findings.at(-1)!;
  expect(outcome).not.toBe('ok');
  return { code: code as MailFailureCode, params };
}

async function failureOfSending(
  dialogue: Dialogue & { readonly sendsAs: string },
  endpoint: MailEndpoint,
  dependencies: ConnectDependencies,
): Promise<Failure> {
  const session = await SmtpSession.connect(endpoint, dependencies);
  closers.push(() => session.destroy());
  await session.login(credentialsOf(dialogue));
  const { sendsAs: from, username: recipient } = dialogue;
  if (dialogue.exchanges.some(({ client }) => client === 'DATA')) {
    const result = await session.submit(
      { from, to: [recipient] },
      Buffer.from('X: y\r\n\r\nz\r\n'),
    );
    return result.outcome === 'accepted' ? { code: null, params: {} } : result.failure;
  }
  const verdict = await session.probeSender({ from, recipient });
  if (verdict.accepted) return { code: null, params: {} };
  const { code: replyCode, enhancedCode, text: serverText } = verdict.reply;
  const params = { replyCode, serverText, ...(enhancedCode !== null && { enhancedCode }) };
  return { code: 'serverRefused', params };
}

const adviceOn = (
  { protocol, host, port, security, username, method }: Dialogue,
  failure: Failure,
) => advise({ protocol, host, port, security, username, authentication: method, failure });

const written = (advice: Advice | null): string | null => {
  if (advice === null) return null;
  const { code, field, url, params } = advice;
  const server = code === 'knownServer' ? [params['server']] : [];
  return [code, field ?? '-', url ?? '-', ...server].join(' ');
};

describe('a dialogue with a mail server', () => {
  it.each(dialogues.map((dialogue) => [dialogue.name, dialogue] as const))(
    '%s',
    async (_, dialogue) => {
      const failure = await failureOf(dialogue);
      const advice = adviceOn(dialogue, failure);
      expect(written(advice)).toBe(dialogue.advice);
      expect(JSON.stringify([failure.params, advice])).not.toMatch(/geheim|ya29/);

      // as an archive tells it that serves RpcMailBridge: code and words
      const { serverText } = failure.params;
      const told = { code: failure.code, params: serverText === undefined ? {} : { serverText } };
      expect(written(adviceOn(dialogue, told))).toBe(dialogue.advice);

      const { detail, hint } = adviceTexts[advice!.code];
      for (const language of ['de', 'en'] satisfies Language[])
        for (const text of [detail, hint!])
          expect(fill(text, language, advice!.params)).not.toMatch(/[{}]|(?:^|\s)–(?:\s|$)/);
    },
  );

  it('stands for every advice', () => {
    const shown = new Set(dialogues.map(({ advice }) => advice.split(' ')[0]));
    expect([...shown].sort()).toEqual((Object.keys(adviceTexts) as AdviceCode[]).sort());
  });
});
