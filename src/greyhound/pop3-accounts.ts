/** rpc_pop3accountslib: incoming accounts, POP3 and IMAP. */
import {
  always,
  binary,
  enumeration,
  int,
  list,
  setOf,
  struct,
  text,
  type ValueOf,
} from './codec.js';
import { bookkeeping, RpcLockData } from './common.js';
import { oauth2Methods } from './oauth2.js';
import { method, procedure, service } from './service.js';

export const Pop3Authenticate = { paLogin: 0, paAPop: 1, paOAuth2: 2 } as const;
export const Pop3Encrypt = { peNo: 0, peSSL: 1, peSTARTTLS: 2 } as const;
export const Pop3SslKind = {
  pskAuto: 0,
  pskSslv2: 1,
  pskSslv3: 2,
  pskTlsv1: 3,
  pskTlsv11: 4,
  pskTlsv12: 5,
} as const;
export const Pop3Protocol = { ppPop3: 0, ppImap4: 1 } as const;
export const Pop3Kind = { pkEmail: 0, pkFax: 1, pkLetter: 2, pkShortMessage: 3 } as const;
export const Pop3State = { psInactive: 0, psActive: 1 } as const;
/** Zero means: delete the mail from the server. */
export const Pop3Delete = { pdYes: 0, pdNo: 1, pdDelayed: 2 } as const;
export const Pop3Ocr = { poAuto: 0, poSections: 1, poDisabled: 2 } as const;
export const Pop3ConvertPdfBW = { cpbwYes: 0, cpbwNo: 1 } as const;
export const Pop3Flag = {
  pfAssignSubject: 0,
  pfAssignContent: 1,
  pfExtractIdentifier: 2,
  pfOverwriteFrom: 3,
  pfOverwriteTo: 4,
  pfSplitLetter: 5,
  pfNoSpam: 6,
  pfConvertToBW: 7,
  pfUseDithering: 8,
  pfSplitLetterAttachments: 9,
} as const;

export const RpcPop3Account = struct('RpcPop3Account', {
  ID: int,
  Name: text,
  State: enumeration('RpcPop3State', Pop3State),
  Kind: enumeration('RpcPop3Kind', Pop3Kind),
  Protocol: enumeration('RpcPop3Protocol', Pop3Protocol),
  Host: text,
  Port: int,
  Username: text,
  Password: text,
  Authenticate: enumeration('RpcPop3Authenticate', Pop3Authenticate),
  Encrypt: enumeration('RpcPop3Encrypt', Pop3Encrypt),
  SslKind: enumeration('RpcPop3SslKind', Pop3SslKind),
  Mailbox: text,
  Timeout: int,
  Interval: int,
  MaxSize: int,
  Delete: always(enumeration('RpcPop3Delete', Pop3Delete)),
  DeleteAge: int,
  /** Delete on the server when the item is deleted in the archive. Type inferred: 0 or 1. */
  DeleteSync: int,
  Flags: setOf('RpcPop3Flags', Pop3Flag),
  FromOverwrite: text,
  ToOverwrite: text,
  Ocr: enumeration('RpcPop3Ocr', Pop3Ocr),
  OcrData: text,
  EditorData: binary,
  ConvertPdfBW: enumeration('RpcPop3ConvertPdfBW', Pop3ConvertPdfBW),
  PageAngle: int,
  /** Spelled as on the wire. */
  PageTreshold: int,
  ErrorCount: int,
  Message: text,
  ...bookkeeping,
});
export type Pop3Account = ValueOf<typeof RpcPop3Account>;

/** What a connection test needs. `ID` lets a newer server use the stored secret of that account. */
export const RpcPop3AccountItem = struct('RpcPop3AccountItem', {
  ID: int,
  Host: text,
  Port: int,
  Username: text,
  Password: text,
  Authenticate: enumeration('RpcPop3Authenticate', Pop3Authenticate),
  Encrypt: enumeration('RpcPop3Encrypt', Pop3Encrypt),
  SslKind: enumeration('RpcPop3SslKind', Pop3SslKind),
  Timeout: int,
});
export type Pop3AccountItem = ValueOf<typeof RpcPop3AccountItem>;

export const RpcPop3Accounts = service('RpcPop3Accounts', {
  ...oauth2Methods,
  CheckConnection: method({ Pop3AccountItem: RpcPop3AccountItem }, int),
  Delete: procedure({ ID: int }),
  Get: method({ ID: int }, RpcPop3Account),
  GetList: method({}, list(RpcPop3Account)),
  GetLockData: method({ ID: int }, RpcLockData),
  Lock: procedure({ ID: int }),
  New: method({ Pop3Account: RpcPop3Account }, int),
  Put: procedure({ Pop3Account: RpcPop3Account }),
  ResetUIDL: procedure({ ID: int }),
  Unlock: procedure({ ID: int }),
});
