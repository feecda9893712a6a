import { refuse } from '../../src/bridge/index.js';
import type { SmtpFormUpdate } from './forms.js';

/**
 * The form offers APOP for SMTP, but there is no such thing (SAL-111).
 * @param field the form's member, as the caller wrote it
 * @throws BridgeFailure apopNotForSmtp
 */
export function requireSmtpSignIn<Form extends Pick<SmtpFormUpdate, 'authentifizierung'>>(
  form: Form,
  field = 'authentifizierung',
): Form {
  if (form.authentifizierung === 'apop') throw refuse('apopNotForSmtp', { field });
  return form;
}
