import type { AutoconfigHint, Autoconfiguration } from '../../mail/autoconfig/autoconfigure.js';
import type { FoundServer } from '../../mail/autoconfig/offer.js';
import { finding } from '../checks/finding.js';
import { autoconfigHintTexts, reasonTexts } from '../texts/autoconfig.js';
import type { LinkOffer } from '../oauth/link-offer.js';
import { fill, type Language } from '../texts/index.js';
import type { AutoconfigView } from './schemas.js';

export function viewOf(
  email: string,
  found: Autoconfiguration & { readonly linkOffer: LinkOffer | null },
  language: Language,
): AutoconfigView {
  const { provider, signIn, oauthProvider, linkOffer, hints, sources } = found;
  return {
    email,
    provider: provider === null ? null : { id: provider.id, name: provider.name },
    incoming: found.incoming.map((one) => serverView(one, language)),
    smtp: found.smtp.map((one) => serverView(one, language)),
    signIn: [...signIn],
    oauthProvider,
    linkOffer,
    hints: hints.map((hint) => hintView(hint, language)),
    sources: [...sources],
  };
}

function serverView(
  { protocol, host, port, security, username, source, reason, verified, findings }: FoundServer,
  language: Language,
): AutoconfigView['incoming'][number] {
  return {
    ...{ protocol, host, port, security, username, source },
    reason: fill(reasonTexts[reason.code], language, reason.params),
    verified,
    findings: findings.map((found) => finding({ ...found, origin: 'bridge' }, language)),
  };
}

const hintView = (hint: AutoconfigHint, language: Language): AutoconfigView['hints'][number] => ({
  code: hint.code,
  message: fill(
    autoconfigHintTexts[hint.code],
    language,
    'provider' in hint ? { provider: hint.provider } : {},
  ),
  url: 'url' in hint ? hint.url : null,
});
