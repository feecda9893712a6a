/** POP3 and SMTP accounts as Salesware's registers read them. */
import { z } from 'zod';
import { incomingAccount, smtpAccount, type LastError } from '../../src/bridge/accounts/index.js';
import { pop3FormRead, smtpFormRead } from './forms.js';
import { shownLink, shownLinkOf } from './links.js';
import type { Language } from './texts.js';
import {
  pop3NotRepresentable,
  pop3ToForm,
  smtpNotRepresentable,
  smtpToForm,
} from './vocabulary.js';

/** null: none so far. Read-only, as the archive reports it. */
export const lastErrorView = z
  .object({ meldung: z.string(), anzahl: z.int(), zeitpunkt: z.string().nullable() })
  .nullable();

const common = {
  id: z.int(),
  letzteFehlermeldung: lastErrorView,
  verknuepfung: shownLink,
  /** Beyond the licensed number: shown, not changed from here. */
  externVerwaltet: z.boolean(),
  /** Members of the model whose values the form has no place or word for; an update leaves them alone. */
  nichtDarstellbar: z.array(z.string()),
};

export const pop3View = z.object({ ...common, formular: pop3FormRead });
export const smtpView = z.object({ ...common, formular: smtpFormRead });

export const lastErrorOf = (error: LastError | null): z.infer<typeof lastErrorView> =>
  error === null ? null : { meldung: error.message, anzahl: error.count, zeitpunkt: error.at };

export function toPop3View(body: unknown, language: Language): z.infer<typeof pop3View> {
  const account = incomingAccount.parse(body);
  return {
    id: account.id,
    formular: pop3ToForm(account),
    letzteFehlermeldung: lastErrorOf(account.lastError),
    verknuepfung: shownLinkOf(account.oauth, language),
    externVerwaltet: account.managedExternally,
    nichtDarstellbar: pop3NotRepresentable(account),
  };
}

export function toSmtpView(body: unknown, language: Language): z.infer<typeof smtpView> {
  const account = smtpAccount.parse(body);
  return {
    id: account.id,
    formular: smtpToForm(account),
    letzteFehlermeldung: lastErrorOf(account.lastError),
    verknuepfung: shownLinkOf(account.oauth, language),
    externVerwaltet: account.managedExternally,
    nichtDarstellbar: smtpNotRepresentable(account),
  };
}
