/** rpc_smtpaccountslib: submission accounts. The senders they serve stand in `Filter`. */
import { enumeration, int, list, setOf, struct, text, type ValueOf } from './codec.js';
import { bookkeeping, RpcLockData } from './common.js';
import { oauth2Methods } from './oauth2.js';
import { method, procedure, service } from './service.js';

/** Numbered differently from POP3. */
export const SmtpAuthenticate = { saNone: 0, saLogin: 1, saOAuth2: 2 } as const;
export const SmtpEncrypt = { seNo: 0, seSSL: 1, seSTARTTLS: 2 } as const;
export const SmtpSslKind = {
  sskAuto: 0,
  sskSslv2: 1,
  sskSslv3: 2,
  sskTlsv1: 3,
  sskTlsv11: 4,
  sskTlsv12: 5,
} as const;
export const SmtpKind = { skEmail: 0, skFax: 1, skLetter: 2, skShortMessage: 3 } as const;
export const SmtpState = { ssInactive: 0, ssActive: 1 } as const;
export const SmtpFlag = { sfOverwriteFrom: 0, sfOverwriteTo: 1 } as const;

export const RpcSmtpAccount = struct('RpcSmtpAccount', {
  ID: int,
  Name: text,
  State: enumeration('RpcSmtpState', SmtpState),
  Kind: enumeration('RpcSmtpKind', SmtpKind),
  Host: text,
  Port: int,
  Username: text,
  Password: text,
  Authenticate: enumeration('RpcSmtpAuthenticate', SmtpAuthenticate),
  Encrypt: enumeration('RpcSmtpEncrypt', SmtpEncrypt),
  SslKind: enumeration('RpcSmtpSslKind', SmtpSslKind),
  Timeout: int,
  MaxSize: int,
  /** Senders, one pattern a line; `*` serves everybody. */
  Filter: text,
  FilterRecipients: text,
  Flags: setOf('RpcSmtpFlags', SmtpFlag),
  FromOverwrite: text,
  ToOverwrite: text,
  ErrorCount: int,
  Message: text,
  ...bookkeeping,
});
export type SmtpAccount = ValueOf<typeof RpcSmtpAccount>;

export const RpcSmtpAccountItem = struct('RpcSmtpAccountItem', {
  Host: text,
  Port: int,
  Username: text,
  Password: text,
  Timeout: int,
  Authenticate: enumeration('RpcSmtpAuthenticate', SmtpAuthenticate),
  Encrypt: enumeration('RpcSmtpEncrypt', SmtpEncrypt),
  SslKind: enumeration('RpcSmtpSslKind', SmtpSslKind),
});
export type SmtpAccountItem = ValueOf<typeof RpcSmtpAccountItem>;

export const RpcSmtpAccounts = service('RpcSmtpAccounts', {
  ...oauth2Methods,
  CheckConnection: procedure({ SmtpAccountItem: RpcSmtpAccountItem }),
  Delete: procedure({ ID: int }),
  Get: method({ ID: int }, RpcSmtpAccount),
  GetList: method({}, list(RpcSmtpAccount)),
  GetLockData: method({ ID: int }, RpcLockData),
  Lock: procedure({ ID: int }),
  New: method({ SmtpAccount: RpcSmtpAccount }, int),
  Put: procedure({ SmtpAccount: RpcSmtpAccount }),
  Unlock: procedure({ ID: int }),
});
