/**
 * Whether a domain's mailboxes are at Microsoft, by what Autodiscover tells without credentials. First by DNS: the
 * domain's `autodiscover` leads there. Else Microsoft is asked (Autodiscover v2), with a made-up local part: nobody's
 * address is told. Its answer has changed over the years, and might one day be the same for every domain; so it counts
 * only if it is another one for a domain that is certainly elsewhere.
 */
import { randomBytes } from 'node:crypto';
import { providerOfHost } from '../../providers/index.js';
import type { HttpAnswer } from '../documents.js';
import { hostName, type MailAddress } from '../names.js';
import { providerCandidates, type AskSource, type SourceDependencies } from './source.js';

const MAIL_HOST = 'outlook.office365.com';
const MICROSOFT = /(?:^|\.)(?:outlook|office|office365)\.com$/;
const ELSEWHERE = 'gmx.net';

export const microsoft: AskSource = async (address, dependencies) => {
  const isThere =
    (await leadsThere(address, dependencies)) || (await microsoftSaysSo(address, dependencies));
  const provider = providerOfHost(MAIL_HOST);
  if (!isThere || provider === null) return [];
  return providerCandidates(provider, provider.servers, address, {
    source: 'microsoft',
    reason: { code: 'microsoft', params: { provider: provider.name } },
  });
};

/** @throws MailFailure when neither record could be asked for */
async function leadsThere(
  { domain }: MailAddress,
  { names }: SourceDependencies,
): Promise<boolean> {
  const [alias, service] = await Promise.allSettled([
    names.aliasOf(`autodiscover.${domain}`),
    names.services(`_autodiscover._tcp.${domain}`).then(([first]) => first?.name ?? null),
  ]);
  if (alias.status === 'rejected' && service.status === 'rejected') throw alias.reason as Error;
  return [alias, service].some(
    (answer) => answer.status === 'fulfilled' && isMicrosoft(answer.value ?? ''),
  );
}

/** @throws MailFailure */
async function microsoftSaysSo(
  { domain }: MailAddress,
  { fetch }: SourceDependencies,
): Promise<boolean> {
  const nobody = randomBytes(8).toString('hex');
  const ask = (name: string) =>
    fetch(
      `https://${MAIL_HOST}/autodiscover/autodiscover.json/v1.0/${nobody}@${name}?Protocol=AutodiscoverV1`,
      { followRedirects: false },
    );
  const [answer, elsewhere] = await Promise.all([ask(domain), ask(ELSEWHERE)]);
  return isMicrosoft(namedHost(answer)) && !isMicrosoft(namedHost(elsewhere));
}

/** The host of the address that an answer names, in its body or as a redirect. */
function namedHost({ status, location, text }: HttpAnswer): string {
  const url = status === 200 ? urlIn(text) : (location ?? '');
  return URL.canParse(url) ? new URL(url).hostname : '';
}

function urlIn(text: string): string {
  try {
    const { Url: url } = JSON.parse(text) as { readonly Url?: unknown };
    return typeof url === 'string' ? url : '';
  } catch {
    return '';
  }
}

const isMicrosoft = (host: string): boolean => MICROSOFT.test(hostName(host) ?? '');
